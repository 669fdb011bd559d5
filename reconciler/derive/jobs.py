"""Which machines with one job may go on: pure."""

from __future__ import annotations

from reconciler.derive.signals import Signals
from reconciler.fields.marks import BUILD
from reconciler.kinds.job import JobSpec
from reconciler.kinds.kind import spec_of
from reconciler.model import Key, Location, Observed, Resource, Snapshot

_NOWHERE = Location("", 1, 1)


def jobs(snapshot: Snapshot, signals: Signals) -> tuple[list[Resource], dict[Key, str]]:
    """Those that stay, and why each of the others ends."""
    found = {key: one for key, one in snapshot.ours.items() if key.kind == "Job"}
    ends = {key: why for key, one in found.items() if (why := _why(one, signals.now))}
    stay = [_as_it_is(key, one) for key, one in found.items() if key not in ends]
    return stay, ends


def _why(one: Observed, now: float) -> str:
    spec = spec_of(one, JobSpec)
    if spec.does == BUILD:
        # Whoever builds has the estate's lock, and so has whoever acts on this.
        return "a build that died has left it behind"
    if spec.deadline > now:
        return ""
    return f"its deadline was {round(now - spec.deadline)} s ago"


def _as_it_is(key: Key, one: Observed) -> Resource:
    return Resource(key, one.name, one.spec, one.tags, _NOWHERE)
