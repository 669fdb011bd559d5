"""A file that shows that passes go on: a liveness probe looks at its age."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from reconciler.loop.done import Turn
from reconciler.loop.log import Level, Log


class Heartbeat:
    """The file, which is written anew after each pass."""

    def __init__(self, file: Path, log: Log, now: Callable[[], datetime]) -> None:
        self._file, self._log, self._now = file, log, now
        self._told = ""

    def hear(self, turn: Turn) -> None:
        """Write when a pass ended, at which commit and how; why that fails is told once."""
        words = {
            "time": self._now().isoformat(timespec="seconds"),
            "commit": turn.documents.commit,
            "outcome": turn.done.ending,
        }
        why = self._written(json.dumps(words) + "\n")
        if why and why != self._told:
            self._log.say(Level.WARNING, "heartbeat", why)
        self._told = why

    def _written(self, text: str) -> str:
        """Why it can't be written, or ""; whoever reads it never finds half of it."""
        new = self._file.with_name(f".{self._file.name}.new")
        try:
            new.write_text(text, "utf-8")
            os.replace(new, self._file)
        except OSError as error:
            return f"{self._file} can't be written: {error.strerror}"
        return ""
