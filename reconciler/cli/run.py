"""The command that applies again and again: the loop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from reconciler.cli.app import ERROR, LOCKED, REFUSED, app
from reconciler.cli.journals import JournalFile
from reconciler.cli.leading import Lead, pass_lock
from reconciler.cli.log import Form
from reconciler.cli.passes import Surroundings, one_pass
from reconciler.cli.signals import told_to_stop
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.loop.clock import Clock
    from reconciler.loop.done import Turn
    from reconciler.loop.kept import Kept, Source
    from reconciler.loop.log import Log
    from reconciler.loop.watching import Watching

_STATUS = {"unchanged": 0, "changed": 0, "refused": REFUSED, "locked": LOCKED}
"""Of a single pass, by its ending; of every other it is `ERROR`."""

Hears = Callable[["Turn"], None]


class _Asked(NamedTuple):
    """What the command line asks for."""

    path: str
    interval: float
    once: bool
    source: str | None
    heartbeat: Path | None
    metrics: str | None
    journal: Path | None
    live: bool


@app.command()
def run(
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", help="A directory or a file; with --source, inside of it."),
    ] = "desired",
    interval: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="From one pass's begin to the next's.")
    ] = 30,
    once: Annotated[
        bool, typer.Option("--once", help="One pass, which ends with the status of an apply.")
    ] = False,
    source: Annotated[
        str | None,
        typer.Option(metavar="URL#BRANCH", help="A git repository, fetched before each pass."),
    ] = None,
    heartbeat: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file to write anew after each pass.")
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(metavar="[HOST:]PORT", help="Where Prometheus may ask.")
    ] = None,
    form: Annotated[Form, typer.Option("--log", help="How the log on stderr is written.")] = (
        Form.TEXT
    ),
    live: Annotated[
        bool, typer.Option("--live", help="On a terminal, show the fleets as they are now.")
    ] = False,
    journal: JournalFile = None,
) -> None:
    """Apply again and again, without questions, by the newest documents that are good.

    SIGTERM or Ctrl-C ends it in order, and a second one at once.
    """
    from reconciler.loop.clock import Clock
    from reconciler.loop.log import Level, Log

    # A pipe, or a service's log, has the log alone.
    live = live and sys.stdout.isatty()
    asked = _Asked(path, interval, once, source, heartbeat, metrics, journal, live)
    clock = Clock()
    log = Log(form is Form.JSON, _on_stderr, clock.date)

    def stop() -> None:
        clock.stop()
        log.say(Level.INFO, "stopping", "stopping: what was begun is finished first")

    with told_to_stop(stop):
        try:
            status = _run(asked, clock, log)
        except ReconcileError as error:
            log.say(Level.ERROR, "start", str(error))
            status = ERROR
    raise typer.Exit(status)


def _run(asked: _Asked, clock: Clock, log: Log) -> int:
    """The loop, from its first documents to its end; the exit status."""
    from reconciler.loop.kept import Kept

    with _source(asked, clock) as source, _hearing(asked, clock, log) as hear:
        kept = Kept(source)
        return (_once if asked.once else _for_ever)(asked, kept, hear, clock, log)


def _once(asked: _Asked, kept: Kept, hear: Sequence[Hears], clock: Clock, _: Log) -> int:
    """A single pass; it needs the lock alone, as an apply does."""
    from reconciler.loop.turns import Turns

    around = Surroundings(partial(pass_lock, clock), partial(_stopped, clock), asked.journal)
    ending = Turns(kept, partial(one_pass, around), hear, clock.now).turn()
    return _STATUS.get(ending, ERROR)


def _for_ever(asked: _Asked, kept: Kept, hear: Sequence[Hears], clock: Clock, log: Log) -> int:
    from reconciler.aws.lease import renewing
    from reconciler.loop.log import Level
    from reconciler.loop.schedule import again_and_again
    from reconciler.loop.turns import Turns

    lead = Lead(clock)
    around = Surroundings(lead.hold, lambda: _stopped(clock) or lead.lost(), asked.journal)
    turns = Turns(kept, partial(one_pass, around), hear, clock.now)
    log.say(Level.INFO, "start", f"a pass every {asked.interval:g} s", interval=asked.interval)
    try:
        with renewing(lead.renew):
            again_and_again(turns.turn, asked.interval, clock)
    finally:
        lead.leave(partial(log.say, Level.WARNING, "lease"))
    log.say(Level.INFO, "stopped", "stopped")
    return 0


def _stopped(clock: Clock) -> str:
    return "the loop was asked to stop" if clock.stopping() else ""


def _source(asked: _Asked, clock: Clock) -> AbstractContextManager[Source]:
    from reconciler.loop.clone import Remote, cloned
    from reconciler.loop.kept import Folder

    if asked.source is None:
        return nullcontext(Folder(asked.path, clock.stopping))
    return cloned(Remote.parsed(asked.source), asked.path, asked.interval, clock.now)


@contextmanager
def _hearing(asked: _Asked, clock: Clock, log: Log) -> Iterator[list[Hears]]:
    """Everybody who is to hear of each pass."""
    from reconciler.loop.heartbeat import Heartbeat
    from reconciler.loop.telling import Telling

    hear: list[Hears] = [Telling(log, clock.now).hear]
    if asked.heartbeat:
        hear.append(Heartbeat(asked.heartbeat, log, clock.date).hear)
    with ExitStack() as stack:
        if asked.metrics:
            from reconciler.loop.metrics import address, counting

            metrics = stack.enter_context(counting(address(asked.metrics), clock.now))
            hear.append(metrics.hear)
        if asked.live:
            hear.append(stack.enter_context(_watching(clock, log)).hear)
        yield hear


@contextmanager
def _watching(clock: Clock, log: Log) -> Iterator[Watching]:
    """A display on the terminal, in which the log's lines are as well."""
    from reconciler.loop.watching import Watching
    from reconciler.report.live import watched

    watching = Watching(clock.now)
    instead = sys.stderr.isatty()
    with log.shown(watching.heed, instead), watched(watching.look):
        yield watching


def _on_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
