"""AWS's notices of what it takes back: from the queue that the Estate names, or from EC2 itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from reconciler.aws import notices, spot_requests
from reconciler.aws.errors import Refused, explained
from reconciler.aws.notices import What
from reconciler.aws.session import Accounts
from reconciler.fields.marks import LEAVING
from reconciler.fleet.offering import Offering, Purchase
from reconciler.fleet.worker import Notice
from reconciler.kinds.kind import spec_of
from reconciler.kinds.worker import WorkerSpec
from reconciler.model import Estate, Outcome, Resource, Result, Scope, Snapshot
from reconciler.observe import side_by_side

_MEANS = {What.INTERRUPTION: Notice.INTERRUPTION, What.REBALANCE: Notice.REBALANCE}


class Heard(NamedTuple):
    """What a region tells: messages of a queue by its name, or "" where EC2 was asked."""

    scope: Scope
    queue: str
    notices: tuple[notices.Notice, ...]


def listen(
    accounts: Accounts, estate: Estate, resources: Iterable[Resource], snapshot: Snapshot
) -> tuple[Heard, ...]:
    """What AWS announces wherever there are spot workers; what can't be read is not waited for."""
    queues = {
        one.key.scope: one.name
        for one in resources
        if one.key.kind == "Queue" and one.key.name == estate.notices
    }
    scopes = sorted(
        {
            key.scope
            for key, one in snapshot.ours.items()
            if key.kind == "Worker" and spec_of(one, WorkerSpec).purchase == "spot"
        }
    )

    def one(scope: Scope) -> Heard:
        queue = queues.get(scope, "")
        try:
            with explained():
                if queue:
                    return Heard(scope, queue, tuple(notices.notices(accounts.at(scope), queue)))
                return Heard(scope, "", tuple(spot_requests.marked(accounts.at(scope))))
        except Refused:
            # AWS ends what it takes back in any case; to know of it before is a courtesy.
            return Heard(scope, queue, ())

    return tuple(side_by_side(one, scopes))


def announced(heard: Iterable[Heard]) -> dict[str, Notice]:
    """What is announced of each instance, the worst of it."""
    told: dict[str, Notice] = {}
    for one in (notice for of in heard for notice in of.notices):
        if one.what in _MEANS and told.get(one.instance) is not Notice.INTERRUPTION:
            told[one.instance] = _MEANS[one.what]
    return told


def interrupted(told: Mapping[str, Notice], snapshot: Snapshot) -> list[Offering]:
    """The offerings of those that AWS takes back, each told for the first time."""
    found = []
    for key, one in snapshot.ours.items():
        taken = key.kind == "Worker" and told.get(one.id) is Notice.INTERRUPTION
        if taken and LEAVING not in one.tags:
            spec = spec_of(one, WorkerSpec)
            purchase = Purchase(spec.purchase)
            found.append(Offering(key.scope.region, spec.zone, spec.instance_type, purchase))
    return found


def done_with(
    accounts: Accounts, heard: Sequence[Heard], snapshot: Snapshot, outcomes: Iterable[Outcome]
) -> None:
    """Take the messages out of their queues; those that can't be taken out come again.

    What tells of a worker that could not be told yet stays for the next look.
    """
    untold = {
        key.name
        for key, one in snapshot.ours.items()
        if key.kind == "Worker" and LEAVING not in one.tags
    }
    untold -= {one.change.key.name for one in outcomes if one.result is Result.DONE}
    for one in heard:
        over = [notice for notice in one.notices if notice.instance not in untold]
        if one.queue and over:
            try:
                with explained():
                    notices.handled(accounts.at(one.scope), one.queue, over)
            except Refused:
                continue
