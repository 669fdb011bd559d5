"""What a pass leaves to remember, from how its steps ended: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.derive.memory import Asked, Memory, Whose
from reconciler.fleet.launched import Launched
from reconciler.kinds.launch import LaunchSpec
from reconciler.model import Act, Ended, Observed, Outcome, Result


def remembered(memory: Memory, ended: Iterable[Ended], now: float) -> Memory:
    """The memory with what came of launches."""
    for one in ended:
        if one.result is Result.SKIPPED:
            continue
        memory = _standing(memory, one, now)
        if one.step.act is not Act.CREATE:
            continue
        key, account = one.step.change.key, one.step.change.key.scope.account
        if isinstance(spec := one.step.after, LaunchSpec):
            told = [what for what in one.told if isinstance(what, Launched)]
            if told:
                memory = memory.launched(account, spec.token, told[0], now)
            else:
                whose = Whose(account, spec.worker_type)
                memory = memory.unanswered(
                    Asked(whose, spec.token, now, spec.instances, spec.capacity, None)
                )
        elif key.kind == "LaunchTemplate" and one.result is Result.FAILED:
            memory = memory.refused(Whose(account, key.name.rpartition(".")[0]), one.why, now)
    return memory


def came_short(ended: Iterable[Ended]) -> bool:
    """Whether AWS could not sell all that was asked for: there may be more elsewhere."""
    return any(
        isinstance(what, Launched) and what.lacking > 0 and what.short
        for one in ended
        for what in one.told
    )


def lacking(outcomes: Iterable[Outcome], ended: Iterable[Ended]) -> Iterator[Outcome]:
    """The outcomes of the last round: what came short in it was to be had nowhere, and failed."""
    short = {
        one.step.change.key
        for one in ended
        for what in one.told
        if isinstance(what, Launched) and what.lacking > 0
    }
    for outcome in outcomes:
        failed = outcome.change.key in short
        yield replace(outcome, result=Result.FAILED) if failed else outcome


def _standing(memory: Memory, ended: Ended, now: float) -> Memory:
    """The memory with what was made and may not show in the next listing, and with who ended."""
    change, step = ended.step.change, ended.step
    if change.key.kind == "Launch":
        return memory
    if (change.key.kind, step.act, ended.result) == ("Worker", Act.DELETE, Result.DONE):
        return memory.has_ended(change.key.name, now)
    before = memory.made.get(change.key)
    if ended.result is Result.DONE and change.after and (step.act is Act.CREATE or before):
        tags = step.write if step.act is Act.CREATE or not before else before.one.tags
        made = Observed(change.after.name, ended.id, change.after.spec, tags)
        return memory.has_made(change.key, made, now)
    return memory.no_longer(change.key) if before else memory
