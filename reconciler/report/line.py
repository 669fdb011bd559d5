"""A line of a report: its words, some of them in a style; only a terminal needs rich to draw it."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """Pieces of text, each with its style in rich's words, or with ""."""

    parts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, *parts: str | tuple[str, str] | Line) -> Line:
        """A line of texts, texts with a style and other lines, one after the other."""
        pieces: list[tuple[str, str]] = []
        for part in parts:
            if isinstance(part, Line):
                pieces += part.parts
            else:
                pieces.append((part, "") if isinstance(part, str) else part)
        return cls(tuple(pieces))

    @property
    def plain(self) -> str:
        return "".join(text for text, _ in self.parts)
