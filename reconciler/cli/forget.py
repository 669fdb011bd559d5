"""The command that lets go of a resource and leaves it as it is."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.app import Documents, Yes, app, fail
from reconciler.cli.locks import LockTimeout, locked
from reconciler.cli.walk import answer, compared
from reconciler.errors import ReconcileError


@app.command()
def forget(
    resource: Annotated[str, typer.Argument(metavar="KIND/NAME", help="As its document calls it.")],
    path: Documents = "desired",
    lock_timeout: LockTimeout = 0,
    yes: Yes = False,
) -> None:
    """Take our tags off a resource, in every scope: it stays, and is nobody's any more."""
    from reconciler.aws.errors import explained
    from reconciler.aws.session import connect
    from reconciler.fields.tags import TagChange, is_ours
    from reconciler.kinds import KINDS
    from reconciler.load import load

    declared = load(path)
    accounts = connect(declared.estate)
    with locked(accounts, declared.estate, path, lock_timeout):
        ours = compared(accounts, declared).snapshot.ours
        found = {key: observed for key, observed in ours.items() if str(key) == resource}
        if not found:
            raise ReconcileError(f"{resource} is not the estate's: there is nothing to forget")
        if not yes and answer(f"Forget {resource}? Only `yes` goes on") != "yes":
            fail("nothing was changed")
        for key, observed in found.items():
            gone = TagChange({}, tuple(sorted(tag for tag in observed.tags if is_ours(tag))))
            with explained():
                KINDS[key.kind].tag(accounts.at(key.scope), observed, gone)
            typer.echo(f"forgot {key}: {observed.name} stays in AWS as it is")
