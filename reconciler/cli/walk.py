"""The walk that plan, apply and destroy share: from documents to a plan, and on to outcomes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import time
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import typer

from reconciler.cli.app import ERROR, REFUSED, fail
from reconciler.cli.signals import stoppable
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.lock import Lock
    from reconciler.aws.session import Accounts
    from reconciler.derive import Decided
    from reconciler.derive.memory import Memory
    from reconciler.diff import Difference
    from reconciler.hear import Heard
    from reconciler.load import Declared
    from reconciler.model import Ended, Estate, Key, Outcome, Plan, Resource, Snapshot, Step

now: Callable[[], float] = time
"""Seconds since 1970, by which fleets are decided."""


class Compared(NamedTuple):
    """What should be, what is, and how they differ."""

    estate: Estate
    resources: Collection[Resource]
    accounts: Accounts
    snapshot: Snapshot
    difference: Difference
    decided: tuple[Decided, ...] = ()
    """What was decided for each worker type."""
    memory: Memory | None = None
    """What is remembered of fleets, with what was seen just now."""
    heard: tuple[Heard, ...] = ()
    """AWS's notices, which are done with once the plan is carried out."""
    unbuilt: Mapping[Key, str] = MappingProxyType({})
    """By image, why nothing can be built of it."""
    chosen: tuple[str, ...] = ()
    """The patterns of --only, where there are any."""

    def only(self, patterns: Sequence[str], declared: Collection[Resource]) -> Compared:
        """The part that the patterns name; one that names nothing is a mistake."""
        from reconciler.diff import only, origin, selected

        if not patterns:
            return self
        known = [one.key for one in (*declared, *self.resources)]
        known += [one.key for one in self.decided]
        _name_something(patterns, [*known, *self.snapshot.ours])
        left = only(self.difference, patterns)
        of = {origin(change) for change in left.changes}
        decided = (one for one in self.decided if selected(one.key, patterns) or str(one.key) in of)
        return self._replace(
            difference=left,
            decided=tuple(decided),
            chosen=tuple(patterns),
            unbuilt={key: why for key, why in self.unbuilt.items() if selected(key, patterns)},
        )

    def all_of(self, chosen: Sequence[str]) -> Compared:
        """What these patterns name, or everything; they may name nothing any more."""
        from reconciler.diff import only

        return self._replace(difference=only(self.difference, chosen))

    def launches(self, chosen: Sequence[str]) -> Compared:
        """What is to be launched of what these patterns name, and nothing else."""
        from reconciler.diff import only

        launched = only(self.difference, ("Launch/*", "LaunchTemplate/*"))
        return self._replace(difference=only(launched, chosen))

    def quick(self) -> Compared:
        """All but what a loop leaves to an apply, since it takes so long."""
        from reconciler.diff import takes_long

        changes = tuple(c for c in self.difference.changes if not takes_long(c))
        return self._replace(difference=self.difference._replace(changes=changes))

    def derived(self) -> Compared:
        """What is done for the fleets, and nothing else."""
        from reconciler.kinds import DECLARED

        changes = [c for c in self.difference.changes if c.key.kind not in DECLARED]
        return self._replace(difference=self.difference._replace(changes=tuple(changes)))

    def planned(self) -> Plan:
        """The plan for the difference, with who uses what would go."""
        from reconciler.observe import hurt
        from reconciler.plan import plan

        changes = hurt(self.accounts, self.snapshot, self.estate, self.difference.changes)
        made = plan(
            self.estate, self.resources, self.snapshot, self.difference._replace(changes=changes)
        )
        if not self.decided and not self.unbuilt:
            return made

        from reconciler.derive.words import said

        unbuilt = (f"{key}: {why}" for key, why in sorted(self.unbuilt.items()))
        return replace(made, fleets=(*unbuilt, *map(said, self.decided)))


