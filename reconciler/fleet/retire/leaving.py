"""The second phase: who was told to claim nothing more is ended, once that loses no task."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.fleet.retire.moment import Moment, idle_first
from reconciler.fleet.retire.why import Why, spelled, told_for
from reconciler.fleet.worker import Life, Work, Worker


def ended(leaving: Sequence[Worker], moment: Moment) -> dict[str, Why]:
    """Who can be ended now. Whoever is busy, or may be, waits for that or for the deadline."""
    found = ((worker, _done(worker, moment)) for worker in idle_first(leaving))
    return {worker.id: _why(worker, moment, done) for worker, done in found if done}


def told_again(leaving: Sequence[Worker], moment: Moment) -> dict[str, Why]:
    """Who must be told once more: the first time failed, has lapsed, or came before its queue knew
    the worker."""
    words = "and its queue still gives it tasks"
    return {one.id: _why(one, moment, words) for one in leaving if one.held is False}


def _done(worker: Worker, moment: Moment) -> str:
    """Why it can be ended, or "" where it can't."""
    deadline = moment.rules.deadline
    if worker.life is Life.STOPPED:
        return "and it is stopped"
    if worker.work is Work.IDLE and worker.held is not False and _seen_since(worker):
        return "and it is idle"
    if worker.work is Work.ABSENT:
        return "and its queue has never seen it"
    # Who forgot when it was told has not been told for long.
    if deadline is not None and worker.since > 0 and moment.now - worker.since >= deadline:
        return f"and had {spelled(deadline)} to finish"
    return ""


def _seen_since(worker: Worker) -> bool:
    """What it did before it was told says nothing: it may have claimed a task in between."""
    return worker.seen is None or worker.seen > worker.since


def _why(worker: Worker, moment: Moment, words: str) -> Why:
    ago = f" {spelled(moment.now - worker.since)} ago" if worker.since > 0 else ""
    return Why(told_for(worker.leaving), f"it was told to leave{ago}, {words}")
