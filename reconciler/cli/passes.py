"""One pass of the loop: what apply does, with nobody there to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.rounds import carried_out
from reconciler.cli.walk import compared
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.lock import Lock
    from reconciler.aws.session import Accounts
    from reconciler.cli.walk import Compared, Do
    from reconciler.derive.memory import Memory
    from reconciler.loop.done import Documents, Done
    from reconciler.model import Ended, Outcome, Plan


class Surroundings(NamedTuple):
    """What a pass needs beside what it is about."""

    hold: Callable[[Accounts, Documents], AbstractContextManager[Lock]]
    """Holds the estate's lock."""
    stopped: Callable[[], str]
    """Why nothing more should be begun, or ""."""
    journal: Path | None


def one_pass(around: Surroundings, documents: Documents, memory: Memory) -> tuple[Done, Memory]:
    """Make AWS as the documents say, as far as the guard lets it and AWS does.

    The lock is held for this pass alone, so that an apply gets its turn between two of them.
    """
    from reconciler.aws.session import connect

    done: Done | None = None
    accounts = connect(documents.declared.estate)
    try:
        with around.hold(accounts, documents) as lock:
            found = compared(accounts, documents.declared, memory, quiet=True)
            done, memory = _guarded(around, documents, found, lock)
    except ReconcileError as error:
        if done is None:
            raise
        # All is done, and only the lock could not be freed.
        done = replace(done, troubles={**done.troubles, "lock": str(error)})
    return done, memory


def _guarded(
    around: Surroundings, documents: Documents, found: Compared, lock: Lock
) -> tuple[Done, Memory]:
    """What the pass does when the guard lets it."""
    from reconciler.derive.memory import Memory
    from reconciler.guard import refusals
    from reconciler.loop.done import GOOD, Ending

    left, found = _left(found), found.quick()
    made, declared = found.planned(), documents.declared.resources
    seen = _seen(made, found, left)
    if refused := refusals(made, len(declared)):
        told = "\n".join([*refused, "a person may look at it with `plan`, and `apply` it"])
        seen = replace(seen, troubles={**seen.troubles, "guard": told})
        if not declared:
            return replace(seen, ending=Ending.REFUSED), found.memory or Memory()
        # Tasks wait for workers, whatever waits for a person.
        found = found.derived()
        made = found.planned()

    def stopped() -> str:
        return around.stopped() or lock.lost()

    work = _Work(found.accounts, stopped, [], [])
    with _recording(work, made, lock, around.journal) as do:
        carried = carried_out(found, made, documents.declared, do, stopped, quiet=True)
    done = _done(seen, made, carried.outcomes, work)
    if refused:
        done = replace(done, ending=Ending.REFUSED)
    elif left and done.ending in GOOD:
        done = replace(done, ending=Ending.INCOMPLETE)
    return done, carried.memory


class _Work(NamedTuple):
    """The work of one pass as it goes on."""

    accounts: Accounts
    stopped: Callable[[], str]
    ended: list[Ended]
    """The steps that ended."""
    untold: list[str]
    """Why the journal is not complete."""


@contextmanager
def _recording(work: _Work, plan: Plan, lock: Lock, file: Path | None) -> Iterator[Do]:
    """What applies a plan and keeps a record; where nothing is to be done, none is opened."""
    from reconciler.apply import apply
    from reconciler.cli.journals import journal

    heard: list[Callable[[Ended], object]] = [work.ended.append]

    def do(plan: Plan, hear: Callable[[Ended], object]) -> Sequence[Outcome]:
        def ended(one: Ended) -> None:
            for hears in (hear, *heard):
                hears(one)

        return apply(work.accounts, plan, stopped=work.stopped, ended=ended)

    with ExitStack() as stack:
        if plan.steps:
            opened = journal(work.accounts, plan.estate, lock.me, file, work.untold.append)
            heard.append(stack.enter_context(opened).record)
        yield do


def _seen(plan: Plan, found: Compared, left: Mapping[str, str]) -> Done:
    """What is known before anything is done."""
    from reconciler.derive.words import wrong
    from reconciler.loop.done import Done, Ending
    from reconciler.loop.numbers import workers

    lost = {f"{scope}": f"it could not be read: {why}" for scope, why in plan.unreached.items()}
    lost |= {str(one.key): why for one in found.decided if (why := wrong(one))}
    lost |= {**{str(key): why for key, why in found.unbuilt.items()}, **left}
    return Done(
        Ending.UNCHANGED,
        unchanged=plan.unchanged,
        troubles={**lost, **({"note": "\n".join(plan.notes)} if plan.notes else {})},
        fleets=plan.fleets,
        workers=workers(found.decided),
    )


def _left(found: Compared) -> dict[str, str]:
    """What is not built, by the image."""
    from reconciler.diff import origin, takes_long

    left = (change for change in found.difference.changes if takes_long(change))
    return {
        origin(one): f"{one.key} is not there: `reconcile apply` builds it, and no loop does"
        for one in left
    }


def _done(seen: Done, plan: Plan, outcomes: Sequence[Outcome], work: _Work) -> Done:
    """What is known after it."""
    from reconciler.loop.done import PASS, Ending
    from reconciler.loop.numbers import launches

    done = replace(seen, outcomes=tuple(outcomes), launches=launches(work.ended))
    if why := work.stopped():
        return replace(done, ending=Ending.STOPPED, troubles={**done.troubles, PASS: why})
    undone = _undone(plan, outcomes)
    untold = {"journal": "\n".join(dict.fromkeys(work.untold))} if work.untold else {}
    if undone or untold or plan.unreached:
        troubles = {**done.troubles, **untold, **undone}
        return replace(done, ending=Ending.INCOMPLETE, troubles=troubles)
    return replace(done, ending=Ending.CHANGED if outcomes else Ending.UNCHANGED)


def _undone(plan: Plan, outcomes: Sequence[Outcome]) -> dict[str, str]:
    """What was not done, and why; launches tell it of their worker type, once for all of them."""
    from reconciler.diff import origin
    from reconciler.model import Result
    from reconciler.report.words import place

    undone: dict[str, str] = {}
    for one in sorted(outcomes, key=lambda one: one.result is Result.SKIPPED):
        if one.result is Result.DONE:
            continue
        if one.change.begins and (of := origin(one.change)):
            undone.setdefault(of, one.why)
        else:
            what = f"{one.change.action} {one.change.key} ({place(one.change, plan.estate)})"
            undone[what] = f"{one.result}: {one.why}"
    return undone