def compared(
    accounts: Accounts, declared: Declared, memory: Memory | None = None, quiet: bool = False
) -> Compared:
    """Read the accounts, the queues and the market, and compare with what should be now."""
    from reconciler.diff import diff
    from reconciler.observe import observe
    from reconciler.report.console import progress

    estate, resources = declared
    with progress(quiet) as tell:
        snapshot = observe(accounts, estate, resources, tell)
        if memory is None and _all_stands(resources, snapshot):
            difference = diff(estate, resources, snapshot)
            return Compared(estate, resources, accounts, snapshot, difference)

        from reconciler.derive import derive
        from reconciler.derive.memory import Memory
        from reconciler.sense import sense

        remembered = (memory or Memory()).at(now())
        snapshot = remembered.recalled(snapshot)
        signals, heard = sense(accounts, estate, resources, snapshot, remembered, now(), tell)
    derived = derive(estate, resources, snapshot, signals)
    difference = diff(estate, derived.resources, snapshot, derived.why)
    return Compared(
        estate,
        derived.resources,
        accounts,
        snapshot,
        difference,
        derived.decided,
        signals.memory,
        heard,
        unbuilt=derived.unbuilt,
    )


def _all_stands(resources: Collection[Resource], snapshot: Snapshot) -> bool:
    """Whether there are no fleets and nothing left of any: nothing else has to be known then."""
    from reconciler.kinds import STANDING

    return all(key.kind in STANDING for key in (*(r.key for r in resources), *snapshot.ours))


def standing(accounts: Accounts, declared: Declared) -> Compared:
    """The same for what stays as git declares it, without the fleets."""
    from reconciler.diff import diff, of_kinds
    from reconciler.kinds import STANDING
    from reconciler.observe import observe
    from reconciler.report.console import progress

    estate = declared.estate
    resources = [one for one in declared.resources if one.key.kind in STANDING]
    with progress() as tell:
        snapshot = observe(accounts, estate, resources, tell)
    difference = diff(estate, resources, of_kinds(snapshot, STANDING))
    return Compared(estate, resources, accounts, snapshot, difference)


def nothing(accounts: Accounts, declared: Declared) -> Compared:
    """What there is, compared with what leaves nothing of the estate."""
    from reconciler.diff import diff
    from reconciler.observe import observe
    from reconciler.report.console import progress

    estate = declared.estate
    with progress() as tell:
        snapshot = observe(accounts, estate, (), tell, certain=True)
    return Compared(estate, (), accounts, snapshot, diff(estate, (), snapshot))


def show_plan(plan: Plan) -> None:
    """The plan for a reader on a terminal."""
    from reconciler.report.console import show
    from reconciler.report.text import plan_text

    show(plan_text(plan))


def heed(refusals: Sequence[str]) -> None:
    """Stop here when the guard refuses, after the plan was shown and before anything is changed."""
    if refusals:
        fail("\n".join(f"refused: {why}" for why in refusals), REFUSED)


Do = Callable[["Plan", Callable[["Ended"], object]], Sequence["Outcome"]]
"""Applies a plan, keeps a record, and tells the other of each step that ended."""


def carry_out(
    accounts: Accounts,
    plan: Plan,
    agreed: Callable[[], bool],
    lock: Lock,
    journal_file: Path | None,
    carried: Callable[[Do, Callable[[], str]], Sequence[Outcome]] | None = None,
) -> None:
    """Apply what was shown once it is agreed to, keep a record, and tell what became of it.

    `carried` may do more than the plan: it gets what applies one, and why nothing more should be.
    """
    from reconciler.apply import apply
    from reconciler.cli.journals import journal
    from reconciler.cli.journals import journal_file as its_file
    from reconciler.cli.outputs import outputs
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
        outputs(plan.estate, its_file(journal_file, plan.estate.name).parent, tell.line) as printed,
    ):

        def why_not() -> str:
            return stopped() or lock.lost()

        def do(plan: Plan, hear: Callable[[Ended], object]) -> Sequence[Outcome]:
            def ended(one: Ended) -> None:
                hear(one)
                kept.record(one)

            def begins(step: Step) -> None:
                tell(f"{step.act} {step.change.key}")

            return printed.told(apply(accounts, plan, begins, why_not, ended, printed.hear))

        outcomes = carried(do, why_not) if carried else do(plan, lambda _: None)
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
