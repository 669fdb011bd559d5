"""What steps print while they are at work: shown as it comes, and kept in a file for each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.model import Estate, Key, Outcome, Step

FOLDER = "output"


class Outputs:
    """The outputs of one run; several steps may print side by side."""

    def __init__(self, estate: Estate, root: Path, show: Callable[[str], None]) -> None:
        self._estate, self._root, self._show = estate, root, show
        self._files: dict[Key, TextIO | None] = {}
        self._paths: dict[Key, Path] = {}
        self._writing = threading.Lock()

    def hear(self, step: Step, text: str) -> None:
        """Show some lines of a step, each under what it is about."""
        from reconciler.diff import origin
        from reconciler.report.words import where

        key = step.change.key
        several = len(self._estate.accounts) * len(self._estate.regions) > 1
        place = f" ({where(key.scope, self._estate)})" if several else ""
        about = f"{origin(step.change) or key}{place}"
        with self._writing:
            for line in text.splitlines():
                # A terminal that was closed, or a full disk, must not end what is at work; and rich
                # makes an exit of a broken pipe.
                with suppress(OSError, SystemExit):
                    self._show(f"{about}: {line}")
                with suppress(OSError):
                    self._keep(key, line)

    def told(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes, those that went wrong with the file that has all of the output."""
        from reconciler.model import Result

        return [
            replace(one, why=f"{one.why}\nall of its output: {self._paths[one.change.key]}")
            if one.result is Result.FAILED and one.change.key in self._paths
            else one
            for one in outcomes
        ]

    def close(self) -> None:
        for file in self._files.values():
            if file:
                file.close()

    def _keep(self, key: Key, line: str) -> None:
        if file := self._file(key):
            file.write(f"{line}\n")

    def _file(self, key: Key) -> TextIO | None:
        """The file, begun with the first line; None where it can't be, which is told once."""
        from reconciler.local import new_log

        if key not in self._files:
            self._files[key] = None
            at = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
            name = ".".join([key.name, *filter(None, key.scope), at, "log"])
            try:
                folders = (FOLDER, self._estate.name)
                self._paths[key], self._files[key] = new_log(self._root, folders, name)
            except ReconcileError as error:
                self._show(f"{key}: its output is kept nowhere: {error}")
        return self._files[key]


@contextmanager
def outputs(estate: Estate, root: Path, show: Callable[[str], None]) -> Iterator[Outputs]:
    """What hears the steps' outputs while the block runs; `root` is where files are kept."""
    made = Outputs(estate, root, show)
    try:
        yield made
    finally:
        made.close()
