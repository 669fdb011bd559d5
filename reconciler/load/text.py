"""A file's text before YAML sees it: cut into documents, and nothing hidden in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from reconciler.load.mistakes import MOST, Mistake
from reconciler.load.sources import Source
from reconciler.model import Location

# A line like this parts documents wherever it stands, even in the middle of a quoted text.
_SEPARATOR = re.compile(r"^(?=---(?:\s|$))", re.MULTILINE)
_NOTHING = re.compile(r"(---)?\s*")

# Control characters, line ends that are none to some readers, and what is not seen or turns the
# direction of what is: a reviewer would approve something else than what is read.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\uffff\U000e0000-\U000e0fff]|\r(?!\n)"
)


class Piece(NamedTuple):
    """One document's text; `offset` is how many lines stand before it."""

    offset: int
    text: str


def pieces(source: Source, mistakes: list[Mistake]) -> Iterator[Piece]:
    """The documents of a file, each by itself, so that one that is broken hides no other."""
    line, parts = 0, _SEPARATOR.split(_plain(source, mistakes))
    for number, text in enumerate(parts):
        if not _NOTHING.fullmatch(text):
            yield Piece(line, text)
        elif number:
            what = "an empty document: take the `---` away"
            mistakes.append(Mistake(Location(source.name, line + 1, 1), what))
        line += text.count("\n")


def _plain(source: Source, mistakes: list[Mistake]) -> str:
    """The text with hidden characters made visible, so that the rest can still be read."""
    for found in islice(_HIDDEN.finditer(source.text), MOST + 1):
        start = source.text.rfind("\n", 0, found.start())
        line = source.text.count("\n", 0, found.start()) + 1
        name = unicodedata.name(found[0], "a control character")
        mistakes.append(
            Mistake(
                Location(source.name, line, found.start() - start),
                f"U+{ord(found[0]):04X} ({name}) can't be seen: "
                'take it out, or write it as an escape in "…"',
            )
        )
    return _HIDDEN.sub("�", source.text)
