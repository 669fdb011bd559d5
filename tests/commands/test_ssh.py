"""A shell on an instance is SSM's session, spoken by the plug-in that is on the PATH."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.aws import sessions
from tests.commands.machines import ANOTHERS, instance, of
from tests.laws.cases import Clients

PLUGIN = """\
#!/bin/sh
if [ "$1" = --version ]; then echo {version}; exit; fi
{{ for word; do echo "$word"; done; echo "$AWS_SSM_START_SESSION_RESPONSE"; }} > {told}
cat; exit 7
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A plug-in of a version, which writes down what it is told, at the path that this gives."""
    folder, told = tmp_path / "bin", tmp_path / "told"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def installed(version: str) -> Path:
        program = folder / "session-manager-plugin"
        program.write_text(PLUGIN.format(version=version, told=told))
        program.chmod(0o700)
        return told

    return installed


def test_the_plug_in_takes_over_and_its_status_is_passed_on(
    aws: Clients, desired: Callable[..., None], plugin: Callable[[str], Path]
) -> None:
    told = plugin("1.2.707.0")
    ours = instance(aws("ec2"), of("small"))
    desired()
    ran = subprocess.run(
        [sys.executable, "-c", "from reconciler.cli import main; main()", "ssh", "small"],
        input="hello\n",
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (7, "hello\n", f"{ours} in eu-central-1\n")
    variable, region, call, profile, asked, endpoint, token = told.read_text().splitlines()
    assert variable == "AWS_SSM_START_SESSION_RESPONSE"
    assert (region, call, profile) == ("eu-central-1", "StartSession", "")
    assert json.loads(asked) == {"Target": ours}
    assert endpoint == os.environ["AWS_ENDPOINT_URL"]
    assert set(json.loads(token)) == {"SessionId", "TokenValue", "StreamUrl"}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would be run in the place of this process."""
    ran: list[list[str]] = []

    def execve(program: str, arguments: list[str], _: dict[str, str]) -> None:
        ran.append(arguments)

    monkeypatch.setattr(os, "execve", execve)
    return ran


def test_of_a_worker_type_the_youngest_is_meant_and_by_id_any(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    plugin: Callable[[str], Path],
    opened: list[list[str]],
) -> None:
    plugin("1.2.536.0")
    ec2 = aws("ec2")
    old = instance(ec2, of("small"))
    instances = [instance(ec2, of("small")) for _ in range(2)]
    theirs, other = instance(ec2, ANOTHERS), instance(ec2, of("large"))
    launched = {
        one["InstanceId"]: (one["LaunchTime"], one["InstanceId"])
        for several in ec2.describe_instances()["Reservations"]
        for one in several["Instances"]
    }
    youngest = max([old, *instances], key=lambda one: launched[one])
    desired()
    for words, meant, told in (
        ("WorkerType/small", youngest, f"{youngest} in eu-central-1, the youngest of 3"),
        ("large", other, f"{other} in eu-central-1\n"),
        (old, old, f"{old} in eu-central-1\n"),
    ):
        ran = reconcile("ssh", words)
        assert told in ran.err
        assert json.loads(opened.pop()[5]) == {"Target": meant}
    ec2.stop_instances(InstanceIds=[other])
    for words in (theirs, "smal", "large", other):
        ran = reconcile("ssh", words)
        assert ran.status == 1
        assert f"no running instance of the estate is {words}" in ran.err
        assert "did you mean 'small'?" in ran.err or words != "smal"
    assert opened == []


def test_without_the_plug_in_it_says_what_to_install_and_asks_aws_nothing(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    plugin: Callable[[str], Path],
    calls: list[Any],
    opened: list[list[str]],
) -> None:
    desired()
    missing = reconcile("ssh", "small")
    assert missing.status == 1
    assert "session-manager-plugin is not installed: https://docs.aws.amazon.com/" in missing.err
    plugin("1.2.497.0")
    old = reconcile("ssh", "small")
    assert old.status == 1
    assert "is older than 1.2.536.0" in old.err
    assert (calls, opened) == ([], [])


def test_an_instance_that_ssm_does_not_know_is_told_of(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    plugin: Callable[[str], Path],
    opened: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plugin("1.2.707.0")
    ended = instance(aws("ec2"), of("small"))
    found = sessions.running

    def late(*asked: Any) -> Any:
        """It ends between the look and the session."""
        seen = found(*asked)
        aws("ec2").terminate_instances(InstanceIds=[ended])
        return seen

    monkeypatch.setattr(sessions, "running", late)
    desired()
    refused = reconcile("ssh", "small")
    assert refused.status == 1
    assert f"TargetNotConnected: {ended} is not connected. (its SSM agent has" in refused.err
    assert opened == []
