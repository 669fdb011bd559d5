"""The walk that plan, apply and destroy share: from documents to a plan, and on to outcomes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from reconciler.cli.app import REFUSED, fail
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.session import Account
    from reconciler.diff import Difference
    from reconciler.load import Declared
    from reconciler.model import Estate, Key, Plan, Resource, Snapshot


class Compared(NamedTuple):
    """What should be, what is, and how they differ."""

    estate: Estate
    resources: Collection[Resource]
    account: Account
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

        changes = hurt(self.account, self.difference.changes)
        return plan(
            self.estate, self.resources, self.snapshot, self.difference._replace(changes=changes)
        )


def compared(declared: Declared, nothing: bool = False) -> Compared:
    """Read the account that the credentials lead to, and compare it with what is declared.

    With `nothing`, compare it with what leaves nothing of the estate.
    """
    from reconciler.aws.session import connect
    from reconciler.diff import diff
    from reconciler.observe import observe
    from reconciler.report.console import progress

    estate, resources = declared.estate, () if nothing else declared.resources
    account = connect(estate.regions)
    with progress() as tell:
        snapshot = observe(account, estate, resources, tell)
    return Compared(estate, resources, account, snapshot, diff(estate, resources, snapshot))


def show_plan(plan: Plan) -> None:
    from reconciler.report.console import show
    from reconciler.report.text import plan_text

    show(plan_text(plan))


def heed(refusals: Sequence[str]) -> None:
    """Stop here when the guard refuses, after the plan was shown and before anything is changed."""
    if refusals:
        fail("\n".join(f"refused: {why}" for why in refusals), REFUSED)


def carry_out(account: Account, plan: Plan, agreed: Callable[[], bool]) -> None:
    """Apply what was shown once it is agreed to, and tell what became of it."""
    from reconciler.apply import apply
    from reconciler.model import Result
    from reconciler.report.console import progress, show
    from reconciler.report.text import outcomes_text

    if plan.steps and not agreed():
        fail("nothing was changed")
    with progress() as tell, _stoppable() as stopped:
        outcomes = apply(account, plan, lambda s: tell(f"{s.act} {s.change.key}"), stopped)
    if outcomes:
        show(outcomes_text(outcomes))
    if any(outcome.result is not Result.DONE for outcome in outcomes):
        raise typer.Exit(1)


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


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Whether we were asked to stop: what was begun is finished, unless a second signal comes."""
    stopped = threading.Event()
    before: dict[signal.Signals, Any] = {}

    def stop(*_: Any) -> None:
        stopped.set()
        typer.echo("stopping: what was begun is finished first", err=True)
        for number, handler in before.items():
            signal.signal(number, handler)

    before.update({s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)})
    try:
        yield stopped.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
