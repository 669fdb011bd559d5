"""Where reports go: colour on a terminal alone, and a line on stderr that says what goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.text import Text

_UNBOUNDED = 10_000


def show(lines: Iterable[Text]) -> None:
    """Print lines on stdout; long ones are the terminal's to break, and a pipe gets them whole."""
    console = Console(file=sys.stdout, highlight=False)
    for line in lines:
        console.print(line, soft_wrap=True)


def show_table(table: RenderableType) -> None:
    """Print a table, folded to a terminal's width; a pipe gets each row on one line."""
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = _UNBOUNDED
    console.print(table)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A function that says on stderr what goes on: in one line that changes, or in a log."""
    if quiet:
        yield lambda _: None
        return
    console = Console(file=sys.stderr, highlight=False)
    if not console.is_terminal:
        yield lambda what: console.print(Text(plain(f"{what} …")), soft_wrap=True)
        return
    with console.status("") as status:
        yield lambda what: status.update(Text(plain(f"{what} …")))


def plain(text: str) -> str:
    """A text on one line, with nothing in it that a terminal would obey or a reader not see."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
