"""The command that runs another one on a machine of a worker type, which lives as long as that."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from reconciler.cli.app import ERROR, app
from reconciler.cli.looking import WORKER_TYPE, worker_type
from reconciler.cli.ready import Bring, ready
from reconciler.cli.signals import giving_up
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.command_output import Piece
    from reconciler.aws.commands import Result
    from reconciler.aws.files import Carrier
    from reconciler.aws.machine import Machine
    from reconciler.aws.removal import Patience
    from reconciler.aws.script import Hear
    from reconciler.cli.ready import Ready
    from reconciler.load import Declared
    from reconciler.model import Resource

WORD = "exec"
"""What the machine's tag says that it is for."""

_AN_HOUR = 3600
# What is too short for a boot is a mistake; SSM lets no command take longer than two days.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html
_SHORTEST, _LONGEST = 60, 172_800
# More than that a process can't say.
_MOST_STATUS = 255
_ENDED = ("Success", "Failed")
"""SSM's words for a command that has run to its end."""

Take = tuple[str, Path]
"""One --download: what of the machine is to be where here."""


@app.command(name="exec")
def exec_(
    name: Annotated[str, typer.Argument(metavar="WORKERTYPE", help="What to launch.")],
    command: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND",
            help="After --. One word is a text for the shell (sh, or PowerShell on Windows); "
            "several are a program and its arguments.",
        ),
    ],
    path: Annotated[
        str, typer.Option("--documents", metavar="PATH", help="Where all is declared.")
    ] = "desired",
    region: Annotated[
        list[str] | None,
        typer.Option(metavar="REGION", help="In none but this of its regions; repeatable."),
    ] = None,
    instance_type: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE", help="As none but this of its types; repeatable."),
    ] = None,
    timeout: Annotated[
        int,
        typer.Option(
            metavar="SECONDS",
            min=_SHORTEST,
            max=_LONGEST,
            help="The machine's whole life, its boot included.",
        ),
    ] = _AN_HOUR,
    upload: Annotated[
        list[str] | None,
        typer.Option(metavar="SRC:DST", help="A file or folder to have there first; repeatable."),
    ] = None,
    download: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SRC:DST",
            help="A file or folder to have here afterwards, though COMMAND failed; repeatable.",
        ),
    ] = None,
    user_data: Annotated[
        bool,
        typer.Option("--user-data", help="Let it boot with the worker type's own user data, too."),
    ] = False,
) -> None:
    """Run a command on a new machine of a worker type, and end the machine whatever happens.

    It is bought where it is cheapest of all that the worker type allows, and it takes no task of a
    queue. Standard output and standard error have what COMMAND writes there, as it comes, and the
    exit status is COMMAND's. Of 1, standard error tells whose it is.

    To SSM a status of 194 (of 3010 on Windows) means: reboot, and run it again.
    """
    from reconciler.aws.session import connect
    from reconciler.load import load

    brings, takes = _brings(upload or ()), _takes(download or ())
    declared = load(path)
    of = _meant(declared, name, region or (), instance_type or ())
    files = bool(brings or takes)
    with giving_up() as patience:
        made = ready(connect(declared.estate), declared, of, brings, files, user_data)
        raise typer.Exit(_done(made, command, takes, timeout, patience))


def _brings(said: Sequence[str]) -> list[Bring]:
    found = []
    for one in said:
        source, colon, where = one.partition(":")
        if not (source and colon and where):
            raise ReconcileError(f"--upload {one} is not of the form SRC:DST")
        if not Path(source).exists():
            raise ReconcileError(f"--upload {one}: there is no {source}")
        found.append(Bring(Path(source), where))
    return found


def _takes(said: Sequence[str]) -> list[Take]:
    found = []
    for one in said:
        # A path of Windows has a colon itself.
        what, colon, where = one.rpartition(":")
        if not (what and colon and where):
            raise ReconcileError(f"--download {one} is not of the form SRC:DST")
        inside = where.endswith("/") or Path(where).name in ("", "..")
        name = re.split(r"[/\\]", what.rstrip("/\\"))[-1]
        found.append((what, Path(where, name) if inside else Path(where)))
    return found


