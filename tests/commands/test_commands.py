"""The commands as people and pipelines use them: what they print, ask and answer."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ESTATE
from tests.laws.cases import BYSTANDER, Clients, document
from tests.world import tags, world

GROUP = document("SecurityGroup", "a", "{description: A}")
PARAMETER = document("Parameter", "b", "{value: x}")
DENY = '{Version: "2012-10-17", Statement: {Effect: Deny, Action: "*", Resource: "*"}}'


def answering(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_exit_statuses_of_plan(aws: object, desired: Callable[..., None], reconcile: Any) -> None:
    desired(GROUP)
    assert reconcile("plan").status == 0
    assert reconcile("plan", "--detailed-exitcode").status == 2
    reconcile("apply", "--yes")
    assert reconcile("plan", "--detailed-exitcode").status == 0
    (Path("desired") / "all.yml").write_text("kind: [")
    assert reconcile("plan", "--detailed-exitcode").status == 1


@pytest.mark.parametrize(
    "arguments",
    [["plan", "--detailed-exitcod"], ["paln"], ["plan", "a", "b"], ["apply", "--only"]],
)
def test_a_mistyped_command_never_looks_like_changes(arguments: list[str], reconcile: Any) -> None:
    ran = reconcile(*arguments)
    assert ran.status == 1
    assert "`reconcile --help` tells more" in ran.err


def test_apply_asks_and_only_yes_goes_on(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desired(GROUP)
    for text in ("", "\n", "no\n", "y\n"):
        answering(monkeypatch, text)
        refused = reconcile("apply")
        assert refused.status == 1
        assert "+ create SecurityGroup/a" in refused.out
        assert "nothing was changed" in refused.err
    assert world(aws)["SecurityGroup"] == {}
    answering(monkeypatch, "yes\n")
    assert reconcile("apply").status == 0
    assert list(world(aws)["SecurityGroup"]) == ["ci-a"]
    answering(monkeypatch, "")
    assert reconcile("apply").status == 0


def test_destroy_wants_the_name_of_the_estate(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desired(GROUP, PARAMETER)
    reconcile("apply", "--yes")
    aws("ec2").create_security_group(GroupName="theirs", Description="Not ours")
    answering(monkeypatch, "yes\n")
    assert reconcile("destroy").status == 1
    answering(monkeypatch, "acme\n")
    destroyed = reconcile("destroy")
    assert destroyed.status == 0
    assert "Applied: 2 deleted." in destroyed.out
    assert list(world(aws)["SecurityGroup"]) == ["theirs"]
    assert world(aws)["Parameter"] == {}


def test_only_takes_globs_and_leaves_the_rest(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(GROUP, PARAMETER, document("Parameter", "c", "{value: x}"))
    planned = reconcile("plan", "--only", "Parameter/*", "--only", "KeyPair/x")
    assert planned.status == 1
    assert "--only KeyPair/x names nothing that is declared or in AWS" in planned.err
    applied = reconcile("apply", "--yes", "--only", "Para*/b")
    assert "Applied: 1 created." in applied.out
    assert list(world(aws)["Parameter"]) == ["ci-b"]
    assert world(aws)["SecurityGroup"] == {}


def test_what_only_leaves_out_and_is_needed_is_named(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    trust = (
        '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:AssumeRole", '
        "Principal: {Service: ec2.amazonaws.com}}]}"
    )
    desired(
        document("Role", "a", f"{{trustPolicy: {trust}}}"),
        document("InstanceProfile", "p", "{role: a}"),
    )
    applied = reconcile("apply", "--yes", "--only", "InstanceProfile/p")
    assert applied.status == 1
    assert "it needs Role/a" in applied.out


def test_what_the_account_has_once_and_what_each_region_has(
    aws: Clients, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = ESTATE.replace("[eu-central-1]", "[eu-central-1, us-west-2], tags: {team: x}")
    desired(GROUP, PARAMETER, document("Policy", "p", f"{{document: {DENY}}}"), estate=two)
    assert "Applied: 5 created." in reconcile("apply", "--yes").out
    assert reconcile("plan", "--detailed-exitcode").status == 0
    desired(PARAMETER, estate=two)
    assert "Plan: 3 to delete, 2 unchanged." in reconcile("plan").out
    for region in ("eu-central-1", "us-west-2"):
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        for kind, name in (("SecurityGroup", "ci-a"), ("Parameter", "ci-b"), ("Policy", "ci-p")):
            assert tags(aws, kind, name)["team"] == "x"


def test_another_prefix_is_another_name_and_replaces(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(GROUP, PARAMETER)
    reconcile("apply", "--yes")
    desired(GROUP, PARAMETER, estate=ESTATE.replace("ci-", "new-"))
    planned = reconcile("plan").out
    assert "± replace SecurityGroup/a" in planned
    assert "name  ci-a → new-a  forces the replacement" in planned
    assert reconcile("apply", "--yes").status == 0
    assert reconcile("plan", "--detailed-exitcode").status == 0
    assert (list(world(aws)["SecurityGroup"]), list(world(aws)["Parameter"])) == (
        ["new-a"],
        ["new-b"],
    )


@pytest.mark.parametrize("command", ["plan", "apply", "destroy"])
def test_another_account_is_refused(
    command: str, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(GROUP, estate=ESTATE.replace("123456789012", "999999999999"))
    ran = reconcile(command, *(["--yes"] if command != "plan" else []))
    assert ran.status == 1
    assert "the credentials lead to account 123456789012" in ran.err
    assert "not to 999999999999" in ran.err
    assert world(aws)["SecurityGroup"] == {}


def test_documents_may_come_from_standard_input(
    aws: object, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, f"{ESTATE}---\n{GROUP}")
    assert "create SecurityGroup/a" in reconcile("plan", "-").out
    answering(monkeypatch, f"{ESTATE}---\n{GROUP}")
    refused = reconcile("apply", "-")
    assert refused.status == 1
    assert "--yes" in refused.err


def test_every_mistake_is_told_and_nothing_is_asked_of_aws(
    sandbox: Any, aws: object, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(document("SecurityGroup", "a", "{descriptoin: A}"), document("Parametr", "b", "{}"))
    before = len(sandbox.requests)
    ran = reconcile("plan")
    assert ran.status == 1
    assert "did you mean 'description'?" in ran.err
    assert "did you mean 'Parameter'?" in ran.err
    assert ran.err.count("desired/all.yml:") >= 2
    assert len(sandbox.requests) == before


def test_no_aws_to_be_reached_is_one_line(
    aws: object, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired(GROUP)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    ran = reconcile("plan")
    assert ran.status == 1
    assert "Could not connect to the endpoint URL" in ran.err
    assert "Traceback" not in ran.err


def test_missing_credentials_are_one_line_that_says_what_to_do(
    aws: object, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired(GROUP)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    ran = reconcile("plan")
    assert ran.status == 1
    assert "set AWS_PROFILE, or sign in" in ran.err


def test_two_plans_of_the_same_inputs_are_the_same_bytes(
    aws: object, desired: Callable[..., None], reconcile: Any
) -> None:
    rules = "[{protocol: tcp, ports: 22, cidrs: [10.0.0.0/8, 10.0.0.0/9, 10.0.0.0/10, '::/0']}]"
    desired(document("SecurityGroup", "a", f"{{description: A, ingress: {rules}}}"), PARAMETER)

    def printed(seed: str) -> bytes:
        command = [sys.executable, "-c", "from reconciler.cli import main; main()", "plan"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": _ROOT}
        return subprocess.run(command, env=environment, capture_output=True, check=True).stdout

    first = printed("1")
    assert b"create SecurityGroup/a" in first
    assert printed("2") == first
    reconcile("apply", "--yes")
    desired(document("SecurityGroup", "a", "{description: A, ingress: []}"))
    assert printed("3") == printed("4")


_ROOT = str(Path(__file__).parents[2])


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        ("--help", {"boto3", "botocore", "deepdiff", "jsonschema", "pydantic", "yaml", "moto"}),
        ("validate", {"boto3", "botocore", "deepdiff", "jsonschema", "moto", "cryptography"}),
    ],
)
def test_what_a_command_does_not_use_is_not_imported(
    command: str, unwanted: set[str], desired: Callable[..., None]
) -> None:
    desired(GROUP, PARAMETER)
    script = (
        "import atexit, sys; from reconciler.cli import main; "
        "atexit.register(lambda: print(*sys.modules)); main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, command],
        env={**os.environ, "PYTHONPATH": _ROOT},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not unwanted & set(ran.stdout.split())


@pytest.mark.parametrize(
    ("form", "begins"),
    [("text", "Estate acme"), ("json", "{\n"), ("markdown", "#"), ("html", "<!DOCTYPE html>")],
)
def test_a_plan_has_many_forms_of_the_same_bytes(
    form: str, begins: str, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(GROUP, PARAMETER)
    planned = reconcile("plan", "--format", form, "--detailed-exitcode")
    assert planned.status == 2
    assert planned.out.lower().startswith(begins.lower())
    assert "SecurityGroup" in planned.out
    assert planned.out.endswith("\n")
    assert reconcile("plan", "--format", form).out == planned.out


def test_status_tells_of_everything_where_it_is_and_how(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    gone, kept, changed = (
        document("Parameter", name, "{value: x}") for name in ("gone", "kept", "changed")
    )
    kept = kept.replace("tags: {}", 'annotations: {reconciler/protect: "true"}')
    desired(gone, kept, changed)
    reconcile("apply", "--yes")
    aws("ssm").put_parameter(Name="ci-theirs", Value="x", Type="String")
    aws("ssm").put_parameter(Name="ci-changed", Value="z", Overwrite=True)
    theirs = document("Parameter", "theirs", "{value: x}")
    desired(kept, changed, theirs, GROUP)
    told = reconcile("status")
    assert told.status == 0
    assert [re.split(r"  +", line.rstrip()) for line in told.out.splitlines()] == [
        ["resource", "region", "in AWS", "condition"],
        ["Parameter/changed", "eu-central-1", "ci-changed", "differs"],
        ["Parameter/gone", "eu-central-1", "ci-gone", "not declared"],
        ["Parameter/kept", "eu-central-1", "ci-kept", "as declared, protected"],
        ["Parameter/theirs", "eu-central-1", "ci-theirs", "in conflict"],
        ["SecurityGroup/a", "eu-central-1", "-", "missing"],
    ]


def test_what_has_the_estate_s_tag_alone_is_told_and_left_alone(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    tags = [{"Key": "reconciler:estate", "Value": "acme"}]
    made = aws("ec2").create_security_group(
        GroupName="by-hand",
        Description="x",
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )
    desired(BYSTANDER)
    planned = reconcile("plan")
    assert planned.status == 0
    assert f"by-hand ({made['GroupId']}) has our tag, and no name of ours" in planned.out
    assert "delete" not in planned.out
