"""`reconcile ssm run`: one document on many machines, what each says, and the worst of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from reconciler.aws import many_commands
from reconciler.aws.command_output import Output
from reconciler.aws.commands import Order, Sent
from reconciler.aws.session import connect
from reconciler.cli import ssm as command
from reconciler.load import load
from reconciler.sandbox import Sandbox
from tests.conftest import ESTATE, ApiCall
from tests.direct import embedded
from tests.laws.cases import document

SHELL = "AWS-RunShellScript"
SAY = document(
    "Document",
    "say",
    """
  content:
    schemaVersion: "2.2"
    parameters: {word: {type: String, default: hello}}
    mainSteps:
    - {action: "aws:runShellScript", name: say, inputs: {runCommand: ["echo {{ word }}"]}}
    - {action: "aws:runShellScript", name: more, inputs: {runCommand: ["echo more"]}}
""",
)


@pytest.fixture(scope="module")
def sandbox(quick_worlds: None) -> Iterator[Sandbox]:
    with embedded(agent=True) as aws:
        yield aws


@pytest.fixture(autouse=True)
def quick_looks(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time goes by for AWS alone, and no look comes before what runs has ended."""
    waited: list[float] = []

    def wait(_: object, seconds: float) -> None:
        waited.append(seconds)
        sandbox.agent.settle()
        sandbox.turn(seconds)

    monkeypatch.setattr(many_commands, "wait", wait)
    monkeypatch.setattr(many_commands, "now", lambda: sum(waited))
    return waited


@pytest.fixture
def launch(
    sandbox: Sandbox, aws: Callable[[str], Any], desired: Callable[..., None]
) -> Callable[..., list[str]]:
    """Launch machines with an agent that is online, and declare a document."""
    desired(SAY)
    sandbox.agent.delay(0)
    aws("iam").create_instance_profile(InstanceProfileName="profile")
    image = aws("ec2").register_image(Name="worker")["ImageId"]

    def launched(count: int = 1, of: str = "WorkerType/builder", estate: str = "acme") -> list[str]:
        tags = {"reconciler:estate": estate, "reconciler:resource": of}
        answer = aws("ec2").run_instances(
            ImageId=image,
            InstanceType="m5.large",
            MinCount=count,
            MaxCount=count,
            IamInstanceProfile={"Name": "profile"},
            TagSpecifications=[
                {
                    "ResourceType": "instance",
                    "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
                }
            ],
        )
        return [one["InstanceId"] for one in answer["Instances"]]

    return launched


def sent(calls: list[ApiCall]) -> list[dict[str, Any]]:
    return [call.parameters for call in calls if call.operation == "SendCommand"]


def test_a_document_of_git_runs_on_all_machines_of_a_worker_type_in_one_call(
    launch: Any, reconcile: Any, calls: list[ApiCall]
) -> None:
    ids = launch(3)
    launch(1, of="WorkerType/other")
    assert reconcile("apply", "--yes").status == 0
    ran = reconcile("ssm", "run", "say", "--on", "builder", "--parameter", "word=good day")
    assert ran.status == 0, ran
    lines = [f"{id_}: {said}" for id_ in ids for said in ("good day", "more")]
    assert sorted(ran.out.splitlines()) == sorted(lines)
    (asked,) = sent(calls)
    assert (asked["DocumentName"], asked["InstanceIds"]) == ("ci-say", ids)
    rows = [line.split() for line in ran.err.splitlines()[-3:]]
    assert [row[0] for row in rows] == sorted(ids)
    assert {(row[-2], row[-1]) for row in rows} == {("0", "Success")}


def test_the_exit_status_is_by_the_worst_machine_which_the_table_has_last(
    launch: Any, reconcile: Any
) -> None:
    well, bad = launch(2)
    script = f"commands=test $AWS_SSM_INSTANCE_ID != {bad} || {{ echo oops >&2; exit 5; }}"
    ran = reconcile("ssm", "run", SHELL, "--on", "WorkerType/builder", "--parameter", script)
    assert (ran.status, ran.out) == (1, "")
    assert f"{bad}: oops\n" in ran.err
    *_, first, last = ran.err.splitlines()
    assert (first.split()[0], first.split()[-2:]) == (well, ["0", "Success"])
    assert (last.split()[0], last.split()[-2:]) == (bad, ["5", "Failed"])


def test_a_command_whose_answer_is_lost_is_not_sent_again(
    launch: Any, reconcile: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id_,) = launch()
    really = URLLib3Session.send

    def lost(self: URLLib3Session, request: Any) -> Any:
        answer = really(self, request)
        if request.headers.get("X-Amz-Target") == b"AmazonSSM.SendCommand":
            raise ConnectionClosedError(endpoint_url=request.url)
        return answer

    monkeypatch.setattr(URLLib3Session, "send", lost)
    asked = ("ssm", "run", SHELL, "--on", "builder", "--parameter", "commands=echo ran >> runs")
    ran = reconcile(*asked)
    assert ran.status == 1
    assert f"whether {SHELL} runs is not known, and it is not sent again" in ran.err
    sandbox.agent.settle()
    files = [*sandbox.agent.folder(id_).rglob("runs")]
    assert [file.read_text() for file in files] == ["ran\n"]