def _meant(
    declared: Declared, name: str, regions: Sequence[str], types: Sequence[str]
) -> list[Resource]:
    """The worker type as far as these options let it go."""
    from reconciler.derive.places import narrowed

    plain = name.removeprefix(WORKER_TYPE)
    spec = worker_type(declared, plain)
    _among("--region", regions, [one.region for one in spec.regions], plain)
    _among("--instance-type", types, [one.type for one in spec.instance_types], plain)
    of = [one for one in declared.resources if one.key[:2] == ("WorkerType", plain)]
    return narrowed(of, regions, types)


def _among(option: str, said: Sequence[str], known: Sequence[str], of: str) -> None:
    from reconciler.fields.wording import did_you_mean

    for one in said:
        if one not in known:
            near = did_you_mean(one, known)
            raise ReconcileError(f"{option} {one} is none of {WORKER_TYPE}{of}'s{near}")


def _done(
    made: Ready, command: Sequence[str], takes: Sequence[Take], seconds: int, patience: Patience
) -> int:
    """The exit status of the command, which has run on a machine that is ended by now."""
    from reconciler.aws.command_output import group
    from reconciler.aws.errors import Refused, explained
    from reconciler.aws.files import Carrier
    from reconciler.aws.machine import Job, await_online, machine
    from reconciler.aws.script import Script, run
    from reconciler.fields.tags import ESTATE

    until = patience.now() + seconds

    def left() -> int:
        return max(1, int(until - patience.now()))

    with machine(made.ways, Job(WORD, seconds), patience, _tell) as one, _told(one):

        def do(text: str, logs: str = "", hear: Hear = lambda _: None) -> Result:
            script = Script.of(text, one.way.windows, left())
            return run(one.aws, one.id, script, left(), logs, patience, hear)

        await_online(one.aws, one.id, left(), patience)
        _tell(f"{one.id}: online")
        with explained():
            logs = group(one.aws, made.estate.name, {ESTATE: made.estate.name})
        carrier = Carrier(do, made.shell, made.bucket)
        for bring, pack in made.packs:
            _tell(f"{one.id}: {bring}")
            try:
                carrier.bring(pack)
            except Refused as refused:
                raise Refused(f"{bring}: {refused}") from refused
        _tell(f"{one.id}: runs the command")
        shown = _Shown()
        result = do(made.shell.command(command), logs, shown)
        shown.compared(result)
        lost = [take for take in takes if not _taken(carrier, take)]
        return _status(result) or (ERROR if lost else 0)


@contextmanager
def _told(one: Machine) -> Iterator[None]:
    """Say of a machine that it is there, and that it goes."""
    _tell(f"{one.id}: launched, {one.way}")
    try:
        yield
    finally:
        _tell(f"{one.id}: is ended now")


def _taken(carrier: Carrier, take: Take) -> bool:
    """Whether it is here now; what is not is told, and hides nothing of what the command did."""
    from reconciler.aws.errors import Refused

    what, where = take
    try:
        carrier.take(what, where)
    except Refused as refused:
        _tell(f"--download {what}: {refused}")
        return False
    return True


def _status(result: Result) -> int:
    from reconciler.aws.errors import Refused

    if result.status == "ExecutionTimedOut":
        raise Refused("its time is over, and it has not ended")
    if result.status not in _ENDED or result.exit_code is None:
        raise Refused(f"it has not run to its end: SSM says {result.status}")
    if 0 <= result.exit_code <= _MOST_STATUS:
        return result.exit_code
    _tell(f"its exit status was {result.exit_code}, which no process here can have")
    return ERROR


class _Shown:
    """The command's output, written as it is and at once; nothing else is written to stdout."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, piece: Piece) -> None:
        self._count += len(piece.text)
        stream = sys.stdout if piece.stream == "stdout" else sys.stderr
        try:
            stream.write(piece.text)
            stream.flush()
        except OSError as error:
            _nobody_reads(stream)
            raise ReconcileError(
                f"its output can't be written any more: {error.strerror}"
            ) from None

    def compared(self, result: Result) -> None:
        """Tell where what SSM keeps is not all."""
        if result.cut and self._count <= len(result.out) + len(result.err):
            _tell(
                "its output was longer than SSM keeps: with what the README says of its role, "
                "the machine could have sent all of it"
            )


def _nobody_reads(stream: TextIO) -> None:
    """What is still to be written must not fail as Python ends.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _tell(what: str) -> None:
    """Where nobody reads it, the machine must be ended all the same."""
    from reconciler.report.console import plain

    with suppress(OSError):
        typer.echo(plain(what), err=True)
