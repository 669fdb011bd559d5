"""What there is of an estate, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.aws.owned import Sort
from reconciler.fields.tags import RESOURCE
from reconciler.model import Key, Observed, Scope


class Owned(NamedTuple):
    """One thing that is the estate's, and why it stays, or "" where it goes."""

    sort: Sort
    scope: Scope
    what: Observed
    kept: str = ""

    @property
    def key(self) -> Key:
        return Key(self.sort.name, self.what.name, self.scope)

    @property
    def of(self) -> str:
        """Which document it is of, as its tag has it."""
        return self.what.tags.get(RESOURCE, "")


class Survey(NamedTuple):
    """What there is, and what is not known."""

    owned: tuple[Owned, ...]
    strange: tuple[str, ...]
    """ARNs of what carries the tag and is of no sort that is known here."""
    unread: Mapping[Scope, str]
    """Where something could not be read, and why."""

    @property
    def going(self) -> tuple[Owned, ...]:
        return tuple(one for one in self.owned if not one.kept)

    @property
    def kept(self) -> tuple[Owned, ...]:
        return tuple(one for one in self.owned if one.kept)
