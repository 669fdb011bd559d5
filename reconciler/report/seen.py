"""The loop as one watches it on a terminal: worker types, what is wrong, and what happened last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from reconciler.report.console import plain

_MOST_WRONG = 3
_LEAST_EVENTS = 6
_MOST_LINES = 2
_HEADS = ("waiting", "running", "booting", "leaving", "launched", "short")
_MORE_IDS = re.compile(r"(i-[0-9a-f]+)(, i-[0-9a-f]+)+")

Line = tuple[str, ...]


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
    lately: tuple[Lately, ...] = ()

    @property
    def stir(self) -> int:
        """How much goes on."""
        return (self.waiting or 0) + self.booting + self.leaving + len(self.lately)


class Event(NamedTuple):
    """Something that happened."""

    time: str
    what: str
    loud: bool = False


class Seen(NamedTuple):
    """All that there is to see at a moment."""

    head: str
    rows: tuple[Row, ...] = ()
    wrong: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    """The last one last."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """No more than the terminal has lines for."""
        wrong = self.wrong[:_MOST_WRONG]
        # The last line is the cursor's, and two are the head and what parts the events.
        left = console.height - 3 - len(wrong)
        rows = _table_lines(self.rows, left - 1 - _LEAST_EVENTS) if self.rows else []
        yield _one_line(self.head, "bold")
        if rows:
            yield _table(rows)
            left -= 1 + len(rows)
        yield from (_one_line(one, "bold red") for one in wrong)
        yield Text()
        yield from _last(self.events, options.max_width, max(_MOST_LINES, left))


def _one_line(text: str, style: str) -> Text:
    return Text(plain(text), style, no_wrap=True, overflow="ellipsis")


def _table(lines: Iterable[Line]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("worker type", no_wrap=True, overflow="ellipsis")
    for head in _HEADS:
        table.add_column(head, justify="right", no_wrap=True, min_width=len(head))
    for line in lines:
        table.add_row(*(Text(plain(cell)) for cell in line))
    return table


def _table_lines(rows: Sequence[Row], room: int) -> list[Line]:
    """All worker types, each with as many of its offerings as there is room for.

    Where there is no room for all of them it has those where most goes on.
    """
    room = max(2, room)
    if len(rows) <= room:
        each = room // len(rows) - 1
        return [line for row in rows for line in (_own(row), *_offerings(row, each))]
    busiest = sorted(rows, key=lambda row: row.stir, reverse=True)[: room - 1]
    shown = [_own(row) for row in rows if row in busiest]
    return [*shown, (f"… and {len(rows) - len(shown)} more",)]


def _own(row: Row) -> Line:
    waiting = "?" if row.waiting is None else str(row.waiting)
    launched = sum(one.launched for one in row.lately)
    short = sum(one.short for one in row.lately)
    counts = (row.running, row.booting, row.leaving, launched, short)
    return (row.worker_type, waiting, *map(str, counts))


def _offerings(row: Row, most: int) -> Iterator[Line]:
    """What was launched lately; most of all comes first."""
    found = sorted(row.lately, key=lambda one: (-one.launched, -one.short, one.offering))
    shown = found if len(found) <= most else found[: max(0, most - 1)]
    for one in shown:
        yield _brought(one.offering, [one])
    if most and (others := found[len(shown) :]):
        yield _brought(f"… and {len(others)} more", others)


def _brought(what: str, some: Sequence[Lately]) -> Line:
    launched, short = sum(one.launched for one in some), sum(one.short for one in some)
    return (f"  {what}", "", "", "", "", str(launched or ""), str(short or ""))


def _last(events: Sequence[Event], width: int, room: int) -> list[Text]:
    """The last of what happened, as much of it as there is room for."""
    lines: list[Text] = []
    for event in reversed(events):
        own = [*_lines(event, width)]
        if len(own) + len(lines) > room:
            break
        lines = own + lines
    return lines


def _lines(event: Event, width: int) -> Iterator[Text]:
    """What happened, in a line or two."""
    text = _MORE_IDS.sub(r"\1, …", plain(event.what))
    room = max(20, width - len(event.time) - 1)
    wrapped = wrap(text, room, max_lines=_MOST_LINES, placeholder=" …", break_on_hyphens=False)
    for at, part in enumerate(wrapped or [""]):
        time = event.time if at == 0 else " " * len(event.time)
        style = "red" if event.loud else ""
        yield Text.assemble((time, "dim"), " ", (part, style), no_wrap=True, overflow="ellipsis")
