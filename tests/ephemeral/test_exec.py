"""`reconcile exec`: one command on one new machine, which is gone when the command has ended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.conftest import ESTATE, ApiCall
from tests.ephemeral.conftest import NOTHING, PROFILE, Exec, Lab
from tests.laws.cases import document

TRUST = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, '
    "Action: 'sts:AssumeRole'}]}"
)
AROUND = (
    document("KeyPair", "people", "{generate: {type: ed25519}}"),
    document("SecurityGroup", "workers", "{description: Workers}"),
    document("Role", "worker", f"{{trustPolicy: {TRUST}}}"),
    document("InstanceProfile", "worker", "{role: worker}"),
)
LAUNCH = {"keyPair": "people", "securityGroups": ["workers"], "instanceProfile": "worker"}


def test_what_the_command_writes_and_how_it_ends_is_what_comes_back(
    lab: Lab, execute: Exec
) -> None:
    ran = execute("echo one; echo two >&2; exit 7")
    assert (ran.status, ran.out) == (7, "one\n")
    assert "\ntwo\n" in ran.err
    assert lab.left() == NOTHING
    (machine,) = lab.machines()
    assert f"{machine['InstanceId']}: launched, {machine['InstanceType']} in eu-" in ran.err


def test_a_machine_is_the_worker_type_s_and_no_worker_and_says_until_when_it_may_live(
    lab: Lab, execute: Exec, sandbox: Sandbox
) -> None:
    lab.declare(ESTATE.replace("spec: {", "spec: {tags: {team: a}, "))
    began = int(sandbox.now())
    assert execute("true", options=("--timeout", "600")).status == 0
    (machine,) = lab.machines()
    assert machine["Tags"] == {
        "Name": "linux",
        "team": "a",
        "reconciler:estate": "acme",
        "reconciler:resource": "WorkerType/linux",
        "reconciler:deadline": f"{began + 600} exec",
    }


def test_several_words_are_a_program_and_what_it_gets(lab: Lab, execute: Exec) -> None:
    ran = execute("printf", "%s|", "a b", "$HOME", "d'e", "")
    assert (ran.status, ran.out.rstrip("\n")) == (0, "a b|$HOME|d'e||")


def test_it_begins_at_home_as_programs_expect_it(lab: Lab, execute: Exec) -> None:
    assert execute('test "$PWD" = "$HOME"').status == 0


def test_output_is_shown_while_the_command_runs(
    lab: Lab, execute: Exec, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "go")
    seen: list[str] = []

    def look() -> None:
        seen.append(capsys.readouterr().out)

    def go() -> None:
        look()
        (tmp_path / "go").write_text("\n")
        lab.sandbox.agent.settle()

    lab.meanwhile = [lambda: None, look, go]
    ran = execute(f"echo one; read _ < {tmp_path / 'go'}; echo two")
    assert (ran.status, "".join(seen), ran.out) == (0, "one\n", "two\n")


def test_what_it_needs_is_looked_for_first_and_all_that_is_missing_is_named(
    lab: Lab, execute: Exec, reconcile: Any, calls: list[ApiCall]
) -> None:
    lab.declare(ESTATE, *AROUND, launch=LAUNCH)
    ran = execute("true")
    assert (ran.status, ran.out, lab.machines()) == (1, "", [])
    for missing in ("KeyPair/people", "SecurityGroup/workers", "InstanceProfile/worker"):
        assert f"{missing} is not in " in ran.err
    assert "`reconcile apply` makes what is declared" in ran.err
    assert reconcile("apply", "--yes").status == 0
    assert execute("true").status == 0
    (group,) = lab.ec2.describe_security_groups(GroupNames=["ci-workers"])["SecurityGroups"]
    (launch,) = [one.parameters for one in calls if one.operation == "RunInstances"]
    assert launch["KeyName"] == "ci-people"
    assert launch["SecurityGroupIds"] == [group["GroupId"]]
    assert launch["IamInstanceProfile"]["Arn"].endswith("/ci-worker")


@pytest.mark.parametrize(
    ("purchase", "lifecycle"),
    [("spot", "spot"), ("on-demand", None), ("spot-then-on-demand", "spot")],
)
def test_it_is_bought_as_the_worker_type_says(
    lab: Lab, execute: Exec, purchase: str, lifecycle: str | None
) -> None:
    lab.declare(purchase=purchase)
    assert execute("true").status == 0
    (machine,) = lab.machines()
    assert machine.get("InstanceLifecycle") == lifecycle


def test_what_aws_has_none_of_is_bought_elsewhere_the_cheapest_first(
    lab: Lab, execute: Exec, sandbox: Sandbox
) -> None:
    sandbox.scarce({("*", "c5.large", "*"): 0})
    assert execute("true").status == 0
    sandbox.scarce({("*", "*", "*"): 0})
    ran = execute("true")
    assert (ran.status, [one["InstanceType"] for one in lab.machines()]) == (1, ["m5.large"])
    assert "AWS has none to sell now: InsufficientInstanceCapacity for c5.large in eu-" in ran.err
    assert lab.left() == NOTHING


def test_options_narrow_where_and_what_it_may_be(lab: Lab, execute: Exec) -> None:
    assert execute("true", options=("--instance-type", "m5.large")).status == 0
    (machine,) = lab.machines()
    assert machine["InstanceType"] == "m5.large"


MISTAKES: dict[str, tuple[list[str], str]] = {
    "no such type": (["linus", "--", "true"], "did you mean 'linux'?"),
    "no such region": (
        ["linux", "--region", "eu-central-2", "--", "true"],
        "--region eu-central-2 is none of WorkerType/linux's; did you mean 'eu-central-1'?",
    ),
    "no such instance type": (
        ["linux", "--instance-type", "c5.larg", "--", "true"],
        "did you mean 'c5.large'?",
    ),
    "no such file": (["linux", "--upload", "x:y", "--", "true"], "--upload x:y: there is no x"),
    "no place": (["linux", "--upload", "x", "--", "true"], "is not of the form SRC:DST"),
    "no source": (["linux", "--download", ":y", "--", "true"], "is not of the form SRC:DST"),
    "no command": (["linux"], "COMMAND"),
    "no time": (["linux", "--timeout", "5", "--", "true"], "--timeout"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_words_and_nothing_is_launched(
    lab: Lab, reconcile: Any, calls: list[ApiCall], mistake: str
) -> None:
    said, told = MISTAKES[mistake]
    ran = reconcile("exec", *said)
    assert (ran.status, ran.out) == (1, "")
    assert told in ran.err
    assert [call for call in calls if call.operation == "RunInstances"] == []


def test_its_own_user_data_comes_only_when_asked_for_and_beside_the_machine_s_end(
    lab: Lab, execute: Exec, sandbox: Sandbox
) -> None:
    begin = "#!/bin/sh\ntouch $HOME/began\n"
    lab.declare(launch={"instanceProfile": PROFILE, "userData": {"text": begin}})
    assert execute("test -e began").status == 1
    waits = "until test -e began; do sleep 0.05; done"
    assert execute(waits, options=("--user-data",)).status == 0
    lab.declare(launch={"instanceProfile": PROFILE, "userData": {"config": {"a": 1}}})
    ran = execute("true", options=("--user-data",))
    assert "--user-data: only a script for Linux" in ran.err
    assert len(lab.machines()) == 2


def test_a_command_that_is_too_slow_is_ended_with_its_machine(
    lab: Lab, execute: Exec, sandbox: Sandbox
) -> None:
    lab.meanwhile = [lambda: None] * 100
    lab.pace = 4
    ran = execute("echo begun; sleep 1000", options=("--timeout", "120"))
    assert (ran.status, ran.out) == (1, "begun\n")
    assert "its time is over, and it has not ended" in ran.err
    assert lab.left() == NOTHING


def test_a_machine_that_goes_in_the_middle_is_told_of(
    lab: Lab, execute: Exec, sandbox: Sandbox
) -> None:
    def interrupt() -> None:
        sandbox.interrupt(lab.alive()[0])
        sandbox.turn(121)

    lab.meanwhile = [lambda: None, interrupt, *[lambda: None] * 30]
    ran = execute("sleep 1000")
    assert ran.status == 1
    assert "is terminated: Server.SpotInstanceTermination" in ran.err
    assert lab.left() == NOTHING


def test_a_machine_that_never_comes_up_or_online_is_ended_and_why_is_told(
    lab: Lab, execute: Exec, sandbox: Sandbox
) -> None:
    sandbox.agent.delay(float("inf"))
    lab.pace = 100
    ran = execute("true")
    assert ran.status == 1
    assert "is running, and SSM has not heard of it in time: its image needs SSM's agent" in ran.err
    sandbox.boot(float("inf"))
    ran = execute("true", options=("--timeout", "300"))
    assert "is pending, and has not come up in time" in ran.err
    assert lab.left() == NOTHING
