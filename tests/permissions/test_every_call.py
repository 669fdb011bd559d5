"""Each action that the policies list is used, and on nothing that they do not name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from reconciler.aws import trail
from tests.conftest import ApiCall, Proven
from tests.laws.cases import BYSTANDER, CASES, SECURITY_GROUP, Case, Clients, document
from tests.permissions.allowed import needed

GROUP, ACCOUNT = "/fleet/journal", "123456789012"
ESTATE = f"""\
apiVersion: reconciler/v1
kind: Estate
metadata: {{name: acme}}
spec:
  prefix: ci-
  regions: [eu-central-1]
  accounts: ["{ACCOUNT}", {{id: "210987654321", role: ci/reconcile}}]
  journal: {{logGroup: {GROUP}}}
  limits: {{deletes: 100, deletesPercent: 100}}
"""

SHOWN_BY_NO_CALL = {
    "iam:PassRole",  # is needed for AddRoleToInstanceProfile
    # AWS wants these of whoever tags.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_roles.html
    "iam:ListInstanceProfileTags",
    "iam:ListOpenIDConnectProviderTags",
    "iam:ListPolicyTags",
    "iam:ListRoleTags",
    # It is SSM that calls KMS.
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
}


def test_a_life_of_every_kind_takes_all_that_is_listed_and_stays_inside_it(
    desired: Callable[..., None],
    aws: Clients,
    calls: list[ApiCall],
    reconcile: Any,
    proven: Proven,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOKEN", "nobody's business")
    monkeypatch.setattr(trail, "PACE_SECONDS", 0.0)
    aws("logs").create_log_group(logGroupName=GROUP)
    listed: set[str] = set()

    def run(*command: str) -> None:
        printed = reconcile("permissions")
        assert printed.status == 0, printed
        statements = json.loads(printed.out)["Statement"]
        listed.update(action for one in statements for action in _many(one["Action"]))
        before = len(calls)
        ran = reconcile(*command)
        assert ran.status == 0, ran
        assert [one for one in calls[before:] if not _allowed(one, statements)] == []

    for case in CASES:
        case.foreign(aws)
    desired(_here(BYSTANDER), estate=ESTATE)
    left = left_by_a_fleet(aws)
    run("plan")
    aws("ec2").delete_launch_template(LaunchTemplateId=left)
    run("apply", "--yes")
    adopted = Path("desired/adopted.yml")
    adopted.write_text(reconcile("import", "--all").out)
    run("apply", "--yes")
    run("destroy", "--yes")
    adopted.unlink()
    for number in range(7):
        desired(*_everything(number), estate=ESTATE)
        run("apply", "--yes")
    SECURITY_GROUP.drifts[0](aws)
    run("drift")
    run("log")
    run("destroy", "--yes")
    used = needed(calls)
    proven("power", ("a life of every kind",), (len(calls), len(used)), [])
    assert listed - SHOWN_BY_NO_CALL == used


def left_by_a_fleet(aws: Clients) -> str:
    """A launch template of ours, whose worker type git has not had for long."""
    tags = [
        {"Key": "reconciler:estate", "Value": "acme"},
        {"Key": "reconciler:resource", "Value": "LaunchTemplate/gone.0123456789ab"},
    ]
    made = aws("ec2").create_launch_template(
        LaunchTemplateName="ci-gone.0123456789ab",
        LaunchTemplateData={"KeyName": "somebody-s"},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def _everything(number: int) -> Iterator[str]:
    """Something of every kind after so many of its edits, and with a tag now and then."""
    tags = "{team: a}" if number % 2 else "{}"
    for one in (BYSTANDER, *(some for case in CASES for some in case.around)):
        yield _here(one)
    for case in CASES:
        yield _here(document(case.kind, "one", _specs(case)[: number + 1][-1], tags))


def _here(text: str) -> str:
    return text.replace("tags: ", f"accounts: ['{ACCOUNT}'], tags: ", 1)


def _specs(case: Case) -> list[str]:
    specs = [case.spec, *(spec for spec, _ in case.edits if "tags: {Name" not in spec)]
    if case is SECURITY_GROUP:
        told = specs[3].replace("cidrs: [0.0.0.0/0]", "cidrs: [0.0.0.0/0], description: Web")
        specs.insert(4, told)
    return specs


def _allowed(call: ApiCall, statements: list[Mapping[str, Any]]) -> bool:
    """Whether IAM would allow the call, as far as that does not depend on tags that are there."""
    (action,) = needed([call]) or {""}
    about = [
        arn
        for one in statements
        if action in _many(one["Action"])
        for arn in _many(one["Resource"])
    ]
    return not action or all(
        any(fnmatchcase(thing, arn) for arn in about) for thing in _things(call)
    )


def _things(call: ApiCall) -> Iterator[str]:
    """The ARNs of what the call is about; of what IAM knows no single one, any will do."""
    asked = call.parameters
    match call.service:
        case "iam":
            yield _in_iam(asked)
        case "ssm":
            sort = asked.get("ResourceType", "Document" if "Document" in call.operation else "")
            names = asked.get("Names") or [asked.get("Name") or asked.get("ResourceId") or ""]
            for name in names:
                thing = f"{(sort or 'Parameter').lower()}/{name.removeprefix('/')}"
                yield f"arn:aws:ssm:eu-central-1:{ACCOUNT}:{thing}"
        case "ec2":
            yield f"arn:aws:ec2:eu-central-1:{ACCOUNT}:{_in_ec2(asked)}"
        case "logs":
            group = asked["logGroupName"]
            yield f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:{group}:log-stream:"
        case "sqs":
            name = asked.get("QueueName") or asked.get("QueueUrl", "").rpartition("/")[2]
            yield f"arn:aws:sqs:eu-central-1:{ACCOUNT}:{name}" if name else "*"
        case "events":
            rule = asked.get("Name") or asked.get("Rule")
            arn = f"arn:aws:events:eu-central-1:{ACCOUNT}:rule/{rule}"
            yield asked.get("ResourceARN") or (arn if rule else "*")
        case "sts":
            yield asked["RoleArn"]
        case _:
            yield "*"


def _in_iam(asked: Mapping[str, Any]) -> str:
    for parameter, sort in (
        ("InstanceProfileName", "instance-profile"),
        ("RoleName", "role"),
        ("PolicyName", "policy"),
    ):
        if parameter in asked:
            return f"arn:aws:iam::{ACCOUNT}:{sort}{asked.get('Path', '/')}{asked[parameter]}"
    if "Url" in asked:
        return f"arn:aws:iam::{ACCOUNT}:oidc-provider/{asked['Url'].removeprefix('https://')}"
    return str(asked.get("PolicyArn") or asked.get("OpenIDConnectProviderArn") or "*")


def _in_ec2(asked: Mapping[str, Any]) -> str:
    if "KeyName" in asked:
        return f"key-pair/{asked['KeyName']}"
    (one,) = asked.get("Resources") or [asked.get("KeyPairId") or asked.get("GroupId") or "sg-new"]
    return f"key-pair/{one}" if one.startswith("key-") else f"security-group/{one}"


def _many(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
