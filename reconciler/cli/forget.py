"""The command that lets go of a resource and leaves it as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import ERROR, Documents, Yes, app, fail
from reconciler.cli.journals import JournalFile, journal
from reconciler.cli.locks import LockTimeout, locked
from reconciler.cli.walk import answer, standing
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.model import Estate, Key, Observed, Outcome, Plan, Step


@app.command()
def forget(
    resource: Annotated[str, typer.Argument(metavar="KIND/NAME", help="As its document calls it.")],
    path: Documents = "desired",
    lock_timeout: LockTimeout = 0,
    journal_file: JournalFile = None,
    yes: Yes = False,
) -> None:
    """Take our tags off a resource, in every scope: it stays, and is nobody's any more."""
    from reconciler.apply import apply
    from reconciler.aws.session import connect
    from reconciler.load import load

    declared = load(path)
    estate, accounts = declared.estate, connect(declared.estate)
    with locked(accounts, estate, path, lock_timeout) as lock:
        ours = standing(accounts, declared).snapshot.ours
        found = {key: observed for key, observed in ours.items() if str(key) == resource}
        if not found:
            raise ReconcileError(f"{resource} is not the estate's: there is nothing to forget")
        if not yes and answer(f"Forget {resource}? Only `yes` goes on") != "yes":
            fail("nothing was changed")
        with journal(accounts, estate, lock.me, journal_file) as kept:
            outcomes = apply(
                accounts,
                _forgetting(estate, ours, found),
                ended=lambda ended: kept.record(ended, "forget"),
            )
    _tell(outcomes)
    if kept.failed:
        raise typer.Exit(ERROR)


def _forgetting(
    estate: Estate, ours: Mapping[Key, Observed], found: Mapping[Key, Observed]
) -> Plan:
    """The plan that takes our tags off what was found, and does nothing else."""
    from reconciler.model import Plan

    steps = tuple(_step(key, observed) for key, observed in found.items())
    ids = {key: observed.id for key, observed in ours.items()}
    return Plan(estate, tuple(step.change for step in steps), steps, ids)


def _step(key: Key, observed: Observed) -> Step:
    from reconciler.fields.tags import is_ours
    from reconciler.model import Act, Action, Change, FieldChange, Step

    gone = tuple(sorted(tag for tag in observed.tags if is_ours(tag)))
    fields = tuple(FieldChange(f"tags.{tag}", observed.tags[tag], None) for tag in gone)
    change = Change(Action.UPDATE, key, observed, None, fields)
    return Step(change, Act.UPDATE, observed, drop=gone)


def _tell(outcomes: Sequence[Outcome]) -> None:
    from reconciler.model import Result

    done = [outcome.change for outcome in outcomes if outcome.result is Result.DONE]
    for change in done:
        assert change.before
        typer.echo(f"forgot {change.key}: {change.before.name} stays in AWS as it is")
    if len(done) < len(outcomes):
        raise ReconcileError(
            "\n".join(f"{one.change.key}: {one.why}" for one in outcomes if one.why)
        )
