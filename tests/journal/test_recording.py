"""Every apply leaves a record of what it did, whatever becomes of it, and no secret is in it."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError

from reconciler import apply
from reconciler.aws import logs
from reconciler.aws.session import Aws
from reconciler.kinds.parameter import Parameter
from tests.conftest import ESTATE
from tests.laws.cases import BYSTANDER, Clients, document
from tests.quick import reads
from tests.world import world

ROOT = str(Path(__file__).parents[2])
GROUP = "/ci/journal"
WITH_GROUP = ESTATE.replace("regions:", f"journal: {{logGroup: {GROUP}}}, regions:")
STATEMENT = 'Version: "2012-10-17", Statement: {Effect: Deny, Action: "*"'
TRUST = f'{{{STATEMENT}, Principal: "*"}}}}'
ROLE = document("Role", "builder", f"{{trustPolicy: {TRUST}, managedPolicies: [own]}}")
OWN = document("Policy", "own", f'{{document: {{{STATEMENT}, Resource: "*"}}}}}}')
PROFILE = document("InstanceProfile", "builder", "{role: builder}")

Desired = Callable[..., None]
Line = dict[str, Any]


@pytest.fixture(autouse=True)
def few_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch, {"Parameter", "Policy", "Role", "InstanceProfile"}.__contains__)


def setting(name: str, spec: str = "{value: x}") -> str:
    return document("Parameter", name, spec)


@pytest.fixture
def file(aws: Clients) -> Path:
    """Where the commands keep the journal."""
    return Path(os.environ["RECONCILE_JOURNAL"])


def lines(file: Path) -> list[Line]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def told(line: Line) -> tuple[str, ...]:
    return (line["action"], line["act"], f"{line['kind']}/{line['name']}", line["outcome"])


def in_the_group(aws: Clients) -> list[str]:
    events = aws("logs").filter_log_events(logGroupName=GROUP)["events"]
    return [event["message"] for event in events]


def test_each_step_of_each_change_is_recorded(
    aws: Clients, desired: Desired, reconcile: Any, file: Path
) -> None:
    desired(setting("kept"), setting("gone"), setting("other"))
    reconcile("apply", "--yes")
    file.unlink()
    desired(setting("kept", "{value: later}"), setting("other", "{values: [a]}"), setting("new"))
    assert reconcile("apply", "--yes").status == 0
    by_name = {(line["name"], line["act"]): line for line in lines(file)}
    assert sorted(told(line) for line in by_name.values()) == [
        ("create", "create", "Parameter/new", "done"),
        ("delete", "delete", "Parameter/gone", "done"),
        ("replace", "create", "Parameter/other", "done"),
        ("replace", "delete", "Parameter/other", "done"),
        ("update", "update", "Parameter/kept", "done"),
    ]
    kept = by_name["kept", "update"]
    assert {"path": "value", "old": "x", "new": "later"} in kept["fields"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", kept["time"])
    assert kept["who"].startswith("arn:aws:sts::123456789012:")
    assert (kept["estate"], kept["account"]) == ("acme", "123456789012")
    assert (kept["region"], kept["awsName"], kept["awsId"]) == (
        "eu-central-1",
        "ci-kept",
        "ci-kept",
    )
    assert kept["where"]
    assert len({line["run"] for line in by_name.values()}) == 1


def test_it_says_at_which_commit(
    aws: Clients, desired: Desired, reconcile: Any, file: Path, tmp_path: Path
) -> None:
    desired(setting("one"))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "desired"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *arguments], check=True, cwd=tmp_path)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    reconcile("apply", "--yes")
    assert [line["commit"] for line in lines(file)] == [commit.stdout.strip()]
    assert commit.stdout[:8] in reconcile("log").out


def test_a_saved_plan_and_destroy_and_forget_are_recorded_too(
    aws: Clients, desired: Desired, reconcile: Any, file: Path
) -> None:
    desired(setting("one"), setting("two"))
    reconcile("plan", "--out", "plan.json", "--only", "Parameter/one")
    assert reconcile("apply", "plan.json", "--yes").status == 0
    reconcile("apply", "--yes")
    assert reconcile("forget", "Parameter/two", "--yes").status == 0
    assert reconcile("destroy", "--yes").status == 0
    found = lines(file)
    assert [told(line) for line in found] == [
        ("create", "create", "Parameter/one", "done"),
        ("create", "create", "Parameter/two", "done"),
        ("forget", "update", "Parameter/two", "done"),
        ("delete", "delete", "Parameter/one", "done"),
    ]
    dropped = {"path": "tags.reconciler:estate", "old": "acme", "new": None}
    assert dropped in found[2]["fields"]
    assert len({line["run"] for line in found}) == 4


def test_what_fails_and_what_is_skipped_for_it_are_recorded_with_why(
    aws: Clients, desired: Desired, reconcile: Any, file: Path
) -> None:
    lost = ROLE.replace("own", "arn:aws:iam::aws:policy/Nothing")
    desired(lost, PROFILE)
    assert reconcile("apply", "--yes").status == 1
    failed, skipped = lines(file)
    assert told(failed) == ("create", "create", "Role/builder", "failed")
    assert "NoSuchEntity" in failed["why"]
    assert told(skipped) == ("create", "create", "InstanceProfile/builder", "skipped")
    assert skipped["why"] == "it needs Role/builder"
    assert skipped["requests"] == []
    assert (failed["awsId"], skipped["awsId"]) == ("", "")


def test_requests_are_those_that_changed_or_should_have_changed_the_thing(
    aws: Clients,
    desired: Desired,
    reconcile: Any,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make = Endpoint.make_request

    def named(self: Endpoint, model: Any, request: Any) -> Any:
        """The embedded AWS gives many requests the same id, and some none."""
        answer = make(self, model, request)
        answer[1]["ResponseMetadata"]["RequestId"] = model.name
        return answer

    monkeypatch.setattr(Endpoint, "make_request", named)
    group = document("SecurityGroup", "web", "{description: A}")
    desired(OWN, ROLE, PROFILE, group, setting("one"))
    reconcile("apply", "--yes")
    lost = ROLE.replace("own]", "'arn:aws:iam::aws:policy/Nothing']")
    desired(OWN.replace("Deny", "Allow"), lost)
    reconcile("apply", "--yes", "--only", "Role/builder", "--only", "Policy/own")
    requests = {told(line)[1:]: line["requests"] for line in lines(file)}
    assert requests["create", "Policy/own", "done"] == ["CreatePolicy"]
    assert requests["create", "Role/builder", "done"] == ["CreateRole", "AttachRolePolicy"]
    assert requests["create", "InstanceProfile/builder", "done"] == [
        "CreateInstanceProfile",
        "AddRoleToInstanceProfile",
    ]
    assert requests["create", "SecurityGroup/web", "done"][0] == "CreateSecurityGroup"
    assert requests["create", "Parameter/one", "done"] == ["PutParameter"]
    assert "AttachRolePolicy" in requests["update", "Role/builder", "failed"]
    # It lists the versions that are there, too.
    assert requests["update", "Policy/own", "done"] == ["CreatePolicyVersion"]


def test_no_secret_is_recorded(
    aws: Clients, desired: Desired, reconcile: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws("logs").create_log_group(logGroupName=GROUP)
    pair = document("KeyPair", "one", "{generate: {type: rsa}}")
    for value, pattern in (("hunter2", ""), ("hunter3", ""), ("hunter4", ", allowedPattern: x+")):
        monkeypatch.setenv("TOKEN", value)
        desired(pair, setting("one", f"{{secret: {{env: TOKEN}}{pattern}}}"), estate=WITH_GROUP)
        reconcile("apply", "--yes")
    outcomes = [told(line) for line in lines(file) if line["kind"] == "Parameter"]
    assert outcomes == [
        ("create", "create", "Parameter/one", "done"),
        ("update", "update", "Parameter/one", "done"),
        ("update", "update", "Parameter/one", "failed"),
    ]
    for record in (file.read_text(), "\n".join(in_the_group(aws)), reconcile("log").out):
        assert "Parameter" in record
        assert "hunter" not in record
        assert "PRIVATE" not in record


def test_a_line_is_there_before_its_thread_begins_the_next_step(
    aws: Clients, desired: Desired, reconcile: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[int] = []
    create = Parameter.create

    def counted(self: Parameter, *arguments: Any) -> str:
        there.append(len(lines(file)))
        return create(self, *arguments)

    monkeypatch.setattr(Parameter, "create", counted)
    monkeypatch.setattr(apply, "_IN_A_REGION", 1)
    desired(*(setting(f"p{number}") for number in range(12)))
    reconcile("apply", "--yes")
    assert there == list(range(12))


def command(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from reconciler.cli import main; main()", *arguments],
        env={**os.environ, "PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_run_did_before_it_was_stopped_is_recorded(
    number: signal.Signals, aws: Clients, desired: Desired, reconcile: Any, file: Path
) -> None:
    aws("logs").create_log_group(logGroupName=GROUP)
    pairs = (document("KeyPair", f"k{i}", "{generate: {type: rsa}}") for i in range(40))
    desired(*pairs, estate=WITH_GROUP)
    process = command("apply", "--yes")
    while process.poll() is None and not (file.exists() and file.stat().st_size):
        pass
    process.send_signal(number)
    process.communicate()
    whole = [json.loads(line) for line in file.read_text().split("\n")[:-1]]
    done = {line["awsName"] for line in whole if line["outcome"] == "done"}
    made = set(world(aws)["KeyPair"])
    assert done
    if number == signal.SIGTERM:
        assert done == made
        assert sorted(in_the_group(aws)) == sorted(file.read_text().splitlines())
    else:
        # Of the sixteen that go on side by side, some may be made and not be told of.
        assert done <= made
        assert len(made - done) <= 16


def test_nothing_is_changed_when_the_journal_can_t_be_opened(
    aws: Clients, desired: Desired, reconcile: Any, tmp_path: Path
) -> None:
    desired(setting("one"))
    (tmp_path / "a-file").touch()
    for place in (tmp_path, tmp_path / "a-file" / "journal"):
        refused = reconcile("apply", "--yes", "--journal", str(place))
        assert refused.status == 1
        assert f"the journal {place} can't be opened" in refused.err
        assert "nothing was changed" in refused.err
    assert world(aws)["Parameter"] == {}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")
def test_a_journal_that_fails_later_is_told_of_and_the_run_goes_on(
    aws: Clients, desired: Desired, reconcile: Any
) -> None:
    desired(setting("one"), setting("two"))
    applied = reconcile("apply", "--yes", "--journal", "/dev/full")
    assert applied.status == 1
    assert "the journal is not complete: /dev/full: No space left on device" in applied.err
    assert "Applied: 2 created." in applied.out
    forgotten = reconcile("forget", "Parameter/one", "--yes", "--journal", "/dev/full")
    assert forgotten.status == 1
    assert "forgot Parameter/one" in forgotten.out
    assert set(world(aws)["Parameter"]) == {"ci-one", "ci-two"}


def test_the_file_and_its_new_folders_are_its_user_s_alone(
    aws: Clients, desired: Desired, reconcile: Any, tmp_path: Path
) -> None:
    desired(setting("one"))
    file = tmp_path / "a" / "b" / "journal"
    assert reconcile("apply", "--yes", "--journal", str(file)).status == 0
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (file, file.parent, file.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_the_command_line_is_heard_before_the_environment_and_that_before_custom(
    aws: Clients,
    desired: Desired,
    reconcile: Any,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "custom"))
    asked, custom = tmp_path / "asked", tmp_path / "custom" / "reconcile" / "acme.jsonl"
    for name, wanted in (("a", asked), ("b", file), ("c", custom)):
        desired(setting(name), BYSTANDER)
        if wanted == custom:
            monkeypatch.delenv("RECONCILE_JOURNAL")
        arguments = ["--journal", str(asked)] if wanted == asked else []
        assert reconcile("apply", "--yes", "--only", f"Parameter/{name}", *arguments).status == 0
        assert [line["name"] for line in lines(wanted)] == [name]
        assert f"Parameter/{name}" in reconcile("log", *arguments).out


def test_what_somebody_left_half_written_spoils_no_later_line(
    aws: Clients, desired: Desired, reconcile: Any, file: Path
) -> None:
    file.parent.mkdir()
    file.write_text('{"version": 1, "ti')
    desired(setting("one"), setting("two"))
    reconcile("apply", "--yes")
    half, *whole = file.read_text().splitlines()
    assert half == '{"version": 1, "ti'
    assert [json.loads(line)["outcome"] for line in whole] == ["done", "done"]
    read = reconcile("log")
    assert read.status == 0
    assert f"{file}:1: this line is left out: it is broken" in read.err
    assert len(read.out.splitlines()) == 2


@pytest.mark.parametrize("why", ["nothing to do", "no answer", "refused"])
def test_a_run_that_does_nothing_leaves_no_record(
    why: str,
    aws: Clients,
    desired: Desired,
    reconcile: Any,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aws("logs").create_log_group(logGroupName=GROUP)
    desired(setting("one"), estate=WITH_GROUP)
    if why in ("nothing to do", "refused"):
        reconcile("apply", "--yes", "--journal", "elsewhere")
    if why == "refused":
        desired(estate=WITH_GROUP)
    before = aws("logs").describe_log_streams(logGroupName=GROUP)["logStreams"]
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: SIM115
    reconcile("apply", *([] if why == "no answer" else ["--yes"]))
    assert not file.exists()
    assert aws("logs").describe_log_streams(logGroupName=GROUP)["logStreams"] == before


def test_the_group_gets_the_same_lines_in_a_stream_for_each_run(
    aws: Clients, desired: Desired, reconcile: Any, file: Path
) -> None:
    aws("logs").create_log_group(logGroupName=GROUP)
    for number in (1, 2):
        desired(*(setting(f"p{i}") for i in range(number * 3)), estate=WITH_GROUP)
        assert reconcile("apply", "--yes").status == 0
    assert in_the_group(aws) == file.read_text().splitlines()
    streams = aws("logs").describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert {one["logStreamName"] for one in streams} == {line["run"] for line in lines(file)}


def test_nothing_is_changed_when_the_group_is_not_there(
    aws: Clients, desired: Desired, reconcile: Any
) -> None:
    desired(setting("one"), estate=WITH_GROUP)
    for arguments in (["apply", "--yes"], ["log"]):
        refused = reconcile(*arguments)
        assert refused.status == 1
        assert "create-log-group --region eu-central-1 --log-group-name /ci/journal" in refused.err
    assert world(aws)["Parameter"] == {}


def test_a_group_that_fails_later_is_told_of_once_and_the_file_is_whole(
    aws: Clients, desired: Desired, reconcile: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Aws.client

    def denied(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutLogEvents")

    def clients(self: Aws, service: str, region: str | None = None) -> Any:
        made = client(self, service, region)
        if service == "logs":
            made.put_log_events = denied
        return made

    monkeypatch.setattr(Aws, "client", clients)
    monkeypatch.setattr(logs, "_SENT_EVERY", 0.0)
    aws("logs").create_log_group(logGroupName=GROUP)
    desired(*(setting(f"p{i}") for i in range(9)), estate=WITH_GROUP)
    applied = reconcile("apply", "--yes")
    assert applied.status == 1
    assert "Applied: 9 created." in applied.out
    # When it was first tried, and at the end.
    assert applied.err.count("the journal is not complete: PutLogEvents: AccessDenied") == 2
    assert len(lines(file)) == 9


def test_what_could_not_be_forgotten_is_told_and_recorded(
    aws: Clients, desired: Desired, reconcile: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired(setting("one"))
    reconcile("apply", "--yes", "--journal", "elsewhere")

    def denied(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "RemoveTags")

    monkeypatch.setattr(Parameter, "tag", denied)
    forgotten = reconcile("forget", "Parameter/one", "--yes")
    assert (forgotten.status, forgotten.out) == (1, "")
    assert "Parameter/one: RemoveTags: AccessDenied: no" in forgotten.err
    assert [told(line) for line in lines(file)] == [("forget", "update", "Parameter/one", "failed")]


def test_what_is_too_long_for_the_group_is_left_out_there_and_whole_in_the_file(
    aws: Clients, desired: Desired, reconcile: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LONGEST", 900)
    aws("logs").create_log_group(logGroupName=GROUP)
    desired(setting("one", f"{{value: {'x' * 500}}}"), estate=WITH_GROUP)
    assert reconcile("apply", "--yes").status == 0
    (filed,), (logged,) = lines(file), map(json.loads, in_the_group(aws))
    assert {"path": "value", "old": None, "new": "x" * 500} in filed["fields"]
    assert logged == {**filed, "fields": logged["fields"]}
    assert "left out" in logged["fields"][0]["new"]
    assert "Parameter/one" in reconcile("log").out
