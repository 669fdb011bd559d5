"""Where reports go: colour on a terminal alone, and a line on stderr that says what goes on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from reconciler.report.line import Line

if TYPE_CHECKING:
    from rich.console import RenderableType

_UNBOUNDED = 10_000
_FORCING = {"FORCE_COLOR", "TTY_COMPATIBLE"}
"""What says that something is as good as a terminal.

https://rich.readthedocs.io/en/stable/console.html#terminal-detection
"""


def show(lines: Iterable[Line]) -> None:
    """Print lines on stdout; long ones are the terminal's to break, and a pipe gets them whole."""
    if _needs_rich(sys.stdout):
        _draw(lines, sys.stdout)
    else:
        sys.stdout.writelines(f"{line.plain}\n" for line in lines)


def show_table(table: RenderableType) -> None:
    """Print a table, folded to a terminal's width; a pipe gets each row on one line."""
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = _UNBOUNDED
    console.print(table)


class Progress:
    """Says on stderr what goes on: called, in one line that changes or in a log."""

    def __init__(self, say: Callable[[str], object], line: Callable[[str], object]) -> None:
        self._say, self._line = say, line

    def __call__(self, what: str) -> None:
        self._say(plain(f"{what} …"))

    def line(self, text: str) -> None:
        """A line that stays, as it is."""
        self._line(plain(text))


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """What says on stderr what goes on, while the block runs."""
    if quiet:
        yield Progress(lambda _: None, lambda _: None)
    elif _needs_rich(sys.stderr):
        yield from _shown()
    else:
        yield Progress(_log, _log)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _shown() -> Iterator[Progress]:
    """The progress of a terminal, whose last line changes."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stderr, highlight=False)

    def line(text: str) -> None:
        console.print(Text(text), soft_wrap=True)

    with console.status("") as status:
        yield Progress(lambda what: status.update(Text(what)), line)


def _draw(lines: Iterable[Line], stream: TextIO) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    for line in lines:
        console.print(Text.assemble(*line.parts), soft_wrap=True)


def _needs_rich(stream: TextIO) -> bool:
    """Whether there may be a terminal to draw on; else loading rich takes longer than the rest."""
    return stream.isatty() or bool(_FORCING & os.environ.keys())


def plain(text: str) -> str:
    """A text on one line, with nothing in it that a terminal would obey or a reader not see."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
