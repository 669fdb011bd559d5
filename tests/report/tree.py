"""HTML as a reader's browser takes it: which elements there are, and what text is in which."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

VOID = frozenset({"br", "meta"})


class Tree(HTMLParser):
    """A text read as HTML: an error where an element is not closed, or closed and not open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self.open), data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    def within(self, *tags: str) -> str:
        """All text that is in one of these elements, a new line for each piece."""
        return "\n".join(text for inside, text in self.texts if {*tags} & {*inside})

    def outside(self, *tags: str) -> str:
        return "\n".join(text for inside, text in self.texts if not {*tags} & {*inside})
