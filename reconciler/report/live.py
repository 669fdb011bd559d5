"""The loop as one watches it on a terminal: worker types, what is wrong, and what happened last."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import zip_longest
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from reconciler.report.console import plain

_EVERY = 0.25
_MOST_WRONG = 3
_LEAST_EVENTS = 6
_HEADS = ("worker type", "waiting", "running", "booting", "leaving", "launched", "short")
# A terminal that is gone, or can't write our letters, shows nothing; the fleet needs its loop.
_UNSEEN = (OSError, UnicodeError)


class Lately(NamedTuple):
    """How many instances an offering brought lately, and how often AWS had not enough of it."""

    offering: str
    launched: int
    short: int


class Row(NamedTuple):
    """A worker type, in units of capacity."""

    worker_type: str
    waiting: int | None
    """None where its queue could not be read."""
    running: int
    booting: int
    leaving: int
    lately: tuple[Lately, ...]

    @property
    def stir(self) -> int:
        """How much there is to see of it."""
        return (self.waiting or 0) + self.booting + self.leaving + len(self.lately)


class Event(NamedTuple):
    """Something that happened."""

    time: str
    what: str
    loud: bool


class Seen(NamedTuple):
    """All that there is to see at a moment."""

    head: str
    rows: tuple[Row, ...] = ()
    wrong: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    """The last one last."""


@contextmanager
def watched(look: Callable[[], Seen]) -> Iterator[None]:
    """Show on stdout, a terminal, what there is to see as long as the block runs.

    What is shown last stays. Who else prints there meanwhile is shown above.
    """
    console = Console(file=sys.stdout, highlight=False)
    live = Live(
        console=console,
        auto_refresh=False,
        # Another place than the terminal gets what is written to it as it is.
        redirect_stderr=sys.stderr.isatty(),
        get_renderable=lambda: screen(look(), console.height),
    )
    ended = threading.Event()
    thread = threading.Thread(target=_drawn, args=(live, ended), daemon=True)
    with suppress(*_UNSEEN):
        live.start()
        # Who is killed can't bring the cursor back.
        console.show_cursor(True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(*_UNSEEN):
            live.stop()


def _drawn(live: Live, ended: threading.Event) -> None:
    with suppress(*_UNSEEN):
        while not ended.wait(_EVERY):
            live.refresh()


def screen(seen: Seen, height: int) -> RenderableType:
    """What there is to see, in less than so many lines."""
    wrong = [_line(one, "bold red") for one in seen.wrong[:_MOST_WRONG]]
    left = height - 1 - len(wrong) - 3
    rows = _cells(seen.rows, left - _LEAST_EVENTS)
    happened = seen.events[-max(1, left - len(rows)) :]
    return Group(
        _line(seen.head, "bold"), _table(rows), *wrong, Text(), *(_event(one) for one in happened)
    )


def _line(text: str, style: str = "") -> Text:
    return Text(plain(text), style, no_wrap=True, overflow="ellipsis")


def _event(event: Event) -> Text:
    line = Text.assemble((event.time, "dim"), " ", (plain(event.what), "red" if event.loud else ""))
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _table(rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    name, *numbers = _HEADS
    table.add_column(name, no_wrap=True, overflow="ellipsis")
    for head in numbers:
        table.add_column(head, justify="right", no_wrap=True, min_width=len(head))
    table.add_column("lately", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    return table


def _cells(rows: Sequence[Row], room: int) -> list[Sequence[str]]:
    """The table's lines: all worker types if there is room, and if not, those where most goes on."""
    room = max(2, room)
    if len(rows) <= room:
        more = (room - len(rows)) // max(1, len(rows))
        return [line for row in rows for line in _lines(row, 1 + more)]
    busiest = sorted(rows, key=lambda row: row.stir, reverse=True)[: room - 1]
    shown = [line for row in rows if row in busiest for line in _lines(row, 1)]
    return [*shown, [f"… and {len(rows) - len(busiest)} more"]]


def _lines(row: Row, most: int) -> Iterator[Sequence[str]]:
    """A worker type, with what was launched of each offering lately, most of all first."""
    waiting = "?" if row.waiting is None else str(row.waiting)
    own = [row.worker_type, waiting, *map(str, (row.running, row.booting, row.leaving))]
    found = sorted(row.lately, key=lambda one: (-one.launched, -one.short, one.offering))
    lately = [(str(one.launched), str(one.short or ""), one.offering) for one in found]
    if len(lately) > most:
        rest = len(lately) - most + 1
        lately = [*lately[: most - 1], ("…", "…", f"{rest} offerings")]
    for own_part, part in zip_longest([own], lately, fillvalue=()):
        yield [*(own_part or [""] * len(own)), *part]
