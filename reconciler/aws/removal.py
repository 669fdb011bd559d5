"""Things taken away one by one or, as instances are, many at once; and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from reconciler.aws.ec2 import in_filters
from reconciler.aws.errors import Refused, explained, gone_is_fine
from reconciler.aws.requests import changing_requests
from reconciler.aws.session import Aws
from reconciler.model import Observed

LIVE = ("pending", "running", "shutting-down", "stopping", "stopped")
"""The states of an instance that has not ended."""

# In each scope. EC2 refills five changing calls a second, and IAM is the first to throttle.
_SIDE_BY_SIDE = 8

# A thousand fit into one call; of fewer, fewer are asked for again when one of them is refused.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html
_IN_ONE_CALL = 100
_LOOKED_EVERY = 5.0
# AWS names no time; Windows gets some minutes to shut down before its power goes.
_MOST_SECONDS = 900.0


class Patience(NamedTuple):
    """How to wait, and when not to go on."""

    now: Callable[[], float]
    """A clock that never goes back."""
    sleep: Callable[[float], None]
    stopped: Callable[[], str] = lambda: ""
    """Why nothing more should be begun, or ""."""


class Removed(NamedTuple):
    """What became of one thing: why it is still there, or "" once it is gone."""

    why: str = ""
    requests: tuple[str, ...] = ()
    """AWS's ids of the requests that changed something, or were to."""


Remove = Callable[[Aws, Sequence[Observed], Patience], Mapping[str, Removed]]
"""Takes things away and gives, by their ids, what became of each."""


def one_by_one(remove: Callable[[Aws, Observed], None]) -> Remove:
    """Things that have a call each, some of them side by side."""

    def removed(aws: Aws, things: Sequence[Observed], patience: Patience) -> dict[str, Removed]:
        def one(thing: Observed) -> Removed:
            if why := patience.stopped():
                return Removed(f"it was not begun: {why}")
            with changing_requests() as requests:
                why = _why_not(lambda: remove(aws, thing))
            return Removed(why, tuple(requests))

        with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
            return {t.id: r for t, r in zip(things, threads.map(one, things), strict=True)}

    return removed


def end_instances(
    aws: Aws, instances: Sequence[Observed], patience: Patience
) -> dict[str, Removed]:
    """Terminate them, and wait until EC2 says of none that let it happen that it is still there."""
    asked: dict[str, Removed] = {}
    ids = [instance.id for instance in instances]
    for start in range(0, len(ids), _IN_ONE_CALL):
        asked |= _terminated(aws, ids[start : start + _IN_ONE_CALL], patience)
    left = _waited(aws, [id_ for id_ in ids if not asked[id_].why], patience)
    return {id_: asked[id_]._replace(why=asked[id_].why or left.get(id_, "")) for id_ in ids}


def _terminated(aws: Aws, ids: Sequence[str], patience: Patience) -> dict[str, Removed]:
    """One that is protected keeps others from ending, those of its zone: so each is asked then."""
    if why := patience.stopped():
        return dict.fromkeys(ids, Removed(f"it was not begun: {why}"))

    def end() -> None:
        with gone_is_fine(*(("InvalidInstanceID.NotFound",) if len(ids) == 1 else ())):
            aws.client("ec2").terminate_instances(InstanceIds=list(ids))

    with changing_requests() as requests:
        why = _why_not(end)
    if why and len(ids) > 1:
        return {id_: _terminated(aws, [id_], patience)[id_] for id_ in ids}
    return dict.fromkeys(ids, Removed(why, tuple(requests)))


def _waited(aws: Aws, ids: Sequence[str], patience: Patience) -> dict[str, str]:
    """Those that are still there after some time, or when nobody wants to wait, and why."""
    until = patience.now() + _MOST_SECONDS
    while True:
        try:
            with explained():
                left = dict(_alive(aws, ids))
        except Refused as refused:
            return dict.fromkeys(ids, f"nobody can tell whether it is gone: {refused}")
        why = patience.stopped() or (
            f"{_MOST_SECONDS:g} s went by" if patience.now() >= until else ""
        )
        if not left or why:
            return {id_: f"EC2 says {state}, and {why}" for id_, state in left.items()}
        patience.sleep(_LOOKED_EVERY)


def _alive(aws: Aws, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Those that have not ended, each with its state; asked for by a filter, which lets ids go."""
    for some in in_filters(ids):
        for reservation in aws.pages(
            "ec2",
            "describe_instances",
            "Reservations",
            Filters=[
                {"Name": "instance-id", "Values": some},
                {"Name": "instance-state-name", "Values": [*LIVE]},
            ],
        ):
            for instance in reservation["Instances"]:
                yield instance["InstanceId"], instance["State"]["Name"]


def _why_not(do: Callable[[], None]) -> str:
    """What AWS says against it, or "" once it is done."""
    try:
        with explained():
            do()
    except Refused as refused:
        return str(refused)
    return ""
