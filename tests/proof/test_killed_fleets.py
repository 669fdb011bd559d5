"""Killed anywhere, converges: workers are launched once, and none ends that was not to go.

Nothing is remembered: who goes on after a death is a new program. With EFFORT, all of it is tried
again while AWS shows late what there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from reconciler.cli import walk
from reconciler.kinds import STANDING
from tests.conftest import Ran
from tests.effort import EFFORT
from tests.fleets.account import REGION, mapping, waiting, worker_type
from tests.laws.cases import BYSTANDER, Case, document
from tests.proof.place import FAILED, FINE, Operation, Place, tried
from tests.quick import reads

_TRUST = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, '
    "Action: 'sts:AssumeRole'}]}"
)
AROUND = (
    BYSTANDER,
    document("SecurityGroup", "workers", "{description: Workers}"),
    document("Role", "worker", f"{{trustPolicy: {_TRUST}}}"),
    document("InstanceProfile", "worker", "{role: worker}"),
)
OF_THESE = {"Policy", "SecurityGroup", "Role", "InstanceProfile"}
LAUNCH = {"securityGroups": ["workers"], "instanceProfile": "worker"}
SHOWS = 300.0
"""After so many seconds everything shows, and what does not show counts as gone."""
MOST = 4
"""Three are wanted, and one of them more may come by mistake."""


class Fleets(Place):
    """The account with an image, workers that stay, and an instance of somebody else."""

    def clear(self, _: Sequence[Case]) -> None:
        self.sandbox.reset()
        self.sandbox.boot(0)
        image = self.sandbox.image("worker-1", REGION)
        theirs = {"reconciler:estate": "theirs", "reconciler:resource": "WorkerType/linux"}
        tags = [{"Key": key, "Value": value} for key, value in theirs.items()]
        labels = [{"ResourceType": "instance", "Tags": tags}]
        self.aws("ec2").run_instances(
            ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=labels
        )

    def workers(self, ours: bool = True) -> list[dict[str, Any]]:
        """All that were ever launched; not ours are those of others, and those that stay."""
        found = self.aws("ec2").describe_instances()["Reservations"]
        instances = [
            {**one, "Tags": mapping(one["Tags"])} for some in found for one in some["Instances"]
        ]
        return [one for one in instances if _is_linux(one["Tags"]) is ours]

    def alive(self) -> list[str]:
        return [one["InstanceId"] for one in self.workers() if _life(one) == "alive"]

    def held(self) -> Any:
        """All of it once nothing is under way any more.

        Of what was asked for together the rest counts as booting for two minutes, whether or not
        the program lived to ask for it; and for five a worker's template may be one that does not
        show yet, though a program that died had deleted it.
        """
        self.at_rest()
        templates = self.aws("ec2").describe_launch_templates()["LaunchTemplates"]
        names = Counter(one["LaunchTemplateName"].rpartition(".")[0] for one in templates)
        return super().held(), names, Counter(map(_told, self.workers()))

    def at_rest(self) -> Ran:
        """A fair while later all shows, and another program looks."""
        self.sandbox.weather("fair")
        self.sandbox.turn(SHOWS)
        return self.applied()

    def others(self, _: Sequence[Case]) -> Any:
        return self.workers(ours=False)

    def applied(self) -> Ran:
        """As a person does it, who counts what there is."""
        ran = self.again("apply", "--yes")
        assert len(self.alive()) <= MOST, self.alive()
        return ran


def _is_linux(tags: dict[str, str]) -> bool:
    return (tags["reconciler:estate"], tags["reconciler:resource"]) == ("acme", "WorkerType/linux")


def _life(worker: dict[str, Any]) -> str:
    """Whether it was there to begin with, or came later, is no matter."""
    return "ended" if worker["State"]["Name"] in ("shutting-down", "terminated") else "alive"


def _told(worker: dict[str, Any]) -> tuple[str, str]:
    """What became of a worker."""
    _, _, why = worker["Tags"].get("reconciler:leaving", "").partition(" ")
    return _life(worker), why.partition(":")[0]


def three(name: str, count: int = 3, **words: Any) -> str:
    """A worker type of which so many workers are always there."""
    kept = {"queue": waiting(0), "capacity": {"min": count, "max": count}, "launch": LAUNCH}
    return worker_type(name, **{**kept, **words})


def wanted(place: Fleets) -> None:
    """Three tasks wait for ever, and nothing is there at all."""
    enough = {"max": 10, "scalingRatio": 1}
    place.sandbox.boot(60)
    place.desired(*AROUND, worker_type(launch=LAUNCH, queue=waiting(3), capacity=enough))


def up(place: Fleets, *declared: str) -> None:
    """Three are up, and then something else is declared."""
    place.sandbox.boot(60)
    place.desired(*AROUND, three("linux"), three("stays", 2))
    place.done("apply", "--yes")
    place.sandbox.turn(90)
    place.desired(*AROUND, *declared, three("stays", 2))


def otherwise(place: Fleets) -> None:
    up(place, three("linux", launch={**LAUNCH, "userData": {"text": "other"}}))


def one_lost(place: Fleets) -> None:
    up(place, three("linux"))
    place.aws("ec2").terminate_instances(InstanceIds=[place.alive()[0]])
    place.sandbox.turn(SHOWS)


def removed(place: Fleets) -> None:
    """All that are to go were told, and have nothing to do."""
    up(place)
    place.done("apply", "--yes")
    place.sandbox.turn(90)
    idle = {"Key": "reconciler:work", "Value": f"idle {int(walk.now())}"}
    place.aws("ec2").create_tags(Resources=place.alive(), Tags=[idle])


def late(operation: Operation) -> Operation:
    """The same, killed while AWS shows late what there is, and gone on with in that."""

    def do(place: Fleets) -> Ran:
        place.sandbox.weather("late", 1)
        return operation.do(place)

    def again(place: Fleets) -> Ran:
        """What does not show yet may fail what needs it, and the next pass makes up for that."""
        assert place.applied().status in (FINE, FAILED)
        return place.at_rest()

    name, act = f"{operation.name} late", f"{operation.act}, late listings"
    return replace(operation, name=name, act=act, do=do, again=again)


OPERATIONS = [
    Operation("launch", "launch", (), wanted, again=Fleets.applied),
    Operation("launch one that was lost", "launch", (), one_lost, again=Fleets.applied),
    Operation("tell all", "tell to leave", (), up, again=Fleets.applied),
    Operation("tell some", "tell to leave", (), otherwise, again=Fleets.applied),
    Operation("end", "end", (), removed, again=Fleets.applied),
]
ALL = [*OPERATIONS, *map(late, OPERATIONS)]


@pytest.fixture
def fleets(place: Place, monkeypatch: pytest.MonkeyPatch) -> Fleets:
    clock = place.sandbox
    monkeypatch.setattr(walk, "now", lambda: clock._layer.clock.date().timestamp())
    reads(monkeypatch, lambda kind: kind not in STANDING or kind in OF_THESE)
    return Fleets(*vars(place).values())


@pytest.mark.skipif(EFFORT == 1, reason="it takes minutes")
@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_a_fleet_is_as_wanted_wherever_the_program_was_killed(
    operation: Operation, fleets: Fleets, told: Callable[..., None]
) -> None:
    found = tried(fleets, operation)
    told("fleet", operation.act, found)
    assert found.failures == []
