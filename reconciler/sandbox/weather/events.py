"""What happened to which resource, and when which operation gets to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import NamedTuple

from reconciler.sandbox.call import Call
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.weather.luck import Luck
from reconciler.sandbox.weather.sorts import SORTS, Sort, plain

_LATEST = 90.0
_LATE = 0.7

# So long does every look at a resource take, for the eyes of its operation: who looks often enough
# sees it, though nobody turns the clock, and whatever else is looked at meanwhile.
_A_LOOK = 5.0


@dataclass
class Event:
    """That a resource was made, changed or ended."""

    when: float
    luck: Luck
    looks: dict[str, int] = field(default_factory=dict)

    def is_known(self, operation: str, clock: Clock) -> bool:
        """Whether the operation knows of it by now; asking is a look."""
        self.looks[operation] = self.looks.get(operation, 0) + 1
        age = clock.now() - self.when + _A_LOOK * (self.looks[operation] - 1)
        return age >= self._lag(operation)

    def each(self, count: int) -> list[Event]:
        """The same of several, of which each becomes known in its own time."""
        return [Event(self.when, partial(_nth, self.luck, n)) for n in range(count)]

    def _lag(self, operation: str) -> float:
        """Nothing for some resources, and of the others for some operations."""
        dice = self.luck(f"late {operation}")
        lags = self.luck("late").random() < _LATE and dice.random() < _LATE
        return dice.uniform(0, _LATEST) if lags else 0.0


def _nth(luck: Luck, n: int, purpose: str) -> Random:
    return luck(f"{purpose} {n}")


class Thing(NamedTuple):
    """A resource by one of its ids; some have two."""

    sort: str
    place: str
    id: str


def things(sort: Sort, call: Call, ids: set[str]) -> list[Thing]:
    """The things of a sort that have these ids where the call is asked."""
    place = call.account if sort.service == "iam" else f"{call.account} {call.region}"
    return [Thing(sort.word, place, id_) for id_ in sorted(ids)]


_OF_ARNS = {
    "instance-profile": "InstanceProfile",
    "policy": "Policy",
    "oidc-provider": "OpenIDConnectProvider",
    "security-group": "SecurityGroup",
    "key-pair": "KeyPair",
    "instance": "Instance",
    "image": "Image",
    "snapshot": "Snapshot",
    "launch-template": "LaunchTemplate",
    "parameter": "Parameter",
    "document": "Document",
}


def of_arn(call: Call, arn: str) -> list[Thing]:
    """What an ARN names, if it is of one of the sorts."""
    service, _, rest = arn.split(":", 2)[2].partition(":")
    word = _OF_ARNS.get(rest.split(":", 2)[2].partition("/")[0], "")
    sort = next((s for s in SORTS if s.word == word and s.service == service), None)
    return things(sort, call, {plain(arn)}) if sort else []
