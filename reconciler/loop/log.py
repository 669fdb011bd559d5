"""The loop's log: lines of JSON for machines, or text for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from reconciler.report.console import plain


class Level(StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


Value = str | int | float


class Log:
    """Where events are written, one after the other."""

    def __init__(
        self, as_json: bool, write: Callable[[str], object], now: Callable[[], datetime]
    ) -> None:
        self.as_json = as_json
        self._write, self._now = write, now

    def say(self, level: Level, event: str, message: str, **fields: Value) -> None:
        """Write an event; `fields` are for machines, and what people should know is `message`."""
        time = self._now()
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


def _as_text(time: datetime, level: Level, message: str) -> str:
    first, *more = map(plain, message.splitlines() or [""])
    loud = "" if level is Level.INFO else f"{level}: "
    return "\n    ".join([f"{time:%Y-%m-%dT%H:%M:%SZ} {loud}{first}", *more])
