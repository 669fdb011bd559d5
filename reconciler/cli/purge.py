"""The commands that leave nothing behind: terminate and purge."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import ERROR, Documents, Yes, app, fail
from reconciler.cli.journals import JournalFile, journal
from reconciler.cli.locks import LockTimeout, locked
from reconciler.cli.signals import stoppable
from reconciler.cli.walk import answer

if TYPE_CHECKING:
    from reconciler.aws.lock import Lock
    from reconciler.aws.session import Accounts
    from reconciler.model import Ended, Estate
    from reconciler.purge import Survey

Regions = Annotated[
    list[str] | None,
    typer.Option("--region", metavar="REGION", help="Nowhere but there; repeatable."),
]

now: Callable[[], float] = time.monotonic
sleep: Callable[[float], None] = time.sleep


@app.command()
def purge(
    path: Documents = "desired",
    region: Regions = None,
    lock_timeout: LockTimeout = 0,
    journal_file: JournalFile = None,
    yes: Yes = False,
) -> None:
    """Remove all that carries the estate's tag, in every region of its accounts.

    Beside what documents declare: instances, launch templates, images and their snapshots, volumes,
    log groups, and locks that were left. What is declared is not looked at.
    """
    from reconciler.aws.session import connect
    from reconciler.load import load
    from reconciler.purge import EVERYTHING, survey
    from reconciler.report.console import progress

    estate = load(path).estate
    accounts = connect(estate)
    with locked(accounts, estate, path, lock_timeout) as lock:
        with progress() as tell:
            found = survey(accounts, estate, EVERYTHING, region or (), tell)
        # The group of the journal may be among what goes, or gone since an earlier purge.
        removed(accounts, replace(estate, log_group=""), found, lock, journal_file, yes, "purge")


def removed(
    accounts: Accounts,
    estate: Estate,
    found: Survey,
    lock: Lock,
    journal_file: Path | None,
    yes: bool,
    action: str,
) -> None:
    """Show what was found, ask, remove it, and tell what became of it."""
    from reconciler.purge.text import ended_text, survey_text
    from reconciler.report.console import show

    show(survey_text(found, estate))
    ended: Sequence[Ended] = ()
    complete = True
    if found.going:
        _warn_of_a_loop(accounts, estate)
        ask = f"Remove all of this? Only the estate's name, `{estate.name}`, goes on"
        if not yes and answer(ask) != estate.name:
            fail("nothing was changed")
        ended, complete = _carried_out(accounts, estate, found, lock, journal_file, action)
        show(ended_text(ended))
    if not complete or _left(found, ended):
        raise typer.Exit(ERROR)


def _carried_out(
    accounts: Accounts,
    estate: Estate,
    found: Survey,
    lock: Lock,
    journal_file: Path | None,
    action: str,
) -> tuple[Sequence[Ended], bool]:
    """What became of each, and whether there is a whole record of it."""
    from reconciler.aws.removal import Patience
    from reconciler.purge import remove
    from reconciler.report.console import progress

    with (
        progress() as tell,
        stoppable() as stopped,
        journal(accounts, estate, lock.me, journal_file) as kept,
    ):
        patience = Patience(now, sleep, lambda: stopped() or lock.lost())
        ended = remove(accounts, found.going, patience, tell, lambda one: kept.record(one, action))
    return ended, not kept.failed


def _left(found: Survey, ended: Sequence[Ended]) -> bool:
    """Whether anything of the estate may be there still."""
    from reconciler.model import Result

    refused = any(one.result is not Result.DONE for one in ended)
    return refused or bool(found.kept or found.strange or found.unread)


def _warn_of_a_loop(accounts: Accounts, estate: Estate) -> None:
    from reconciler.aws.lease import claim

    if there := claim(accounts.home, estate.name).holder():
        typer.echo(f"stop the loop first, it would make all of it again: {there.told}", err=True)
