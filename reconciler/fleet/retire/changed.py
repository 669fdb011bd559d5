"""What would be launched otherwise today goes, a share of the workers at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.fleet.offering import Offering
from reconciler.fleet.retire.moment import Moment, idle_first
from reconciler.fleet.retire.why import Reason, Why
from reconciler.fleet.worker import Worker


def changed(staying: Sequence[Worker], moment: Moment) -> dict[str, Why]:
    rules = moment.rules
    if rules.templates is None or not rules.replace_changed:
        return {}
    sentences = {worker.id: _change(worker, rules.templates) for worker in staying}
    others = idle_first(worker for worker in staying if sentences[worker.id])
    return {
        worker.id: Why(Reason.CHANGED, sentences[worker.id])
        for worker in others[: moment.free(Reason.CHANGED)]
    }


def _change(worker: Worker, templates: Mapping[Offering, str]) -> str:
    """What is otherwise, or "". A template that nothing is launched from any more is soon gone."""
    today = templates.get(worker.offering)
    if today is None:
        return f"its worker type no longer uses {worker.offering}"
    if worker.template in (today, None):
        return ""
    was = f"is {worker.template}" if worker.template else "is gone"
    return f"its launch template {was}, and today's is {today}"
