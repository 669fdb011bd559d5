"""A stopped instance goes: it does nothing, nothing starts it again, and its disks cost money."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.fleet.retire.moment import Moment
from reconciler.fleet.retire.why import Reason, Why
from reconciler.fleet.worker import Life, Worker


def stopped(staying: Sequence[Worker], _: Moment) -> dict[str, Why]:
    why = Why(Reason.STOPPED, "it is stopped")
    return {worker.id: why for worker in staying if worker.life is Life.STOPPED}
