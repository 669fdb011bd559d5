"""The command that opens a shell on an instance of the estate."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import Documents, app
from reconciler.cli.keys import Region, scopes
from reconciler.cli.looking import WORKER_TYPE
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.session import Accounts
    from reconciler.aws.sessions import Running
    from reconciler.load import Declared
    from reconciler.model import Scope


@app.command()
def ssh(
    where: Annotated[
        str, typer.Argument(metavar="INSTANCE|WORKERTYPE", help="Of a type, its youngest one.")
    ],
    path: Documents = "desired",
    region: Region = None,
) -> None:
    """Open a shell on an instance of the estate, through SSM: it needs no key and no open port.

    It ends as AWS's Session Manager plug-in ends, which it becomes.
    """
    from reconciler.aws.session import connect
    from reconciler.aws.sessions import plugin, shell
    from reconciler.load import load

    declared, program = load(path), plugin()
    accounts = connect(declared.estate)
    scope, instance = _meant(_running(accounts, declared, region), where)
    opened = shell(accounts.at(scope), instance, program)
    try:
        os.execve(program, [program, *opened.arguments], dict(opened.environment))
    except OSError as error:
        raise ReconcileError(f"{program} can't be run: {error.strerror}") from None


def _running(
    accounts: Accounts, declared: Declared, region: str | None
) -> list[tuple[Scope, Running]]:
    from reconciler.aws.errors import explained
    from reconciler.aws.sessions import running

    found: list[tuple[Scope, Running]] = []
    for scope in scopes(declared, region):
        accounts.check(scope.account)
        with explained(f" (in {scope})"):
            found += [(scope, one) for one in running(accounts.at(scope), declared.estate.name)]
    return found


def _meant(running: list[tuple[Scope, Running]], where: str) -> tuple[Scope, str]:
    """The instance of this id, or the youngest of the worker type: it has what git says now."""
    from reconciler.fields.wording import did_you_mean

    of = WORKER_TYPE + where.removeprefix(WORKER_TYPE)
    fitting = [(scope, one) for scope, one in running if where == one.id or of == one.of]
    if not fitting:
        known = {word for _, one in running for word in (one.id, one.of.removeprefix(WORKER_TYPE))}
        raise ReconcileError(
            f"no running instance of the estate is {where}, or of a worker type of that name"
            f"{did_you_mean(where, known)}"
        )
    scope, youngest = max(fitting, key=lambda one: (one[1].launched, one[1].id))
    others = f", the youngest of {len(fitting)}" if len(fitting) > 1 else ""
    typer.echo(f"{youngest.id} in {scope.region}{others}", err=True)
    return scope, youngest.id
