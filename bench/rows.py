"""What a row of the table is: how much one thing took of what another took, round by round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

from reconciler.sandbox import Sandbox

ROUNDS = 5

T = TypeVar("T")
Tell = Callable[[str], object]
Pairs = Sequence[tuple[float, float]]


class Surroundings(NamedTuple):
    """What a row is measured with."""

    sandbox: Sandbox
    folder: Path
    """For documents, and whatever commands write."""
    tell: Tell
    """Hears what is measured now."""


class Row(NamedTuple):
    """`pairs` has how much ours and the other took in each round, both in the same unit."""

    what: str
    against: str
    most: float
    """The ratio that it may be."""
    pairs: Pairs
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return median(ours / theirs for ours, theirs in self.pairs)

    @property
    def usual(self) -> tuple[float, float]:
        """How much the two usually took."""
        ours, theirs = zip(*self.pairs, strict=True)
        return median(ours), median(theirs)


class LeftOut(NamedTuple):
    """A row that could not be measured here."""

    what: str
    why: str


Rows = Iterator[Row | LeftOut]


def rounds(tell: Tell, what: str, *each: Callable[[], T]) -> list[tuple[T, ...]]:
    """What each of them gives in turn, round after round, so that all are of the same time.

    The first round warms up: files come into memory, Python keeps what it compiles.
    """
    found: list[tuple[T, ...]] = []
    for number in range(ROUNDS + 1):
        tell(f"{what}: round {number} of {ROUNDS}")
        found.append(tuple(do() for do in each))
    return found[1:]
