"""What its queue has never seen goes: it costs as much as one that works."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.fleet.retire.moment import Moment, idle_first
from reconciler.fleet.retire.why import Reason, Why, spelled
from reconciler.fleet.worker import Work, Worker


def unregistered(staying: Sequence[Worker], moment: Moment) -> dict[str, Why]:
    """While the queue knows nobody at all only a share goes at once: either nobody can register,
    or a list of busy workers came back empty by mistake."""
    limit = moment.rules.register_within
    absent = idle_first(worker for worker in staying if worker.work is Work.ABSENT)
    late = [worker for worker in absent if moment.now - worker.launched > limit]
    if not any(worker.work in (Work.BUSY, Work.IDLE) for worker in moment.workers):
        late = late[: moment.free(Reason.NEVER_REGISTERED)]
    return {
        worker.id: Why(
            Reason.NEVER_REGISTERED,
            f"its queue has not seen it in {spelled(moment.now - worker.launched)}, "
            f"and {spelled(limit)} are allowed",
        )
        for worker in late
    }
