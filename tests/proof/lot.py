"""Chance that comes the same again: what a seed makes of a document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

ANY = "aZ09 _-.:/=+@ü日'\"\\<>&%#,;{}[]$!?*|~`^()"
"""Letters of which some mean something to XML, JSON, YAML, URLs or a shell."""


class Lot(Random):
    def likely(self, share: float = 0.5) -> bool:
        return self.random() < share

    def some(self, of: Sequence[T], least: int = 0, most: int = 3) -> list[T]:
        """Several of these, in any order."""
        return self.sample(of, self.randint(min(least, len(of)), min(most, len(of))))

    def text(self, letters: str = ANY, least: int = 0, most: int = 12) -> str:
        return "".join(self.choices(letters, k=self.randint(least, most)))

    def fields(self, **each: Callable[[], Any]) -> dict[str, Any]:
        """Some of these fields."""
        return {name: make() for name, make in each.items() if self.likely()}

    def one_or_many(self, of: Sequence[Any], most: int = 3) -> Any:
        """As policies may have it: one, or a list in which one may stand twice."""
        if self.likely(0.3):
            return self.choice(of)
        chosen = self.some(of, 1, most)
        return [*chosen, *chosen[:1]] if self.likely(0.2) else chosen

    def cased(self, text: str) -> str:
        """The same text in other capitals."""
        return "".join(self.choice([letter.lower(), letter.upper()]) for letter in text)
