"""The command that reads the journal back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from reconciler.cli.app import Documents, Only, app
from reconciler.cli.journals import JournalFile, journal_file
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.journal import Entry
    from reconciler.model import Estate


class Form(StrEnum):
    """What the journal can be shown as."""

    TEXT = "text"
    JSON = "json"


class _Line(NamedTuple):
    """A line of a journal, and the place where it stands."""

    place: str
    line: str | bytes


class _Read(NamedTuple):
    entry: Entry
    line: str
    """As it may be printed."""


@app.command()
def log(
    path: Documents = "desired",
    only: Only = None,
    file: JournalFile = None,
    last: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Show the last N lines alone.")
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="json gives the journal's own lines.")
    ] = Form.TEXT,
) -> None:
    """Show what was applied, when, by whom and how it ended; the newest comes last.

    It is read from CloudWatch Logs where the Estate names a group and --journal no file.
    """
    from reconciler.load import load
    from reconciler.report.console import show
    from reconciler.report.log import log_text

    estate = load(path).estate
    if estate.log_group and not file:
        source, lines = estate.log_group, _in_the_group(estate)
    else:
        found = journal_file(file, estate.name)
        source, lines = str(found), _in_the_file(found)
    wanted = (one for one in _read(lines) if _concerns(one.entry, estate, only))
    shown = deque(wanted, maxlen=last)
    if not shown:
        typer.echo(f"{source} tells nothing of that yet", err=True)
    elif form is Form.TEXT:
        show(log_text((one.entry for one in shown), estate))
    else:
        typer.echo("\n".join(one.line for one in shown))


def _in_the_group(estate: Estate) -> Iterator[_Line]:
    from reconciler.aws.logs import told
    from reconciler.aws.session import connect

    group = estate.log_group
    for one in told(connect(estate, look=True).home, group):
        yield _Line(f"{group}, stream {one.stream}", one.message)


def _in_the_file(file: Path) -> Iterator[_Line]:
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                yield _Line(f"{file}:{number}", line)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ReconcileError(f"the journal {file} can't be read: {error.strerror}") from None


def _read(lines: Iterable[_Line]) -> Iterator[_Read]:
    """The entries of a journal; what is none is told of and left out."""
    from reconciler.journal import NoEntry, parsed
    from reconciler.report.console import plain

    for place, line in lines:
        if not line.strip():
            continue
        try:
            yield _Read(*parsed(line))
        except NoEntry as why:
            typer.echo(plain(f"{place}: this line is left out: {why}"), err=True)


def _concerns(entry: Entry, estate: Estate, only: list[str] | None) -> bool:
    """Whether it is of this estate and, where some resources are asked for, of one of those."""
    from reconciler.diff import selected

    return entry.estate == estate.name and (not only or selected(entry.key, only))
