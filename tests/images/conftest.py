"""An account in which images are built, on machines that really do what they are told; waiting
makes time go by."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reconciler.aws import machine, session
from reconciler.aws.removal import Patience
from reconciler.aws.told import why_stop
from reconciler.cli import walk
from reconciler.kinds import STANDING, image_version
from reconciler.sandbox import Sandbox
from tests.direct import embedded
from tests.fleets.account import PARAMETER, Clients, mapping
from tests.laws.cases import document
from tests.quick import reads

PROFILE = "arn:aws:iam::123456789012:instance-profile/profile"
_WORDS: dict[str, Any] = {
    "description": "builds",
    "base": {"parameter": PARAMETER},
    "instanceType": "c5.large",
    "launch": {"instanceProfile": PROFILE},
    "steps": [{"name": "hello", "script": "echo hello"}],
}


def image(name: str = "linux", /, **words: Any) -> str:
    """Its document, with these words in place of the ordinary ones."""
    return document("Image", name, json.dumps({**_WORDS, **words}))


def script(text: str, name: str = "hello") -> list[dict[str, Any]]:
    """Steps: this script alone."""
    return [{"name": name, "script": text}]


class Workshop:
    """The account, and what there is in it, told by boto3 alone."""

    def __init__(self, sandbox: Sandbox, aws: Clients) -> None:
        self.sandbox, self.aws, self.ec2 = sandbox, aws, aws("ec2")
        self.waited = 0.0
        self.meanwhile: list[Callable[[], object]] = []
        """What happens while the program waits, one at each time; then scripts end at once."""
        self.clear()

    def clear(self) -> None:
        """Nothing is there but the profile."""
        self.sandbox.reset()
        self.sandbox.agent.delay(0)
        self.aws("iam").create_instance_profile(InstanceProfileName="profile")

    def wait(self, seconds: float) -> None:
        (self.meanwhile.pop(0) if self.meanwhile else self.sandbox.agent.settle)()
        self.waited += seconds
        self.sandbox.turn(seconds)

    def images(self) -> list[dict[str, Any]]:
        """Those of the account, the oldest first, with their tags as a mapping."""
        found = self.ec2.describe_images(Owners=["self"])["Images"]
        mine = [{**one, "Tags": mapping(one.get("Tags", ()))} for one in found]
        return sorted(mine, key=lambda one: one["CreationDate"])

    def names(self) -> list[str]:
        return [one["Name"] for one in self.images()]

    def left(self) -> Any:
        """What nobody is to pay for once all is over, beside images and the snapshots of those."""
        alive = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]}]
        kept = {
            disk["Ebs"]["SnapshotId"]
            for one in self.images()
            for disk in one["BlockDeviceMappings"]
            if disk.get("Ebs", {}).get("SnapshotId")
        }
        snapshots = self.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
        return {
            "instances": self.ec2.describe_instances(Filters=alive)["Reservations"],
            "volumes": self.ec2.describe_volumes()["Volumes"],
            "snapshots": {one["SnapshotId"] for one in snapshots} - kept,
        }


NOTHING: dict[str, Any] = {"instances": [], "volumes": [], "snapshots": set()}


@pytest.fixture(scope="package")
def sandbox(quick_worlds: None) -> Iterator[Sandbox]:
    with embedded(agent=True) as aws:
        yield aws


def at_work(sandbox: Sandbox, aws: Clients, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """The account, with the program's clocks set by it."""
    made = Workshop(sandbox, aws)
    for module in (machine, session, walk):
        monkeypatch.setattr(module, "now", sandbox.now)
    patience = Patience(lambda: made.waited, made.wait, why_stop)
    monkeypatch.setattr(image_version, "PATIENCE", patience)
    reads(monkeypatch, lambda kind: kind not in STANDING or kind == "Document")
    return made


@pytest.fixture
def workshop(sandbox: Sandbox, aws: Clients, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return at_work(sandbox, aws, monkeypatch)
