"""Refuse plans that are too dangerous to carry out, however right they are: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.fields.tags import PROTECT
from reconciler.kinds import DECLARED
from reconciler.model import Plan

# Half of three is nothing to be afraid of, and half of three hundred is.
_FEW = 10


def refusals(plan: Plan, declared: int, allowed: int | None = None) -> tuple[str, ...]:
    """Why the plan must not be carried out, each reason a line; none when it may be.

    `declared` is how many resources git declares, and `allowed` how many of a kind may be deleted
    or replaced for this once, whatever the estate's limits say.
    """
    return (*_nothing_declared(plan, declared), *_protected(plan), *_too_many(plan, allowed))


def protected(plan: Plan) -> tuple[str, ...]:
    """Why a plan that is meant to delete everything must not be carried out."""
    return tuple(_protected(plan))


def _nothing_declared(plan: Plan, declared: int) -> Iterator[str]:
    if not declared and any(change.ends for change in plan.changes):
        yield (
            f"nothing is declared, and {len(plan.ids)} resources of Estate/{plan.estate.name} are "
            "there: if all of them should go, `reconcile destroy` does that"
        )


def _protected(plan: Plan) -> Iterator[str]:
    for change in plan.changes:
        if change.ends and change.before and change.before.tags.get(PROTECT) == "true":
            yield (
                f"{change.key} is protected: take its annotation reconciler/protect away and apply "
                f"that first, or its tag {PROTECT} where git no longer declares it"
            )


def _too_many(plan: Plan, allowed: int | None) -> Iterator[str]:
    # What is derived ends by rules that have limits of their own.
    ending = Counter(
        change.key.kind for change in plan.changes if change.ends and change.key.kind in DECLARED
    )
    present = Counter(key.kind for key in plan.ids)
    limits = plan.estate.limits
    for kind, count in sorted(ending.items()):
        if allowed is not None:
            limit = f"--allow-deletes {allowed}" if count > allowed else ""
        elif count > limits.deletes:
            limit = f"limits.deletes: {limits.deletes}"
        elif present[kind] >= _FEW and count * 100 > limits.deletes_percent * present[kind]:
            limit = f"limits.deletesPercent: {limits.deletes_percent}"
        else:
            limit = ""
        if limit:
            yield (
                f"{count} of {present[kind]} {kind} would be deleted or replaced, which crosses "
                f"{limit} (--allow-deletes {count} lets it happen this once)"
            )
