"""The lock of an estate around what changes it, and the command that frees a dead one."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import Documents, app
from reconciler.cli.signals import ending_in_order

if TYPE_CHECKING:
    from reconciler.aws.claim import Holder
    from reconciler.aws.lock import Lock
    from reconciler.aws.session import Accounts
    from reconciler.model import Estate

LockTimeout = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0, help="Wait so long for another run to end."),
]


@contextmanager
def locked(accounts: Accounts, estate: Estate, documents: str, timeout: float) -> Iterator[Lock]:
    """Hold the estate's lock."""
    from reconciler.aws.lock import Waiting, held
    from reconciler.revision import revision

    home = accounts.home
    known = revision(documents)
    me = myself(accounts, known.commit if known else "")
    waiting = Waiting(timeout, time.monotonic, time.sleep, _tell)
    with ending_in_order(), held(home, estate.name, me, waiting) as lock:
        yield lock


def myself(accounts: Accounts, commit: str, loop: str = "") -> Holder:
    """Who this run is to others, at a commit and perhaps as a pass of a loop."""
    from reconciler.aws.claim import Holder
    from reconciler.aws.errors import explained

    with explained():
        caller = accounts.caller()
    return Holder(
        who=caller.arn,
        where=socket.gethostname(),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=commit,
        loop=loop,
    )


@app.command()
def unlock(
    lock_id: Annotated[str, typer.Argument(metavar="ID", help="As who is locked out was told.")],
    path: Documents = "desired",
) -> None:
    """Free the lock that a dead run has left; a run that is alive notices, and stops."""
    from reconciler.aws.lock import free
    from reconciler.aws.session import connect
    from reconciler.load import load

    estate = load(path).estate
    typer.echo(f"freed the lock of {free(connect(estate).home, estate.name, lock_id)}")


def _tell(what: str) -> None:
    typer.echo(what, err=True)
