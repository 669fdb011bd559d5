"""The walk that plan, apply and destroy share: from documents to a plan, and on to outcomes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from reconciler.cli.app import ERROR, REFUSED, fail
from reconciler.cli.signals import stoppable
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.lock import Lock
    from reconciler.aws.session import Accounts
    from reconciler.diff import Difference
    from reconciler.load import Declared
    from reconciler.model import Estate, Key, Outcome, Plan, Resource, Snapshot


class Compared(NamedTuple):
    """What should be, what is, and how they differ."""

    estate: Estate
    resources: Collection[Resource]
    accounts: Accounts
    snapshot: Snapshot
    difference: Difference

    def only(self, patterns: Sequence[str], declared: Collection[Resource]) -> Compared:
        """The part that the patterns name; one that names nothing is a mistake."""
        from reconciler.diff import only

        _name_something(patterns, [*(one.key for one in declared), *self.snapshot.ours])
        return self._replace(difference=only(self.difference, patterns))

    def planned(self) -> Plan:
        """The plan for the difference, with who uses what would go."""
        from reconciler.observe import hurt
        from reconciler.plan import plan

        changes = hurt(self.accounts, self.snapshot, self.estate, self.difference.changes)
        return plan(
            self.estate, self.resources, self.snapshot, self.difference._replace(changes=changes)
        )


def compared(accounts: Accounts, declared: Declared, nothing: bool = False) -> Compared:
    """Read the accounts, and compare them with what is declared.

    With `nothing`, compare them with what leaves nothing of the estate.
    """
    from reconciler.diff import diff
    from reconciler.observe import observe
    from reconciler.report.console import progress

    estate, resources = declared.estate, () if nothing else declared.resources
    with progress() as tell:
        snapshot = observe(accounts, estate, resources, tell)
    return Compared(estate, resources, accounts, snapshot, diff(estate, resources, snapshot))


def show_plan(plan: Plan) -> None:
    """The plan for a reader on a terminal."""
    from reconciler.report.console import show
    from reconciler.report.text import plan_text

    show(plan_text(plan))


def heed(refusals: Sequence[str]) -> None:
    """Stop here when the guard refuses, after the plan was shown and before anything is changed."""
    if refusals:
        fail("\n".join(f"refused: {why}" for why in refusals), REFUSED)


def carry_out(
    accounts: Accounts,
    plan: Plan,
    agreed: Callable[[], bool],
    lock: Lock,
    journal_file: Path | None,
) -> None:
    """Apply what was shown once it is agreed to, keep a record, and tell what became of it."""
    from reconciler.apply import apply
    from reconciler.cli.journals import journal
    from reconciler.report.console import progress

    if not plan.steps:
        _show_outcomes(plan, apply(accounts, plan))
        return
    if not agreed():
        fail("nothing was changed")
    with (
        progress() as tell,
        stoppable() as stopped,
        journal(accounts, plan.estate, lock.me, journal_file) as kept,
    ):
        outcomes = apply(
            accounts,
            plan,
            lambda step: tell(f"{step.act} {step.change.key}"),
            lambda: stopped() or lock.lost(),
            kept.record,
        )
    _show_outcomes(plan, outcomes)
    if kept.failed:
        raise typer.Exit(ERROR)


def _show_outcomes(plan: Plan, outcomes: Sequence[Outcome]) -> None:
    """What became of each change; the exit status tells when it is not all that was planned."""
    from reconciler.model import Result
    from reconciler.report.console import show
    from reconciler.report.text import outcomes_text

    if outcomes:
        show(outcomes_text(plan.estate, outcomes))
    if plan.unreached or any(outcome.result is not Result.DONE for outcome in outcomes):
        raise typer.Exit(ERROR)


def answer(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False, err=True))


def _name_something(patterns: Sequence[str], known: Sequence[Key]) -> None:
    """A pattern that names nothing must not pass for nothing to do."""
    from reconciler.diff import selected
    from reconciler.fields.wording import did_you_mean

    for pattern in patterns:
        if not any(selected(key, [pattern]) for key in known):
            near = did_you_mean(pattern, {str(key) for key in known})
            raise ReconcileError(f"--only {pattern} names nothing that is declared or in AWS{near}")
