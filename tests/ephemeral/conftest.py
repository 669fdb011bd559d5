"""An account with a worker type, machines that run what they are told, and time that waiting makes
go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reconciler.aws import machine
from reconciler.cli import purge, ready, signals
from reconciler.sandbox import Sandbox
from tests.conftest import ESTATE, Ran
from tests.direct import embedded
from tests.fleets.account import PARAMETER, Clients, waiting, worker_type

PROFILE = "arn:aws:iam::123456789012:instance-profile/profile"
BUCKET = "acme-files"
WITH_BUCKET = ESTATE.replace("spec: {", f"spec: {{bucket: {BUCKET}, ")
_WORDS: dict[str, Any] = {
    "queue": waiting(0),
    "image": {"parameter": PARAMETER},
    "launch": {"instanceProfile": PROFILE},
}


@pytest.fixture(scope="module")
def sandbox(quick_worlds: None) -> Iterator[Sandbox]:
    with embedded(agent=True) as aws:
        yield aws


class Lab:
    """The account, and what there is in it."""

    def __init__(self, sandbox: Sandbox, aws: Clients, desired: Callable[..., None]) -> None:
        self.sandbox, self.aws, self.ec2 = sandbox, aws, aws("ec2")
        self.waited, self.pace = 0.0, 1
        self.meanwhile: list[Callable[[], object]] = []
        """What happens while the program waits, one at each time; then scripts end at once."""
        self._desired = desired
        self.clear()

    def clear(self) -> None:
        """Nothing is there but what a machine needs."""
        self.sandbox.reset()
        self.sandbox.agent.delay(0)
        self.aws("iam").create_instance_profile(InstanceProfileName="profile")
        self.declare()

    def declare(self, estate: str = ESTATE, *more: str, **words: Any) -> None:
        self._desired(worker_type("linux", **{**_WORDS, **words}), *more, estate=estate)

    def wait(self, _: object, seconds: float) -> None:
        (self.meanwhile.pop(0) if self.meanwhile else self.sandbox.agent.settle)()
        self.waited += seconds * self.pace
        self.sandbox.turn(seconds * self.pace)

    def machines(self) -> list[dict[str, Any]]:
        """All there ever were."""
        found = self.ec2.describe_instances()["Reservations"]
        return [
            {**one, "Tags": {tag["Key"]: tag["Value"] for tag in one["Tags"]}}
            for some in found
            for one in some["Instances"]
        ]

    def alive(self) -> list[str]:
        ended = ("shutting-down", "terminated")
        return [one["InstanceId"] for one in self.machines() if one["State"]["Name"] not in ended]

    def left(self) -> Any:
        """What nobody is to pay for, or find, once all is over."""
        s3 = self.aws("s3")
        return {
            "instances": self.alive(),
            "volumes": self.ec2.describe_volumes()["Volumes"],
            "objects": [
                one["Key"]
                for bucket in s3.list_buckets()["Buckets"]
                for one in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ())
            ],
        }

    def bucket(self) -> None:
        """Have the bucket that the Estate names."""
        self.declare(WITH_BUCKET)
        where = {"LocationConstraint": "eu-central-1"}
        self.aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)


NOTHING: dict[str, Any] = {"instances": [], "volumes": [], "objects": []}


@pytest.fixture
def lab(
    sandbox: Sandbox, aws: Clients, desired: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Lab:
    made = Lab(sandbox, aws, desired)
    for module in (machine, ready):
        monkeypatch.setattr(module, "now", sandbox.now)
    for module in (signals, purge):
        monkeypatch.setattr(module, "now", lambda: made.waited)
    monkeypatch.setattr(signals, "wait", made.wait)
    monkeypatch.setattr(purge, "sleep", lambda seconds: made.wait(None, seconds))
    return made


Exec = Callable[..., Ran]


@pytest.fixture
def execute(lab: Lab, reconcile: Callable[..., Ran]) -> Exec:
    """Run a text, or a program with its arguments, on a machine of the worker type."""

    def run(*command: str, options: tuple[str, ...] = ()) -> Ran:
        return reconcile("exec", "linux", *options, "--", *command)

    return run
