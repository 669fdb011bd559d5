"""A plan carried out, and in the same pass what follows from it: what AWS could not sell is bought
elsewhere, and what was built is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli import walk

if TYPE_CHECKING:
    from reconciler.cli.walk import Compared, Do
    from reconciler.derive.memory import Memory
    from reconciler.load import Declared
    from reconciler.model import Ended, Outcome, Plan

_MOST = 5
"""Then the next pass goes on: what was short so often may be less short in a while."""


class Carried(NamedTuple):
    """What became of each change of all rounds, and what is to be remembered of them."""

    outcomes: tuple[Outcome, ...]
    memory: Memory


def carried_out(
    found: Compared,
    plan: Plan,
    declared: Declared,
    do: Do,
    stopped: Callable[[], str],
    quiet: bool = False,
) -> Carried:
    """Apply a plan and, while launches come back short or images are built, what is decided with
    that known."""
    from reconciler.derive.memory import Memory
    from reconciler.derive.remembered import came_short, lacking, remembered
    from reconciler.hear import done_with

    outcomes: list[Outcome] = []
    last: Sequence[Outcome] = ()
    memory = found.memory or Memory()
    for _ in range(_MOST):
        ended: list[Ended] = []
        outcomes += last
        last = do(plan, ended.append)
        memory = remembered(memory, ended, walk.now())
        short, built = came_short(ended), any(map(_was_built, ended))
        if stopped() or not (short or built):
            break
        found.accounts.look_again()
        again = walk.compared(found.accounts, declared, memory, quiet)
        left = again.all_of(found.chosen) if built else again.launches(found.chosen)
        plan = left.planned()
        if not plan.steps:
            break
    became = (*outcomes, *lacking(last, ended))
    if not stopped():
        done_with(found.accounts, found.heard, found.snapshot, became)
    return Carried(became, memory)


def _was_built(ended: Ended) -> bool:
    """Whether something came to be that took long, and that others may use now."""
    from reconciler.diff import takes_long
    from reconciler.model import Result

    return ended.result is Result.DONE and takes_long(ended.step.change)
