"""How messages show what somebody wrote, and the word that was perhaps meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")
LONGEST = 60
_MOST_COMPARED = 500
"""Words; to look for a near one among more of them takes too long where many are wrong."""


def quoted(value: object) -> str:
    """A value as a message shows it: on one line, not the whole of a long one, and no key."""
    match value:
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str() if "PRIVATE KEY" in value:
            return "(a private key)"
        case str():
            value = without_passwords(value)
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]}…{text[0]}"


def without_passwords(text: str) -> str:
    """The text, and of what names and passwords stand in its URLs, nothing."""
    return _PASSWORD.sub("", text)


def did_you_mean(word: object, known: Iterable[str], most_listed: int = 12) -> str:
    """The nearest of the known words, or all of them where none is near and they are few."""
    words = sorted(set(known))
    same = [w for w in words if w.lower() == str(word).lower()]
    few = words if len(words) <= _MOST_COMPARED else []
    near = same or get_close_matches(str(word), few, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(words)}" if 0 < len(words) <= most_listed else ""
