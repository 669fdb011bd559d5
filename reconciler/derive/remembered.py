"""What a pass leaves to remember, from how its steps ended: pure."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.fleet.launched import Launched
from reconciler.fleet.memory import Asked, Memory, Whose
from reconciler.kinds.launch import LaunchSpec
from reconciler.model import Act, Ended, Result


def remembered(memory: Memory, ended: Iterable[Ended], now: float) -> Memory:
    """The memory with what came of launches."""
    for one in ended:
        if one.step.act is not Act.CREATE or one.result is Result.SKIPPED:
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
