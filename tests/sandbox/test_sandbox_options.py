"""What the sandbox's command line says of its AWS is so for the command that runs there."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from reconciler import sandbox as sandboxes

# One machine is pending, and there is no second one of what is scarce.
SCRIPT = """
import boto3
from botocore.exceptions import ClientError
ec2 = boto3.client("ec2", "us-west-2")
image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]

def state(kind):
    one = {"ImageId": image, "InstanceType": kind, "MinCount": 1, "MaxCount": 1}
    return ec2.run_instances(**one)["Instances"][0]["State"]["Name"]

assert state("c5.large") == state("m5.large") == state("m5.large") == "pending"
assert ec2.describe_instances()["Reservations"][0]["Instances"][0]["State"]["Name"] == "pending"
try:
    state("c5.xlarge")
except ClientError as error:
    assert error.response["Error"]["Code"] == "InsufficientInstanceCapacity", error
else:
    raise SystemExit("it should have been out of c5")
"""


def test_what_is_scarce_runs_out_and_what_boots_takes_its_time(
    monkeypatch: pytest.MonkeyPatch, quick_worlds: None
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    command = [sys.executable, "-c", SCRIPT]
    assert sandboxes.run(command, scarce={("*", "c5.*", "*"): 1}, boot=600) == 0


def test_the_command_line_says_what_is_scarce_by_zone_and_type(
    reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []

    def run(_: object, weather: str, seed: int, scarce: Any, boot: float, *more: Any) -> int:
        said.append((scarce, boot))
        return 7

    monkeypatch.setattr(sandboxes, "run", run)
    options = ["--scarce", "us-west-2a/c5.*=0", "--scarce", "*/m5.large=12", "--boot", "2.5"]
    assert reconcile("sandbox", *options, "--", "true").status == 7
    assert said == [({("us-west-2a", "c5.*", "*"): 0, ("*", "m5.large", "*"): 12}, 2.5)]


@pytest.mark.parametrize("text", ["", "c5.large=1", "a/b", "a/b=", "a/b=-1", "/b=1", "a/b/c=1"])
def test_what_says_nothing_of_the_kind_is_refused(reconcile: Any, text: str) -> None:
    ran = reconcile("sandbox", "--scarce", text, "--", "true")
    assert ran.status == 1
    assert ran.err == (
        f"--scarce {text} is not of the form ZONE/TYPE=N, such as us-west-2a/c5.*=3\n"
    )
