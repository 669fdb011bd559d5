"""Mistakes that people make in documents: where, and what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from reconciler.errors import ReconcileError
from reconciler.model import Location

MOST = 100
"""More than so many mistakes nobody reads at once, and looking for them takes its time."""


class Mistake(NamedTuple):
    location: Location
    what: str

    def __str__(self) -> str:
        return f"{self.location}: {self.what}"


class Mistakes(ReconcileError):
    """All that is wrong with the documents, up to `MOST`, in the order in which they are read."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        found = sorted(set(mistakes))
        self.mistakes = tuple(found[:MOST])
        more = [f"and more: these are {MOST} of them"] if len(found) > MOST else []
        super().__init__("\n".join([*map(str, self.mistakes), *more]))