def test_a_machine_that_is_not_online_is_named_and_fails_and_the_others_go_on(
    launch: Any, reconcile: Any, sandbox: Sandbox, calls: list[ApiCall]
) -> None:
    well, lost, silent = launch(3)
    sandbox.agent.lose(lost)
    sandbox.agent.silence(silent)
    ran = reconcile("ssm", "run", SHELL, "--on", "builder", "--parameter", "commands=echo here")
    assert (ran.status, ran.out) == (1, f"{well}: here\n")
    assert [asked["InstanceIds"] for asked in sent(calls)] == [[well]]
    told = {line.split()[0]: line for line in ran.err.splitlines()}
    assert "not online: SSM says ConnectionLost" in told[lost]
    assert "not online: SSM has not heard of it" in told[silent]


def test_nobody_at_all_online_fails_without_a_command(
    launch: Any, reconcile: Any, sandbox: Sandbox, calls: list[ApiCall]
) -> None:
    (id_,) = launch()
    sandbox.agent.silence(id_)
    ran = reconcile("ssm", "run", SHELL, "--on", id_, "--parameter", "commands=true")
    assert (ran.status, sent(calls)) == (1, [])


@pytest.fixture
def two_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of fifty."""
    monkeypatch.setattr(many_commands, "IDS_A_CALL", 2)


def test_more_machines_than_a_call_takes_are_several_calls_within_the_same_bounds(
    two_a_call: None, launch: Any, reconcile: Any, calls: list[ApiCall]
) -> None:
    launch(5)
    ran = reconcile(
        *("ssm", "run", SHELL, "--on", "builder", "--parameter", "commands=exit 1"),
        *("--max-concurrency", "20%", "--max-errors", "2"),
    )
    assert ran.status == 1
    bounds = [(asked["MaxConcurrency"], asked["MaxErrors"]) for asked in sent(calls)]
    assert bounds == [("1", "2"), ("1", "0")]
    told = [line.split()[-1] for line in ran.err.splitlines()[-5:]]
    assert sorted(told) == ["Failed", "Failed", "Failed", "Terminated", "begun"]


def test_where_enough_errors_are_allowed_every_machine_has_its_turn(
    two_a_call: None, launch: Any, reconcile: Any, calls: list[ApiCall]
) -> None:
    ids = launch(5)
    ran = reconcile(
        *("ssm", "run", SHELL, "--on", "builder", "--parameter", "commands=echo x; exit 1"),
        *("--max-concurrency", "4", "--max-errors", "100%"),
    )
    assert (ran.status, sorted(ran.out.splitlines())) == (1, sorted(f"{id_}: x" for id_ in ids))
    assert [asked["MaxConcurrency"] for asked in sent(calls)] == ["2", "2", "1"]
    assert [asked["MaxErrors"] for asked in sent(calls)] == ["5", "5", "1"]


def test_who_is_gone_since_it_was_found_does_not_keep_the_others_from_it(
    launch: Any, reconcile: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    well, lost = launch(2)
    really = command._reachable

    def then_lost(*found: Any) -> Any:
        to = really(*found)
        sandbox.agent.lose(lost)
        return to

    monkeypatch.setattr(command, "_reachable", then_lost)
    ran = reconcile("ssm", "run", SHELL, "--on", "builder", "--parameter", "commands=echo x")
    assert (ran.status, ran.out) == (1, f"{well}: x\n")
    assert f"{lost}: not online\n" in ran.err


def test_what_takes_too_long_is_cancelled(
    launch: Any, reconcile: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id_,) = launch()
    clock = [0.0]

    def wait(_: object, seconds: float) -> None:
        if clock[0] >= 20:
            sandbox.agent.settle()
        clock[0] += seconds
        sandbox.turn(seconds)

    monkeypatch.setattr(many_commands, "wait", wait)
    monkeypatch.setattr(many_commands, "now", lambda: clock[0])
    ran = reconcile(
        *("ssm", "run", SHELL, "--on", id_, "--timeout", "20"),
        *("--parameter", "commands=echo begun; sleep 300"),
    )
    assert ran.status == 1
    assert "not ended, and cancelled now: 1\n" in ran.err
    assert ran.err.splitlines()[-1].split()[-2:] == ["137", "Cancelled"]
    assert 20 <= clock[0] < 20 + command.GRACE


def test_a_signal_cancels_what_runs_and_tells_how_that_ended(
    launch: Any,
    reconcile: Any,
    sandbox: Sandbox,
    calls: list[ApiCall],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (id_,) = launch()
    os.mkfifo(tmp_path / "runs")

    def interrupt() -> None:
        (tmp_path / "runs").read_text()
        signal.raise_signal(signal.SIGINT)

    waits = iter([interrupt])

    def wait(_: object, seconds: float) -> None:
        next(waits, sandbox.agent.settle)()
        sandbox.turn(seconds)

    monkeypatch.setattr(many_commands, "wait", wait)
    script = f"commands=echo begun; echo > {tmp_path / 'runs'}; sleep 300"
    ran = reconcile("ssm", "run", SHELL, "--on", id_, "--parameter", script)
    assert (ran.status, ran.out) == (1, f"{id_}: begun\n")
    assert [call.operation for call in calls].count("CancelCommand") == 1
    assert ran.err.splitlines()[-1].split()[-2:] == ["137", "Cancelled"]


def test_a_machine_that_ends_meanwhile_is_told_as_gone(launch: Any, reconcile: Any) -> None:
    (id_,) = launch()
    ran = reconcile("ssm", "run", SHELL, "--on", id_, "--parameter", "commands=poweroff; sleep 300")
    assert ran.status == 1
    assert f"{id_}: the machine is gone\n" in ran.err


def test_looks_become_rarer_while_nothing_ends(
    launch: Any, reconcile: Any, quick_looks: list[float]
) -> None:
    (id_,) = launch()
    reconcile("ssm", "run", SHELL, "--on", id_, "--parameter", "commands=poweroff; sleep 300")
    assert quick_looks[:3] == [0.5, 0.75, 1.125]
    assert max(quick_looks) == 5.0


def test_output_that_ssm_cut_is_told_of(launch: Any, reconcile: Any) -> None:
    (id_,) = launch()
    script = "commands=head -c 30000 /dev/zero | tr '\\0' x"
    ran = reconcile("ssm", "run", SHELL, "--on", id_, "--parameter", script)
    assert (ran.status, len(ran.out)) == (0, len(f"{id_}: \n") + 24_000)
    assert ran.err.splitlines()[-1].endswith("Success, its output was longer than SSM keeps")


def test_output_comes_from_cloudwatch_logs_while_the_script_runs(
    launch: Any, sandbox: Sandbox, tmp_path: Path
) -> None:
    (id_,) = launch()
    go = tmp_path / "go"
    os.mkfifo(go)
    aws = connect(load("desired").estate).home
    script = f"echo one; echo two >&2; read _ < {go}; echo three"
    sent = Sent(aws, Order(SHELL, {"commands": [script]}, log_group="/output"), [id_])
    output = Output(aws, "/output", sent.id, id_)
    with go.open("w") as say:
        assert [*output.new()] == [("stdout", "one\n"), ("stderr", "two\n")]
        assert [*output.new()] == []
        say.write("\n")
    sandbox.agent.settle()
    assert [*output.new()] == [("stdout", "three\n")]
    sandbox.turn(1)
    assert [(one.out, one.err, one.exit_code) for one in sent.ended()] == [
        ("one\nthree\n", "two\n", 0)
    ]


MISTAKES: dict[str, tuple[list[str], str]] = {
    "nowhere": (["say"], "say where to run it: --on WORKERTYPE or --on INSTANCE"),
    "another estate's": (["say", "--on", "OTHER"], "is no instance of acme there"),
    "no such type": (["say", "--on", "bilder"], "did you mean 'WorkerType/builder'?"),
    "no such document": (["sey", "--on", "builder"], "did you mean 'say'?"),
    "not applied": (["say", "--on", "builder"], "AWS has no document ci-say in eu-central-1"),
    "no such region": (
        ["say", "--on", "builder", "--region", "eu-central-2"],
        "did you mean 'eu-central-1'?",
    ),
    "no share": (["say", "--on", "builder", "--max-errors", "few"], "--max-errors few is neither"),
    "no parameter": (["say", "--on", "builder", "--parameter", "word"], "NAME=VALUE"),
    "no such parameter": (
        [SHELL, "--on", "builder", "--parameter", "command=date"],
        "SendCommand: InvalidParameters",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_words_and_nothing_runs(
    launch: Any, reconcile: Any, mistake: str
) -> None:
    launch()
    (other,) = launch(estate="another")
    said, told = MISTAKES[mistake]
    ran = reconcile("ssm", "run", *(other if one == "OTHER" else one for one in said))
    assert (ran.status, ran.out) == (1, "")
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_a_document_must_be_wanted_where_it_is_to_run(
    launch: Any, reconcile: Any, desired: Callable[..., None]
) -> None:
    (id_,) = launch()
    two = ESTATE.replace("[eu-central-1]", "[eu-central-1, eu-west-1]")
    desired(SAY.replace("name: say,", "name: say, regions: [eu-west-1],", 1), estate=two)
    ran = reconcile("ssm", "run", "say", "--on", id_)
    assert ran.status == 1
    assert "Document/say is not declared for eu-central-1 of account 123456789012" in ran.err
