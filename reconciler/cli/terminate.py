"""The command that ends every instance of the estate, or those of some worker types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import Yes, app
from reconciler.cli.journals import JournalFile
from reconciler.cli.locks import LockTimeout, locked
from reconciler.cli.looking import WORKER_TYPE
from reconciler.cli.purge import Regions, removed
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.load import Declared
    from reconciler.purge import Survey


@app.command()
def terminate(
    worker_types: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORKERTYPE", help="By name; without any, all instances."),
    ] = None,
    path: Annotated[
        str, typer.Option("--documents", metavar="PATH", help="Where the Estate is declared.")
    ] = "desired",
    region: Regions = None,
    lock_timeout: LockTimeout = 0,
    journal_file: JournalFile = None,
    yes: Yes = False,
) -> None:
    """End every instance that carries the estate's tag, and wait until they are gone.

    In every region of its accounts, since a machine costs the same where git no longer looks.
    """
    from reconciler.aws.owned import INSTANCES
    from reconciler.aws.session import connect
    from reconciler.load import load
    from reconciler.purge import survey
    from reconciler.report.console import progress

    declared = load(path)
    estate, accounts = declared.estate, connect(declared.estate)
    with locked(accounts, estate, path, lock_timeout) as lock:
        with progress() as tell:
            found = survey(accounts, estate, [INSTANCES], region or (), tell)
        meant = _of(worker_types or (), found, declared)
        removed(accounts, estate, meant, lock, journal_file, yes, "terminate")


def _of(names: Sequence[str], found: Survey, declared: Declared) -> Survey:
    """The instances of these worker types; a name that is nobody's is a mistake."""
    from reconciler.fields.wording import did_you_mean

    wanted = {WORKER_TYPE + name.removeprefix(WORKER_TYPE) for name in names}
    known = {str(one.key) for one in declared.resources} | {one.of for one in found.owned}
    for name in sorted(wanted - known):
        near = did_you_mean(name, {one for one in known if one.startswith(WORKER_TYPE)})
        raise ReconcileError(f"{name} is not declared, and no instance is of it{near}")
    owned = tuple(one for one in found.owned if not wanted or one.of in wanted)
    return found._replace(owned=owned)
