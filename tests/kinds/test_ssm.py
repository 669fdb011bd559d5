"""Parameters and documents: no secret is told, and what was not changed is not read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from reconciler.aws.errors import Refused
from reconciler.aws.session import Aws
from reconciler.kinds.parameter import Parameter, ParameterSpec
from reconciler.sandbox import Sandbox
from tests.laws.cases import Clients, document
from tests.world import tags, world

PARAMETER = "Parameter"
TOKEN = "{secret: {env: TOKEN}}"
CANARY = "canary-3f9a"


def test_a_secret_is_in_its_parameter_and_in_nothing_that_is_told(
    aws: Clients, converge: Any, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for value in (CANARY, f"{CANARY}-2"):
        monkeypatch.setenv("TOKEN", value)
        told += [reconcile("plan", "--detailed-exitcode"), converge((PARAMETER, "a", TOKEN))]
        assert world(aws)[PARAMETER]["ci-a"]["Value"] == value
    assert "~ update Parameter/a" in told[3].out
    assert "another value → $TOKEN" in told[3].out
    assert CANARY not in str(told)
    assert CANARY not in str(tags(aws, PARAMETER, "ci-a"))


def test_a_secret_that_aws_refuses_is_not_told_either(
    aws: Clients, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    desired(document(PARAMETER, "a", "{secret: {env: TOKEN}, allowedPattern: '^[0-9]+$'}"))
    failed = reconcile("apply", "--yes")
    assert failed.status == 1
    assert "✗ Parameter/a failed" in failed.out
    assert CANARY not in str(failed)


def test_an_error_that_repeats_a_secret_is_told_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Echo:
        """An AWS that says no by repeating what it was told."""

        def client(self, _: str) -> Echo:
            return self

        def patiently(self, call: Callable[[], Any], *_: str) -> Any:
            return call()

        def put_parameter(self, Value: str, **_: object) -> None:  # noqa: N803
            told = {"Error": {"Code": "ValidationException", "Message": f"not {Value}"}}
            raise ClientError(told, "PutParameter")

    monkeypatch.setenv("TOKEN", CANARY)
    spec = ParameterSpec.model_validate({"secret": {"env": "TOKEN"}})
    with pytest.raises(Refused) as refused:
        Parameter().create(cast(Aws, Echo()), "ci-a", spec, {})
    assert "not (the secret)" in str(refused.value)
    assert refused.value.__cause__ is None
    assert CANARY not in str(refused.value)


def test_a_secret_that_is_not_at_hand_is_not_compared_and_the_plan_says_so(
    converge: Any, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    converge((PARAMETER, "a", TOKEN))
    monkeypatch.delenv("TOKEN")
    planned = reconcile("plan", "--detailed-exitcode")
    assert planned.status == 0
    assert "Parameter/a: its value was not compared with $TOKEN" in planned.out


def test_a_secret_that_is_not_at_hand_is_not_made_up(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(document(PARAMETER, "a", TOKEN))
    failed = reconcile("apply", "--yes")
    assert failed.status == 1
    assert "its value comes from $TOKEN, which is not set or empty" in failed.out
    assert world(aws)[PARAMETER] == {}


def test_a_secret_may_stand_in_a_file_beside_the_document(
    aws: Clients, converge: Any, tmp_path: Any
) -> None:
    (tmp_path / "desired" / "token").write_text(f"{CANARY}\n")
    converge((PARAMETER, "a", "{secret: {file: token}}"))
    assert world(aws)[PARAMETER]["ci-a"]["Value"] == CANARY


def test_a_secret_that_others_overwrote_is_put_back(
    aws: Clients, converge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", CANARY)
    converge((PARAMETER, "a", TOKEN))
    aws("ssm").put_parameter(Name="ci-a", Value="theirs", Overwrite=True)
    assert "another value → $TOKEN" in converge((PARAMETER, "a", TOKEN)).out
    assert world(aws)[PARAMETER]["ci-a"]["Value"] == CANARY


def test_a_name_with_a_slash_is_a_path(aws: Clients, converge: Any) -> None:
    converge((PARAMETER, "fleet/size", "{value: '3'}"))
    assert list(world(aws)[PARAMETER]) == ["/ci-fleet/size"]


def test_the_order_of_a_list_is_shown(converge: Any) -> None:
    converge((PARAMETER, "a", "{values: [b, a]}"))
    assert "values  b, a → a, b" in converge((PARAMETER, "a", "{values: [a, b]}")).out


def test_values_and_contents_that_are_as_written_are_not_read_again(
    sandbox: Sandbox, converge: Any, reconcile: Any
) -> None:
    steps = '[{action: "aws:runShellScript", name: a, inputs: {runCommand: [date]}}]'
    content = f'{{schemaVersion: "2.2", mainSteps: {steps}}}'
    converge((PARAMETER, "a", "{value: x}"), ("Document", "a", f"{{content: {content}}}"))
    before = len(sandbox.requests)
    assert reconcile("plan", "--detailed-exitcode").status == 0
    asked = {operation for _, operation in sandbox.requests[before:]}
    assert not asked & {"GetParameter", "GetParameters", "GetDocument"}


def test_a_document_keeps_its_versions_and_runs_the_one_that_git_says(
    aws: Clients, converge: Any
) -> None:
    content = (
        '{schemaVersion: "2.2", mainSteps: [{action: "aws:runShellScript", name: a, '
        "inputs: {runCommand: [echo %s]}}]}"
    )
    for number in (1, 2, 3):
        converge(("Document", "a", f"{{content: {content % number}}}"))
    there = world(aws)["Document"]["ci-a"]
    assert (there["DefaultVersion"], there["LatestVersion"]) == ("3", "3")
    converge(("Document", "a", f"{{content: {content % 3}, defaultVersion: 1}}"))
    assert world(aws)["Document"]["ci-a"]["DefaultVersion"] == "1"


@pytest.mark.parametrize("form", ["JSON", "YAML"])
def test_a_document_may_stand_in_a_file_of_either_form(
    form: str, aws: Clients, converge: Any, tmp_path: Any
) -> None:
    texts = {
        "JSON": '{"schemaVersion": "2.2", "mainSteps": [{"action": "aws:x", "name": "a"}]}',
        "YAML": 'schemaVersion: "2.2"\nmainSteps:\n- action: aws:x\n  name: a\n',
    }
    (tmp_path / "desired" / "script").write_text(texts[form])
    converge(("Document", "a", f"{{content: {{file: script}}, format: {form}}}"))
    assert world(aws)["Document"]["ci-a"]["DocumentFormat"] == form
