"""A document that was read, and what can be told of it whether or not it is right."""

from __future__ import annotations

from typing import Any, NamedTuple

from reconciler.documents import ESTATE
from reconciler.load.nodes import Document
from reconciler.model import Key, Location


class Found(NamedTuple):
    """A document, and its model where nothing is wrong with it by itself."""

    document: Document
    model: Any

    @property
    def kind(self) -> str | None:
        return self._text("kind")

    @property
    def is_estate(self) -> bool:
        return self.kind == ESTATE

    @property
    def key(self) -> Key | None:
        """What it declares, as far as that can be told from a document with mistakes."""
        kind, name = self.kind, self._text("metadata", "name")
        return Key(kind, name) if kind and name else None

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that it names; none means all of the Estate's."""
        return self._texts("metadata", "accounts")

    @property
    def regions(self) -> frozenset[str]:
        """The regions that it names; none means all of the Estate's."""
        return self._texts("metadata", "regions")

    def meets(self, other: Found) -> bool:
        """Whether there is a place where both are wanted."""
        return _meet(self.accounts, other.accounts) and _meet(self.regions, other.regions)

    @property
    def name_location(self) -> Location:
        return self.document.at(("metadata", "name"))

    def _text(self, *path: str) -> str | None:
        data = self._at(*path)
        return data if isinstance(data, str) else None

    def _texts(self, *path: str) -> frozenset[str]:
        data = self._at(*path)
        listed = data if isinstance(data, list) else []
        return frozenset(one for one in listed if isinstance(one, str))

    def _at(self, *path: str) -> Any:
        data = self.document.data
        for step in path:
            data = data.get(step) if isinstance(data, dict) else None
        return data


def _meet(some: frozenset[str], others: frozenset[str]) -> bool:
    return not some or not others or bool(some & others)
