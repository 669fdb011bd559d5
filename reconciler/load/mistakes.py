"""Mistakes that people make in documents: where, and what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from reconciler.errors import ReconcileError
from reconciler.model import Location


class Mistake(NamedTuple):
    location: Location
    what: str

    def __str__(self) -> str:
        return f"{self.location}: {self.what}"


class Mistakes(ReconcileError):
    """All that is wrong with the documents, in the order in which they are read."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
