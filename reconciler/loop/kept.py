"""The documents that the loop goes by: the newest in which there is no mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from reconciler.errors import ReconcileError
from reconciler.load import Declared, load
from reconciler.loop.done import Documents
from reconciler.loop.unforeseen import unforeseen
from reconciler.revision import revision

_STDIN = "-"
_SETTLES = 2.0


class Source(Protocol):
    """Where documents come from."""

    def newest(self, before: Documents | None) -> Documents:
        """The documents as they are now; raises `ReconcileError` where `before` have to stay."""

    def earlier(self) -> Documents | None:
        """Those of an earlier run that were good, if the source still knows them."""


class Kept:
    """The last good documents of a source; `trouble` says why they are not the newest."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._good: Documents | None = None
        self.trouble = ""

    def newest(self) -> Documents:
        """The newest documents that are good; raises `ReconcileError` as long as there are none."""
        try:
            self._good, self.trouble = self._source.newest(self._good), ""
        except ReconcileError as error:
            self.trouble = str(error)
        except Exception as error:
            self.trouble = unforeseen(error)
        self._good = self._good or self._source.earlier()
        if self._good is None:
            raise ReconcileError(self.trouble)
        return self._good


class Folder:
    """Documents in a folder or a file that somebody may be writing to."""

    def __init__(self, path: str, wait: Callable[[float], object]) -> None:
        if path == _STDIN:
            raise ReconcileError("documents of standard input can't be read again: name a folder")
        self._path, self._wait = path, wait

    def newest(self, before: Documents | None) -> Documents:
        """The documents, when they are as before or stay the same for a while.

        A checkout takes files away and brings them back, and what is not declared is deleted.
        """
        found = load(self._path)
        if before is None or found != before.declared:
            self._wait(_SETTLES)
            if load(self._path) != found:
                raise ReconcileError(f"{self._path} is being changed at this moment")
        same_estate(before, found)
        known = revision(self._path)
        return Documents(found, self._path, known.commit if known else "")

    def earlier(self) -> None:
        """A folder has no past."""


def same_estate(before: Documents | None, after: Declared) -> None:
    """Refuses documents of another estate: this one's resources would be left without a loop."""
    was, now = (before.declared if before else after).estate, after.estate
    if (was.name, was.home) != (now.name, now.home):
        raise ReconcileError(
            f"they are of Estate/{now.name} in {now.home} now, and this is the loop of "
            f"Estate/{was.name} in {was.home}: start another for that"
        )
