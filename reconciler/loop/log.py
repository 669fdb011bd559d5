"""The loop's log: lines of JSON for machines, or text for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from reconciler.report.console import plain


class Level(StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


Value = str | int | float


class Event(NamedTuple):
    """What is said."""

    time: datetime
    level: Level
    message: str
    fields: Mapping[str, Value]


Show = Callable[[Event], object]


class Log:
    """Where events are written, one after the other."""

    def __init__(
        self, as_json: bool, write: Callable[[str], object], now: Callable[[], datetime]
    ) -> None:
        self.as_json = as_json
        self._write, self._now = write, now
        self._show: Show = lambda _: None

    def say(self, level: Level, event: str, message: str, **fields: Value) -> None:
        """Write an event; `fields` are for machines, and what people should know is `message`."""
        time = self._now()
        self._show(Event(time, level, message, fields))
        if self.as_json:
            head = {"time": time.isoformat(timespec="milliseconds"), "level": level, "event": event}
            text = json.dumps({**head, "message": message, **fields})
        else:
            text = _as_text(time, level, message)
        try:
            self._write(text)
        except (OSError, RuntimeError):
            # Nobody reads any more, or a signal came in the middle of another line. The fleet needs
            # its passes all the same.
            return

    @contextmanager
    def shown(self, show: Show, instead: bool) -> Iterator[None]:
        """Have what is said in the block shown as well or, where that is one place, instead."""
        before, self._show = (self._write, self._show), show
        if instead:
            self._write = lambda _: None
        try:
            yield
        finally:
            self._write, self._show = before


def _as_text(time: datetime, level: Level, message: str) -> str:
    first, *more = map(plain, message.splitlines() or [""])
    loud = "" if level is Level.INFO else f"{level}: "
    return "\n    ".join([f"{time:%Y-%m-%dT%H:%M:%SZ} {loud}{first}", *more])
