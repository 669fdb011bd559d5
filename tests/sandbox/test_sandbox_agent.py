"""The stand-in for SSM's agent: scripts really run, and AWS's calls tell of them."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.backends import get_backend
from moto.ec2.models.amis import Ami

from tests.sandbox.machines import PATIENCE, SHELL, Machines, ends, is_running


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


def shell(name: str, *lines: str, **more: Any) -> dict[str, Any]:
    inputs = {"runCommand": [*lines], **more.pop("inputs", {})}
    return {"action": "aws:runShellScript", "name": name, "inputs": inputs, **more}


def test_an_agent_is_online_some_time_after_its_machine_runs(machines: Machines) -> None:
    machines.sandbox.agent.delay(3)
    machines.sandbox.boot(10)
    (id_,) = machines.launch()
    for seconds in (9, 1, 2):
        machines.sandbox.turn(seconds)
        assert machines.pings() == {}
    machines.sandbox.turn(1)
    assert machines.pings() == {id_: "Online"}
    machines.ec2.terminate_instances(InstanceIds=[id_])
    assert machines.pings() == {}


def test_an_agent_without_a_profile_or_that_is_silenced_is_never_heard_of(
    machines: Machines,
) -> None:
    bare = machines.ec2.run_instances(
        ImageId=machines.image, InstanceType="m5.large", MinCount=1, MaxCount=1
    )["Instances"][0]["InstanceId"]
    silent, lost, well = machines.launch(3)
    machines.sandbox.agent.silence(silent)
    machines.sandbox.agent.lose(lost)
    assert machines.pings() == {lost: "ConnectionLost", well: "Online"}
    online = [{"Key": "PingStatus", "Values": ["Online"]}]
    assert machines.pings(Filters=online) == {well: "Online"}
    for id_ in (bare, silent, lost):
        with refused("InvalidInstanceId"):
            machines.send([id_, well], "true")
    machines.sandbox.agent.regain(lost)
    machines.sandbox.agent.delay(inf)
    assert machines.pings() == {}


def test_on_debian_nobody_hears_of_a_machine_until_it_has_an_agent(machines: Machines) -> None:
    world: Any = get_backend("ec2")["123456789012"][machines.ec2.meta.region_name]
    machines.image = "ami-0000000000000debb"
    world.amis[machines.image] = Ami(world, machines.image, owner_id="136693071363")
    (without,) = machines.launch()
    (has,) = machines.launch(UserData="#!/bin/sh\ndpkg --install amazon-ssm-agent.deb\n")
    machines.sandbox.agent.settle()
    assert machines.pings() == {has: "Online"}
    image = machines.ec2.create_image(InstanceId=has, Name="with-agent")["ImageId"]
    machines.ec2.terminate_instances(InstanceIds=[without, has])
    machines.image = image
    (next_,) = machines.launch()
    assert machines.pings() == {next_: "Online"}


def test_machines_are_found_by_their_tags_and_in_pages(machines: Machines) -> None:
    ids = machines.launch(6)
    machines.ec2.create_tags(Resources=ids[:2], Tags=[{"Key": "of", "Value": "one"}])
    assert [*machines.pings(Filters=[{"Key": "tag:of", "Values": ["one"]}])] == ids[:2]
    assert [*machines.pings(Filters=[{"Key": "InstanceIds", "Values": ids[4:]}])] == ids[4:]
    first = machines.ssm.describe_instance_information(MaxResults=5)
    assert len(first["InstanceInformationList"]) == 5
    assert [*machines.pings(NextToken=first["NextToken"], MaxResults=5)] == ids[5:]


def test_a_script_really_runs_and_its_outputs_and_exit_status_are_told(
    machines: Machines,
) -> None:
    (id_,) = machines.launch()
    told = machines.ran(id_, "echo out", "echo wrong >&2", "exit 7")
    assert (told["Status"], told["ResponseCode"]) == ("Failed", 7)
    assert told["PluginName"] == "aws:runShellScript"
    assert told["StandardOutputContent"] == "out\n"
    assert told["StandardErrorContent"] == "wrong\nfailed to run commands: exit status 7"
    told = machines.ran(id_, "#!/usr/bin/env python3", "print(1 + 1)")
    assert (told["StatusDetails"], told["StandardOutputContent"]) == ("Success", "2\n")


def test_a_machine_has_a_folder_of_its_own_and_nothing_of_ours(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "ours")
    monkeypatch.setenv("TOKEN", "ours")
    one, other = machines.launch(2)
    machines.ran(one, "echo mine > $HOME/file; echo too > $TMPDIR/file")
    assert (
        machines.ran(one, "cat $HOME/file $TMPDIR/file")["StandardOutputContent"] == "mine\ntoo\n"
    )
    assert machines.ran(other, "cat $HOME/file")["ResponseCode"] == 1
    said = machines.ran(one, "env")["StandardOutputContent"]
    assert "ours" not in said
    assert f"AWS_ENDPOINT_URL={machines.sandbox.endpoint}\n" in said
    assert f"AWS_SSM_INSTANCE_ID={one}\n" in said


def test_a_command_is_not_known_at_once_and_tells_no_output_before_its_end(
    machines: Machines, pid: Callable[[], int], tmp_path: Path
) -> None:
    (id_,) = machines.launch()
    answer = machines.ssm.send_command(
        InstanceIds=[id_],
        DocumentName=SHELL,
        Parameters={"commands": [f"echo early; echo $$ > {tmp_path / 'pid'}; sleep 300"]},
    )["Command"]
    assert answer["Status"] == "Pending"
    with refused("InvocationDoesNotExist"):
        machines.told(answer["CommandId"], id_)
    assert machines.details(answer["CommandId"]) == []
    machines.sandbox.turn(1)
    process = pid()
    told = machines.told(answer["CommandId"], id_)
    assert (told["Status"], told["StandardOutputContent"]) == ("InProgress", "")
    machines.ssm.cancel_command(CommandId=answer["CommandId"])
    machines.sandbox.agent.settle()
    assert ends(process)
    assert machines.details(answer["CommandId"]) == ["Cancelled"]
    assert machines.told(answer["CommandId"], id_)["StandardOutputContent"] == "early\n"


def test_outputs_are_cut_as_the_agent_cuts_them(machines: Machines) -> None:
    (id_,) = machines.launch()
    fill = "head -c %d /dev/zero | tr '\\0' x"
    told = machines.ran(id_, fill % 24_001, "exec >&2", fill % 8_000, "exit 1")
    out, err = told["StandardOutputContent"], told["StandardErrorContent"]
    assert (len(out), len(err)) == (24_000, 8_000)
    assert out.endswith("x--output truncated--")
    assert err.endswith("x--output truncated--")
    (listed,) = machines.ssm.list_command_invocations(CommandId=told["CommandId"], Details=True)[
        "CommandInvocations"
    ]
    assert len(listed["CommandPlugins"][0]["Output"]) == 2_500
    assert machines.ran(id_, fill % 24_000)["StandardOutputContent"] == "x" * 24_000


def test_a_document_s_steps_run_in_order_with_its_parameters(machines: Machines) -> None:
    name = machines.document(
        shell("first", "echo {{ word }} {{word}}", "{{ lines }}"),
        shell("windows", "echo no", precondition={"StringEquals": ["platformType", "Windows"]}),
        shell("bad", "false"),
        shell("last", "pwd", inputs={"workingDirectory": "/"}),
        word={"type": "String", "default": "usual", "allowedPattern": "[a-z]+"},
        lines={"type": "StringList"},
    )
    (id_,) = machines.launch()
    command = machines.send([id_], DocumentName=name, Parameters={"lines": ["echo a", "echo b"]})
    machines.sandbox.agent.settle()
    (listed,) = machines.ssm.list_command_invocations(CommandId=command, Details=True)[
        "CommandInvocations"
    ]
    assert listed["StatusDetails"] == "Failed"
    steps = [(one["Name"], one["Status"], one["Output"]) for one in listed["CommandPlugins"]]
    assert steps[0] == ("first", "Success", "usual usual\na\nb\n")
    assert steps[1][:2] == ("windows", "Success")
    assert "unsatisfied preconditions" in steps[1][2]
    assert steps[2][:2] == ("bad", "Failed")
    assert steps[3] == ("last", "Success", "/\n")
    with refused("InvalidPluginName"):
        machines.told(command, id_)
    assert machines.told(command, id_, PluginName="last")["StandardOutputContent"] == "/\n"


def test_a_step_can_end_its_document(machines: Machines) -> None:
    name = machines.document(
        shell("first", "exit 1", inputs={"onFailure": "exit"}), shell("last", "echo no")
    )
    (id_,) = machines.launch()
    command = machines.send([id_], DocumentName=name, Parameters={})
    machines.sandbox.agent.settle()
    assert machines.details(command) == ["Failed"]
    assert machines.told(command, id_, PluginName="last")["StandardOutputContent"] == ""


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"DocumentName": "AWS-RunNothing"}, "InvalidDocument"),
        ({"DocumentName": "own-document", "DocumentVersion": "7"}, "InvalidDocumentVersion"),
        ({"Parameters": {"command": ["true"]}}, "InvalidParameters"),
        ({"Parameters": {}}, "InvalidParameters"),
        ({"Parameters": {"commands": ["true"], "executionTimeout": ["x"]}}, "InvalidParameters"),
    ],
)
def test_what_makes_no_sense_is_refused(
    machines: Machines, more: dict[str, Any], code: str
) -> None:
    machines.document(shell("one", "true"))
    (id_,) = machines.launch()
    with refused(code):
        machines.send([id_], "true", **more)
    with refused("DuplicateInstanceId"):
        machines.send([id_, id_], "true")
    assert machines.ssm.list_commands()["Commands"] == []


def test_powershell_needs_pwsh_on_linux(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (id_,) = machines.launch()
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    told = machines.ran(id_, "Get-Date", DocumentName="AWS-RunPowerShellScript")
    assert (told["Status"], told["ResponseCode"]) == ("Failed", 1)
    assert "pwsh" in told["StandardErrorContent"]
    pwsh = tmp_path / "pwsh"
    pwsh.write_text('#!/bin/sh\ncat "$2"\n')
    pwsh.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    told = machines.ran(id_, "Get-Date", DocumentName="AWS-RunPowerShellScript")
    assert (told["Status"], told["StandardOutputContent"]) == ("Success", "Get-Date\n")


def test_targets_are_all_machines_with_a_tag_so_many_at_once_until_one_fails(
    machines: Machines,
) -> None:
    ids = machines.launch(4)
    machines.ec2.create_tags(Resources=ids[1:], Tags=[{"Key": "of", "Value": "one"}])
    tagged = {"Targets": [{"Key": "tag:of", "Values": ["one"]}], "MaxConcurrency": "1"}
    command = machines.send([], "exit 3", **tagged)
    for _ in ids:
        machines.sandbox.agent.settle()
    assert machines.details(command) == ["Failed", "Terminated", "Terminated"]
    command = machines.send([], "exit 3", **tagged, MaxErrors="34%")
    for _ in ids:
        machines.sandbox.agent.settle()
        machines.pings()
    assert machines.details(command) == ["Failed", "Failed", "Terminated"]
    (told,) = machines.ssm.list_commands(CommandId=command)["Commands"]
    assert (told["Status"], told["TargetCount"], told["ErrorCount"]) == ("Failed", 3, 2)
    none = machines.send([], "true", Targets=[{"Key": "tag:of", "Values": ["none"]}])
    (told,) = machines.ssm.list_commands(CommandId=none)["Commands"]
    assert told["StatusDetails"] == "NoInstancesInTag"


def test_a_script_that_takes_too_long_is_ended(
    machines: Machines, pid: Callable[[], int], tmp_path: Path
) -> None:
    (id_,) = machines.launch()
    commands = [f"sh -c 'echo $$ > {tmp_path / 'pid'}; sleep 300' & wait"]
    limits = {"commands": commands, "executionTimeout": ["60"]}
    command = machines.send([id_], Parameters=limits)
    process = pid()
    machines.sandbox.turn(58)
    assert machines.details(command) == ["InProgress"]
    machines.sandbox.turn(1)
    machines.pings()
    machines.sandbox.agent.settle()
    assert ends(process)
    told = machines.told(command, id_)
    assert (told["Status"], told["StatusDetails"]) == ("TimedOut", "ExecutionTimedOut")
    assert told["ResponseCode"] == 137


def test_a_lost_machine_gets_its_command_late_or_never(machines: Machines) -> None:
    late, never = machines.launch(2)
    for id_ in (late, never):
        machines.ec2.create_tags(Resources=[id_], Tags=[{"Key": "of", "Value": id_}])
        machines.sandbox.agent.lose(id_)
    commands = [
        machines.send([], "echo x", Targets=[{"Key": "tag:of", "Values": [id_]}], TimeoutSeconds=60)
        for id_ in (late, never)
    ]
    assert [machines.details(one) for one in commands] == [["Pending"], ["Pending"]]
    machines.sandbox.agent.regain(late)
    machines.sandbox.agent.settle()
    machines.sandbox.turn(60)
    machines.sandbox.agent.regain(never)
    assert [machines.details(one) for one in commands] == [["Success"], ["DeliveryTimedOut"]]


def test_how_it_ended_is_not_told_while_the_connection_is_lost(
    machines: Machines, tmp_path: Path
) -> None:
    (id_,) = machines.launch()
    go = tmp_path / "go"
    os.mkfifo(go)
    command = machines.send([id_], f"read _ < {go}")
    machines.sandbox.agent.lose(id_)
    go.write_text("\n")
    machines.sandbox.agent.settle()
    assert machines.details(command) == ["InProgress"]
    machines.sandbox.agent.regain(id_)
    assert machines.details(command) == ["Success"]


@pytest.mark.parametrize(
    ("behaviour", "said", "state"),
    [
        ("terminate", "shutdown -h now", "terminated"),
        ("terminate", "sudo -n poweroff", "terminated"),
        ("stop", "systemctl poweroff", "stopped"),
    ],
)
def test_a_script_ends_its_machine_and_not_this_one(
    machines: Machines, behaviour: str, said: str, state: str
) -> None:
    (id_,) = machines.launch(behaviour=behaviour)
    command = machines.send([id_], said, "sleep 300")
    machines.sandbox.agent.settle()
    assert machines.state(id_) == (state, "Client.InstanceInitiatedShutdown")
    assert machines.pings() == {}
    assert machines.details(command) == ["InProgress"]
    machines.sandbox.turn(3600)
    assert machines.details(command) == ["ExecutionTimedOut"]


def test_a_shutdown_can_come_later_and_be_taken_back(machines: Machines) -> None:
    one, other = machines.launch(2)
    assert machines.ran(one, "shutdown -h +5")["Status"] == "Success"
    machines.ran(other, "shutdown -h +5; shutdown -c")
    machines.sandbox.turn(297)
    assert machines.state(one)[0] == "running"
    machines.sandbox.turn(3)
    assert machines.state(one)[0] == "terminated"
    assert machines.state(other)[0] == "running"


def test_what_a_script_leaves_in_the_background_ends_with_its_machine(
    machines: Machines, pid: Callable[[], int], tmp_path: Path
) -> None:
    (id_,) = machines.launch()
    script = f"nohup sh -c 'echo $$ > {tmp_path / 'pid'}; sleep 300' > /dev/null 2>&1 &"
    command = machines.send([id_], script)
    process = pid()
    machines.sandbox.agent.settle()
    assert machines.details(command) == ["Success"]
    assert is_running(process)
    machines.ec2.terminate_instances(InstanceIds=[id_])
    assert ends(process)


def test_a_script_that_asks_for_a_reboot_is_run_again_after_it(machines: Machines) -> None:
    machines.sandbox.agent.delay(5)
    (id_,) = machines.launch()
    machines.sandbox.turn(5)
    command = machines.send(
        [id_], "echo run", "test -e $HOME/again && exit 0", "touch $HOME/again", "exit 194"
    )
    machines.sandbox.agent.settle()
    assert machines.pings() == {id_: "ConnectionLost"}
    machines.sandbox.turn(5)
    told = machines.told(command, id_)
    assert (told["Status"], told["StandardOutputContent"]) == ("Success", "run\nrun\n")


def test_output_reaches_cloudwatch_logs_while_the_script_runs(
    machines: Machines, tmp_path: Path
) -> None:
    (id_,) = machines.launch()
    go = tmp_path / "go"
    os.mkfifo(go)
    command = machines.send(
        [id_],
        f"echo early; echo oops >&2; printf half; read _ < {go}; echo ' late'",
        CloudWatchOutputConfig={
            "CloudWatchOutputEnabled": True,
            "CloudWatchLogGroupName": "/output",
        },
    )

    def logged(stream: str) -> list[str]:
        events = machines.logs.get_log_events(
            logGroupName="/output",
            logStreamName=f"{command}/{id_}/aws-runShellScript/{stream}",
            startFromHead=True,
        )["events"]
        return [event["message"] for event in events]

    with go.open("w") as say:
        assert (logged("stdout"), logged("stderr")) == (["early"], ["oops"])
        say.write("\n")
    machines.sandbox.agent.settle()
    assert logged("stdout") == ["early", "half late"]


def test_nothing_runs_on_when_the_sandbox_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    os.mkfifo(file)
    code = (
        "import sys, pytest; from reconciler.sandbox import serving; from tests import quick\n"
        "from tests.sandbox.machines import Machines\n"
        "quick.worlds(pytest.MonkeyPatch())\n"
        "with serving(agent=True) as sandbox:\n"
        "    machines = Machines(sandbox)\n"
        f"    machines.send(machines.launch(), 'echo $$ > {file}; sleep 300')\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as sandbox:
        script = os.pidfd_open(int(file.read_text()))
        assert not select.select([script], [], [], 0)[0]
        sandbox.kill()
    assert select.select([script], [], [], PATIENCE)[0]
    os.close(script)
