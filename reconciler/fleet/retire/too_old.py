"""What is older than it may become goes, each at a somewhat different age."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from reconciler.fleet.retire.moment import Moment, Rules, idle_first
from reconciler.fleet.retire.why import Reason, Why, spelled
from reconciler.fleet.worker import Worker


def too_old(staying: Sequence[Worker], moment: Moment) -> dict[str, Why]:
    if moment.rules.longest is None:
        return {}
    # Nobody who is younger than this is old.
    least = moment.rules.longest * (1 - moment.rules.jitter / 100)
    elders = [worker for worker in staying if moment.now - worker.launched > least]
    limits = {worker.id: _limit(worker, moment.rules, moment.rules.longest) for worker in elders}
    old = (worker for worker in elders if moment.now - worker.launched > limits[worker.id])
    return {
        worker.id: Why(
            Reason.TOO_OLD,
            f"it is {spelled(moment.now - worker.launched)} old, "
            f"and may become {spelled(limits[worker.id])}",
        )
        for worker in idle_first(old)
    }


def _limit(worker: Worker, rules: Rules, longest: float) -> float:
    """By its id, so that workers launched together do not go together."""
    digest = blake2b(worker.id.encode(), digest_size=6).digest()
    fraction = int.from_bytes(digest) / 2**48
    return longest * (1 - rules.jitter / 100 * fraction)
