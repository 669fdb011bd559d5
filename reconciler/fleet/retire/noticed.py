"""What AWS is about to take back claims nothing more, so that no task is lost with it."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.fleet.retire.moment import Moment, idle_first
from reconciler.fleet.retire.why import Reason, Why
from reconciler.fleet.worker import Notice, Worker

_REASONS = {Notice.INTERRUPTION: Reason.INTERRUPTED, Notice.REBALANCE: Reason.REBALANCE}


def noticed(staying: Sequence[Worker], _: Moment) -> dict[str, Why]:
    return {
        worker.id: Why(_REASONS[worker.notice], worker.notice.value)
        for worker in idle_first(staying)
        if worker.notice
    }
