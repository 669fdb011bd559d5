"""What git no longer has goes, no more in one pass than the guard allows."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.fleet.retire.moment import Moment, idle_first
from reconciler.fleet.retire.why import Reason, Why
from reconciler.fleet.worker import Worker


def removed(staying: Sequence[Worker], moment: Moment) -> dict[str, Why]:
    why = Why(Reason.REMOVED, "git no longer has its worker type")
    return {worker.id: why for worker in idle_first(staying)[: moment.rules.removed_at_once]}
