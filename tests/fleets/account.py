"""Worker types in few words, and what of theirs AWS has, told by boto3 alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.sandbox import Sandbox
from tests.conftest import ESTATE, Ran
from tests.laws.cases import document

Clients = Callable[[str], Any]
REGION = "eu-central-1"
PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
"""Of AWS's own, with an image's id."""
ALIVE = ["pending", "running", "stopping", "stopped"]

_WORDS: Mapping[str, Any] = {
    "description": "builds",
    "owner": "ci@example.org",
    "queue": {"static": {"pending": 3}},
    "capacity": {"max": 10},
    "instanceTypes": [{"type": "c5.large"}, {"type": "m5.large"}],
    "regions": [{"region": REGION}],
    "image": {"name": "worker-*"},
}

LISTENING = ESTATE.replace("spec: {", "spec: {notices: {queue: notices}, ")
"""An Estate that hears AWS's notices by these:"""
NOTICES = (
    document("Queue", "notices", "{messageRetentionPeriod: 300, eventRules: [notices]}"),
    document(
        "EventRule",
        "notices",
        """
  eventPattern:
    source: [aws.ec2]
    detail-type: [EC2 Spot Instance Interruption Warning, EC2 Instance Rebalance Recommendation]
  targets: [{queue: notices}]
""",
    ),
)


def worker_type(name: str = "linux", /, **words: Any) -> str:
    """Its document, with these words in place of the ordinary ones."""
    return document("WorkerType", name, json.dumps({**_WORDS, **words}))


def waiting(tasks: int) -> dict[str, Any]:
    """A queue in which so many tasks wait for ever."""
    return {"static": {"pending": tasks}}


def applied(reconcile: Callable[..., Ran], status: int = 0) -> Ran:
    """What an apply printed, which ended so."""
    ran = reconcile("apply", "--yes")
    assert ran.status == status, ran
    return ran


class Account:
    """AWS with an image to launch from, and its clock, by which fleets are decided too."""

    def __init__(self, sandbox: Sandbox, aws: Clients) -> None:
        self.sandbox, self.aws, self.ec2 = sandbox, aws, aws("ec2")
        self.image = sandbox.image("worker-1", REGION)
        self.sandbox.boot(60)

    def now(self) -> float:
        return float(self.sandbox._layer.clock.date().timestamp())

    def turn(self, seconds: float = 90) -> None:
        """Time goes by: by default enough for what was launched to be up."""
        self.sandbox.turn(seconds)

    def instances(self, worker_type: str = "*", *states: str) -> list[dict[str, Any]]:
        """Those that are not gone, with their tags as a mapping."""
        found = self.ec2.describe_instances(
            Filters=[
                {"Name": "tag:reconciler:resource", "Values": [f"WorkerType/{worker_type}"]},
                {"Name": "instance-state-name", "Values": list(states) or ALIVE},
            ]
        )
        return [
            {**one, "Tags": mapping(one["Tags"])}
            for reservation in found["Reservations"]
            for one in reservation["Instances"]
        ]

    def ids(self, worker_type: str = "*", *states: str) -> set[str]:
        return {one["InstanceId"] for one in self.instances(worker_type, *states)}

    def count(self, worker_type: str = "*") -> int:
        return len(self.instances(worker_type))

    def attribute(self, instance: str, name: str) -> str:
        """One of an instance's attributes that its description lacks."""
        found = self.ec2.describe_instance_attribute(InstanceId=instance, Attribute=name)
        return str(found[name[0].upper() + name[1:]]["Value"])

    def told_to_leave(self, worker_type: str = "*") -> dict[str, str]:
        """By id, and why."""
        told = "reconciler:leaving"
        return {
            one["InstanceId"]: one["Tags"][told].partition(" ")[2]
            for one in self.instances(worker_type)
            if told in one["Tags"]
        }

    def says(self, worker: str, work: str) -> None:
        """A worker tells by its tag what it does now, as one can whose queue knows no workers."""
        value = f"{work} {int(self.now())}"
        self.ec2.create_tags(Resources=[worker], Tags=[{"Key": "reconciler:work", "Value": value}])

    def templates(self) -> set[str]:
        """The names of the launch templates."""
        found = self.ec2.describe_launch_templates()["LaunchTemplates"]
        return {one["LaunchTemplateName"] for one in found}


def mapping(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
