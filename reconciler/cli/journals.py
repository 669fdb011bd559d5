"""The record of what a run does: a file, and CloudWatch Logs where the Estate names a group."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.claim import Holder
    from reconciler.aws.logs import Event, Stream
    from reconciler.aws.session import Accounts
    from reconciler.journal import Entry, Run
    from reconciler.model import Ended, Estate

VARIABLE = "RECONCILE_JOURNAL"

JournalFile = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="FILE",
        help=f"The journal's file; without this the one that {VARIABLE} names, or the estate's "
        "own in the user's folder for state.",
    ),
]


def journal_file(asked: Path | None, estate: str) -> Path:
    """Where the journal is: as the command line says, the environment, or the system's custom."""
    from platformdirs import user_state_path

    named = asked or os.environ.get(VARIABLE)
    return Path(named) if named else user_state_path("reconcile") / f"{estate}.jsonl"


class Journal:
    """A journal that is open. What can't be written is told of, and the run goes on."""

    def __init__(
        self, run: Run, file: _File, stream: Stream | None, tell: Callable[[str], None]
    ) -> None:
        self._run, self._file, self._stream, self._tell = run, file, stream, tell
        # Steps end side by side.
        self._writing = threading.Lock()
        self.failed = False

    def record(self, ended: Ended, action: str = "") -> None:
        """Write down how a step ended; `action` is what the change is called, if not its own."""
        from reconciler.journal import as_line, entry

        with self._writing:
            now = datetime.now(UTC)
            made = entry(self._run, ended, now, action)
            self._try(lambda: self._file.add(as_line(made)))
            if stream := self._stream:
                self._try(lambda: stream.add(_event(made, now)))

    def end(self) -> None:
        """Send what the stream still waits with."""
        with self._writing:
            if self._stream:
                self._try(self._stream.send)

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except ReconcileError as error:
            self.failed = True
            self._tell(f"the journal is not complete: {error}")


def _on_stderr(what: str) -> None:
    from reconciler.report.console import plain

    typer.echo(plain(what), err=True)


@contextmanager
def journal(
    accounts: Accounts,
    estate: Estate,
    me: Holder,
    asked: Path | None,
    tell: Callable[[str], None] = _on_stderr,
) -> Iterator[Journal]:
    """Open the journal of the run that holds the estate's lock, before it changes anything."""
    from reconciler.journal import Run

    run = Run(me.id, estate.name, me.who, me.where, me.commit)
    with closing(_File(journal_file(asked, estate.name))) as file:
        opened = Journal(run, file, _stream(accounts, estate, run), tell)
        try:
            yield opened
        finally:
            opened.end()


def _stream(accounts: Accounts, estate: Estate, run: Run) -> Stream | None:
    from reconciler.aws.logs import Stream

    if not estate.log_group:
        return None
    try:
        return Stream(accounts.home, estate.log_group, run.id, time.monotonic)
    except ReconcileError as error:
        raise ReconcileError(f"{error}\nnothing was changed") from error


def _event(entry: Entry, now: datetime) -> Event:
    from reconciler.aws.logs import LONGEST, Event
    from reconciler.journal import as_line

    line = as_line(entry)
    if len(line) > LONGEST:
        line = as_line(entry.without_fields())
    return Event(int(now.timestamp() * 1000), line)


class _File:
    """A file to whose end lines are added; whoever else does so finds each of them whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            _make_folder(path.parent)
            # Read, too, to see how it ends.
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ReconcileError(
                f"the journal {path} can't be opened ({error.strerror}), and nothing was changed: "
                f"--journal FILE or {VARIABLE} names another"
            ) from None

    def add(self, line: str) -> None:
        """Write a line at once, and not onto one that somebody left half written."""
        try:
            data = f"{line}\n" if self._on_a_new_line() else f"\n{line}\n"
            written = os.write(self._file, data.encode())
        except OSError as error:
            raise ReconcileError(f"{self._path}: {error.strerror}") from None
        if written < len(data):
            raise ReconcileError(f"{self._path}: there is no room for a whole line")

    def close(self) -> None:
        os.close(self._file)

    def _on_a_new_line(self) -> bool:
        size = os.fstat(self._file).st_size
        return size == 0 or os.pread(self._file, 1, size - 1) == b"\n"


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, for nobody else's eyes."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(0o700, exist_ok=True)
