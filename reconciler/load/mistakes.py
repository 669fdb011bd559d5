"""Mistakes that people make in documents: where, what, and the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from reconciler.model import Location


class Mistake(NamedTuple):
    location: Location
    what: str

    def __str__(self) -> str:
        return f"{self.location}: {self.what}"


class Mistakes(Exception):
    """All that is wrong with the documents, in the order in which they are read."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def quoted(value: object) -> str:
    """A value as a message shows it: on one line, and not the whole of a long one."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:56]}…{text[0] if text[0] in '[{' else text[-1]}"


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """The nearest of the known words, or all of them where none is near and they are few."""
    words = sorted(known)
    near = get_close_matches(str(word), words, n=1) or [
        w for w in words if w.lower() == str(word).lower()
    ]
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(words)}" if 0 < len(words) <= 12 else ""
