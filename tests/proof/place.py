"""An account in which one operation is done again and again, killed each time at another point."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.sandbox import Sandbox
from tests.conftest import Ran
from tests.effort import EFFORT
from tests.laws.cases import Case, Clients
from tests.proof.histories import lasting
from tests.proof.killed import Point, killed_at, points
from tests.world import world

FINE, FAILED, LOCKED = 0, 1, 4
_STRANGER = "ci-theirs"
"""By its name it could be ours."""


@dataclass(frozen=True)
class Place:
    """The account, and the program that works on it."""

    sandbox: Sandbox
    aws: Clients
    desired: Callable[..., None]
    reconcile: Callable[..., Ran]

    def done(self, *command: str) -> Ran:
        """A command that does what it should."""
        ran = self.reconcile(*command)
        assert ran.status == FINE, ran
        return ran

    def again(self, *command: str) -> Ran:
        """The command as a person runs it who may find a dead run's lock there."""
        ran = self.reconcile(*command)
        if ran.status == LOCKED:
            dead = re.search(r"`reconcile (unlock) (\S+)`", ran.err)
            assert dead, ran
            self.done(*dead.groups())
            ran = self.reconcile(*command)
        return ran

    def clear(self, around: Sequence[Case]) -> None:
        """Nothing is there but what others have: a second VPC, and something of each kind."""
        self.sandbox.reset()
        vpc = self.aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        tag = {"Key": "Name", "Value": "second"}
        self.aws("ec2").create_tags(Resources=[vpc], Tags=[tag])
        for case in around:
            case.foreign(lambda service: _Renamed(self.aws(service)))

    def held(self) -> Any:
        """All there is, ids and times aside."""
        # By their names alone nobody would see that a group is there twice.
        groups = self.aws("ec2").describe_security_groups()["SecurityGroups"]
        return sorted(group["GroupName"] for group in groups), lasting(world(self.aws))

    def others(self, around: Sequence[Case]) -> Any:
        """What is not to be touched, to the last bit of it."""
        there = world(self.aws, [case.kind for case in around])
        return {kind: held[_STRANGER] for kind, held in there.items()}


@dataclass(frozen=True)
class Operation:
    """Something that the program does, and how it goes on after it was killed."""

    name: str
    act: str
    """What such operations are called together."""
    around: Sequence[Case]
    """The kinds it has to do with."""
    prepare: Callable[[Any], object]
    """Makes what is there before, and declares what should be."""
    do: Callable[[Any], Ran] = lambda place: place.reconcile("apply", "--yes")
    again: Callable[[Any], Ran] = lambda place: place.again("apply", "--yes")
    after: Sequence[str] = ("plan", "--detailed-exitcode")
    """The command that finds nothing to do then."""


class Tried(NamedTuple):
    """What came of all the points at which an operation was killed."""

    calls: int
    cases: int
    failures: list[str]


def tried(place: Place, operation: Operation) -> Tried:
    """Do the operation, and then again for each point at which it may be killed."""
    _begin(place, operation)
    with killed_at(None) as whole:
        ran = operation.do(place)
        assert ran.status == FINE, ran
    wanted = place.held()
    failures, ends = [], [*points(whole.calls, EFFORT > 1)]
    for end in ends:
        try:
            _killed(place, operation, end, wanted)
        except Exception as wrong:
            failures.append(f"{operation.name}, {end.of(whole.calls)}: {wrong!r}")
    return Tried(len(whole.calls), len(ends), failures)


def _begin(place: Place, operation: Operation) -> None:
    place.clear(operation.around)
    operation.prepare(place)


def _killed(place: Place, operation: Operation, end: Point, wanted: Any) -> None:
    """Kill it there, and do what people do then: in the end it is as if it had not been killed."""
    _begin(place, operation)
    others = place.others(operation.around)
    with killed_at(end) as run:
        operation.do(place)
    ran = operation.again(place)
    assert ran.status == FINE or "there is nothing to forget" in ran.err, ran
    assert run.dead, "it was not killed"
    held = place.held()
    assert held == wanted, f"{held} is not {wanted}"
    assert place.others(operation.around) == others, "what others have is not as it was"
    place.done(*operation.after)


class _Renamed:
    """A client that makes what somebody else has by another name."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            renamed = {
                name: value.replace("one", "theirs") if isinstance(value, str) else value
                for name, value in parameters.items()
            }
            return getattr(self._client, operation)(**renamed)

        return call
