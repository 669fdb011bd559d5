"""A machine for one job: launched with its end in it, waited for, and ended whatever happens."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from reconciler.aws.commands import ONLINE, pings
from reconciler.aws.due import user_data
from reconciler.aws.ec2 import tag_specifications
from reconciler.aws.errors import Refused, code, explained, gone_is_fine
from reconciler.aws.removal import Patience
from reconciler.aws.session import Aws
from reconciler.aws.short import BUSY, SHORT
from reconciler.fields.marks import DEADLINE

now: Callable[[], float] = time.time
"""Seconds since 1970."""

_LOOKED_EVERY = 3.0
# Windows may take ten minutes, and its first start two.
_BOOTS_WITHIN = 1200.0
# For so long an end is tried while AWS can't be reached.
_ENDED_WITHIN = 600.0
# A profile, a group or a key that was made a moment ago may not be known everywhere.
_ASKED_AGAIN = (
    "InvalidGroup.NotFound",
    "InvalidKeyPair.NotFound",
    "InvalidParameterValue",
    *BUSY,
)
# To a call that may have come twice this says nothing of what came of the first.
_SAYS_NOTHING = BUSY | {"AuthFailure", "ExpiredToken", "RequestExpired"}
_GONE = "InvalidInstanceID.NotFound"
OVER = ("shutting-down", "terminated", "stopping", "stopped")
"""The states of an instance on which nothing runs any more."""


class Way(NamedTuple):
    """How and where to launch it."""

    aws: Aws
    asked: Mapping[str, Any]
    """In the words of RunInstances, without counts, tags and user data."""
    tags: Mapping[str, str]
    """Of the machine and its volumes."""
    windows: bool = False
    script: str = ""
    """What runs at its first boot."""

    def __str__(self) -> str:
        zone = self.asked.get("Placement", {}).get("AvailabilityZone")
        place = zone or self.asked.get("SubnetId") or self.aws.region
        return f"{self.asked['InstanceType']} in {place}"


class Machine(NamedTuple):
    """The instance, and how it was launched."""

    way: Way
    id: str

    @property
    def aws(self) -> Aws:
        return self.way.aws


class Job(NamedTuple):
    """What a machine is for."""

    word: str
    """Its tag tells it."""
    seconds: int
    """It lives so long at most, from its launch on."""


@contextmanager
def machine(
    ways: Iterable[Way],
    job: Job,
    patience: Patience,
    tell: Callable[[str], object] = lambda _: None,
) -> Iterator[Machine]:
    """An instance for as long as the block runs: it is ended, however that ends.

    `tell` hears where that takes more than one attempt.

    It is launched in the first of these ways that AWS can sell. Raises `Refused` where it can't be
    launched, and where it can't be ended: then it ends by itself at its deadline.
    """
    order = _Order(job)
    try:
        yield order.launched(ways, patience)
    finally:
        order.end(patience, tell)


def await_online(aws: Aws, id_: str, seconds: float, patience: Patience) -> None:
    """Wait until SSM can reach it; raises `Refused` that says how far it came."""
    until = patience.now() + min(seconds, _BOOTS_WITHIN)
    while True:
        with explained():
            state, why = look(aws, id_)
            ping = pings(aws, [id_]).get(id_, "")
        if ping == ONLINE:
            return
        if state in OVER:
            raise Refused(f"{id_} is {state}{why}")
        if stopped := patience.stopped():
            raise Refused(stopped)
        if patience.now() >= until:
            raise Refused(f"{id_} is {state or 'not to be seen'}, and {_lacks(state, ping)}")
        patience.sleep(_LOOKED_EVERY)


def look(aws: Aws, id_: str) -> tuple[str, str]:
    """Its state, or "" while it does not show, and in words why it is so, if AWS says."""
    found = aws.pages(
        "ec2",
        "describe_instances",
        "Reservations",
        Filters=[{"Name": "instance-id", "Values": [id_]}],
    )
    for reservation in found:
        for one in reservation["Instances"]:
            why = one.get("StateReason", {}).get("Message", "")
            return one["State"]["Name"], f": {why}" if why else ""
    return "", ""


def _lacks(state: str, ping: str) -> str:
    if state != "running":
        return "has not come up in time"
    if ping:
        return f"SSM says {ping}"
    return (
        "SSM has not heard of it in time: its image needs SSM's agent, its instance profile what "
        "the policy AmazonSSMManagedInstanceCore allows, and its network a way to SSM"
    )


class _Order:
    """The one instance that is asked for, and whatever may have come of asking."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._due = int(now() + job.seconds)
        self._token = uuid.uuid4().hex
        self._made: Machine | None = None
        self._open: Callable[[], Machine] | None = None
        """Asks again for what was not answered."""

    def launched(self, ways: Iterable[Way], patience: Patience) -> Machine:
        short: dict[str, None] = {}
        with explained():
            for number, way in enumerate(ways):
                if why := patience.stopped():
                    raise Refused(why)
                try:
                    return self._ask(way, number)
                except Exception as error:
                    if code(error) not in SHORT:
                        raise
                    short[f"{code(error)} for {way}"] = None
        raise Refused(f"AWS has none to sell now: {', '.join(short)}")

    def end(self, patience: Patience, tell: Callable[[str], object]) -> None:
        """Ask for its end until AWS has heard of it."""
        until, told = patience.now() + _ENDED_WITHIN, False
        while True:
            try:
                with explained():
                    self._end()
                return
            except Refused as refused:
                what = self._made.id if self._made else "what may have been launched"
                at = datetime.fromtimestamp(self._due, UTC).isoformat(" ", "minutes")
                so = f"{what} ends by itself at {at}: {refused}"
                if patience.now() >= until:
                    raise Refused(f"it could not be ended, and {so}") from refused
                if not told:
                    tell(f"it can't be ended yet, which is tried again; at the latest {so}")
                told = True
            patience.sleep(_LOOKED_EVERY)

    def _end(self) -> None:
        if self._open is not None:
            # Asked with the same token, AWS answers with the instance that is there, if one is.
            try:
                self._open()
            except Exception:
                if self._open is not None:
                    raise
        if self._made:
            aws, asked = self._made.aws, {"InstanceIds": [self._made.id]}
            # One that was launched a moment ago may not be known everywhere.
            with gone_is_fine(_GONE):
                aws.patiently(lambda: aws.client("ec2").terminate_instances(**asked), _GONE)

    def _ask(self, way: Way, number: int) -> Machine:
        # What AWS has none of counts as an error at its end, which botocore would repeat for long.
        asked, ec2 = self._asked(way, number), way.aws.client("ec2", once=True)
        self._open = partial(self._ask, way, number)
        try:
            answer = way.aws.patiently(lambda: ec2.run_instances(**asked), *_ASKED_AGAIN)
        except Exception as error:
            if code(error) and code(error) not in _SAYS_NOTHING:
                self._open = None
            raise
        self._open = None
        self._made = Machine(way, str(answer["Instances"][0]["InstanceId"]))
        return self._made

    def _asked(self, way: Way, number: int) -> dict[str, Any]:
        job, due = self._job, self._due
        tags = {**way.tags, DEADLINE: f"{due} {job.word}"}
        return {
            **way.asked,
            "MinCount": 1,
            "MaxCount": 1,
            "ClientToken": f"{self._token}-{number}",
            "UserData": user_data(due, way.windows, way.script),
            # What its timer shuts down is gone, with its disks.
            "InstanceInitiatedShutdownBehavior": "terminate",
            "TagSpecifications": [
                *tag_specifications("instance", tags),
                *tag_specifications("volume", tags),
            ],
        }
