"""What others have made becomes ours by import, commit and apply, and nothing of it changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.kinds import STANDING
from tests.laws.cases import BYSTANDER, CASES, Case, Clients, Deed, document
from tests.laws.test_laws import nothing
from tests.world import world

pytestmark = pytest.mark.usefixtures("case_alone")
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
SECRET = "a secret, and nobody's business"
TRUST = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:AssumeRole",'
    '"sts:TagSession"],"Principal":{"AWS":"arn:aws:iam::123456789012:root","Service":"ec2.amazonaws.com"}}}'
)
DENY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}}'
STEPS = [{"action": "aws:runShellScript", "name": "x", "inputs": {"runCommand": ["a: b", "'"]}}]
CONTENT = {"schemaVersion": "2.2", "description": "Odd", "mainSteps": STEPS}


def _group(aws: Clients) -> None:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    for name in ("by hand (2)", "ci-one"):
        made = ec2.create_security_group(
            GroupName=name,
            Description="what: [it] is",
            VpcId=vpc,
            TagSpecifications=[
                {
                    "ResourceType": "security-group",
                    "Tags": [{"Key": "Name", "Value": "x"}, {"Key": "odd*key", "Value": "é,b"}],
                }
            ],
        )["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=made,
            IpPermissions=[
                {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": made, "Description": "us"}]},
                {
                    "IpProtocol": "icmp",
                    "FromPort": -1,
                    "ToPort": -1,
                    "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
                },
                {
                    "IpProtocol": "tcp",
                    "FromPort": 1,
                    "ToPort": 9,
                    "IpRanges": [
                        {"CidrIp": "1.2.3.4/32", "Description": "one"},
                        {"CidrIp": "1.2.3.5/32"},
                    ],
                    "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
                },
            ],
        )
        ec2.revoke_security_group_egress(
            GroupId=made,
            IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        )


def _policy(aws: Clients) -> None:
    made = aws("iam").create_policy(
        PolicyName="By.Hand@2", Path="/a/b/", Description="Odd, and legal", PolicyDocument=DENY
    )
    aws("iam").create_policy_version(PolicyArn=made["Policy"]["Arn"], PolicyDocument=DENY)


def _role(aws: Clients) -> None:
    iam = aws("iam")
    made = iam.create_policy(PolicyName="bound", PolicyDocument=DENY)["Policy"]["Arn"]
    iam.create_role(
        RoleName="By=Hand",
        Path="/a/",
        Description="It's: odd",
        AssumeRolePolicyDocument=TRUST,
        MaxSessionDuration=43200,
        PermissionsBoundary=made,
        Tags=[{"Key": "a b", "Value": ""}],
    )
    iam.put_role_policy(RoleName="By=Hand", PolicyName="in.line", PolicyDocument=DENY)
    iam.attach_role_policy(RoleName="By=Hand", PolicyArn=made)


def _profile(aws: Clients) -> None:
    iam = aws("iam")
    iam.create_role(RoleName="odd", AssumeRolePolicyDocument=TRUST)
    for name in ("By,Hand", "ci-empty"):
        iam.create_instance_profile(InstanceProfileName=name, Path="/a/")
    iam.add_role_to_instance_profile(InstanceProfileName="By,Hand", RoleName="odd")


def _parameters(aws: Clients) -> None:
    put = aws("ssm").put_parameter
    put(Name="/by/hand", Type="SecureString", Value=SECRET, KeyId="alias/ours")
    put(Name="list", Type="StringList", Value="b,a,,a", Description="Not in order")
    put(Name="/a/text", Type="String", Value="  - x: 'y'\n\ttab\n", AllowedPattern="(?s).*")
    policy = {
        "Type": "NoChangeNotification",
        "Version": "1.0",
        "Attributes": {"After": "20", "Unit": "Days"},
    }
    put(Name="Old", Type="String", Value="no", Tier="Advanced", Policies=json.dumps([policy]))
    put(Name="image", Type="String", Value="ami-0123456789abcdef0", DataType="aws:ec2:image")


def _documents(aws: Clients) -> None:
    made = aws("ssm").create_document
    made(Name="By.Hand", DocumentType="Command", Content=json.dumps(CONTENT), VersionName="a.1")
    aws("ssm").update_document(
        Name="By.Hand",
        Content=json.dumps({**CONTENT, "description": "Two"}),
        DocumentVersion="$LATEST",
    )
    made(
        Name="yaml_one",
        DocumentType="Command",
        DocumentFormat="YAML",
        TargetType="/AWS::EC2::Instance",
        DisplayName="A name",
        Content=yaml.safe_dump(CONTENT),
    )


def _queues(aws: Clients) -> None:
    sqs = aws("sqs")
    arn = "arn:aws:sqs:eu-central-1:123456789012:By_Hand"
    statement = {
        "Sid": "__owner_statement",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "SQS:*",
        "Resource": arn,
    }
    policy = {"Version": "2012-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    sqs.create_queue(
        QueueName="By-Hand.fifo",
        Attributes={
            "FifoQueue": "true",
            "ContentBasedDeduplication": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        },
        tags={"a b": "x"},
    )
    redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": "7"}
    sqs.create_queue(QueueName="By_Hand", Attributes={"Policy": json.dumps(policy)})
    sqs.create_queue(
        QueueName="ci-hers",
        Attributes={"RedrivePolicy": json.dumps(redrive), "KmsMasterKeyId": "alias/aws/sqs"},
    )


def _rules(aws: Clients) -> None:
    events = aws("events")
    pattern = '{ "source": ["a"], "detail": {"b": [{"exists": false}, null]}}'
    events.put_rule(
        Name="By.Hand",
        EventPattern=pattern,
        ScheduleExpression="cron(0 12 * * ? *)",
        State="DISABLED",
        Description="It's: odd",
        Tags=[{"Key": "a b", "Value": ""}],
    )
    queue = "arn:aws:sqs:eu-central-1:210987654321:other.fifo"
    target = {"Id": "1", "Arn": queue, "SqsParameters": {"MessageGroupId": "a"}}
    events.put_targets(Rule="By.Hand", Targets=[target])


ODD: dict[str, Sequence[Deed]] = {
    "KeyPair": (lambda aws: aws("ec2").create_key_pair(KeyName="by hand: 2", KeyType="ed25519"),),
    "SecurityGroup": (_group,),
    "Policy": (_policy,),
    "Role": (_role,),
    "InstanceProfile": (_profile,),
    "OIDCProvider": (
        lambda aws: aws("iam").create_open_id_connect_provider(
            Url="https://odd.example.org/a/b", ClientIDList=["x y"], ThumbprintList=["AB" * 20]
        ),
    ),
    "Parameter": (_parameters,),
    "Document": (_documents,),
    "Queue": (_queues,),
    "EventRule": (_rules,),
}


@pytest.mark.parametrize("kind", list(STANDING))
def test_what_is_there_is_adopted_as_it_is_whoever_made_it_and_however(
    kind: str,
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BY_HAND", SECRET)
    for deed in ODD[kind]:
        deed(aws)
    before = _untagged(world(aws))
    desired(BYSTANDER)
    told = reconcile("import", "--all")
    assert told.status == 0, told
    assert SECRET not in told.out + told.err
    assert "exactly" not in told.err
    Path("desired/adopted.yml").write_text(told.out)
    planned = json.loads(reconcile("plan", "--format", "json").out)
    changes = [change for change in planned["changes"] if change["name"] != "bystander"]
    assert {change["action"] for change in changes} == {"adopt"}
    fields = {field["path"] for change in changes for field in change["fields"]}
    assert {path.partition(":")[0] for path in fields} == {"tags.reconciler"}
    applied = reconcile("apply", "--yes")
    assert applied.status == 0, applied
    after = _untagged(world(aws))
    after["Policy"].pop("ci-bystander")
    assert after == before
    nothing(reconcile)
    assert reconcile("import", "--all").out == ""


@each
def test_a_conflict_is_settled_by_the_import_that_the_plan_names(
    case: Case, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(BYSTANDER, *case.around)
    reconcile("apply", "--yes")
    case.foreign(aws)
    name = "one"
    desired(BYSTANDER, *case.around, document(case.kind, name, case.spec))
    command = f"reconcile import {case.kind} {name}"
    assert f"`{command}`" in reconcile("plan").out
    told = reconcile(*command.split()[1:])
    assert told.status == 0, told
    assert f"{case.kind}/{name} is declared at" in told.err
    desired(BYSTANDER, *case.around, told.out.removeprefix("---\n"))
    assert f"adopt {case.kind}/{name}" in reconcile("plan").out
    assert reconcile("apply", "--yes").status == 0
    nothing(reconcile)


def stray(aws: Clients, **tags: str) -> str:
    """The id of a new group that is nobody's, but for the tags."""
    pairs = [{"Key": key.replace("_", ":"), "Value": value} for key, value in tags.items()]
    labels = [{"ResourceType": "security-group", "Tags": pairs}] if pairs else []
    made = aws("ec2").create_security_group(
        GroupName="ci-web", Description="A", TagSpecifications=labels
    )
    return str(made["GroupId"])


def adopting(group_id: str, spec: str = "{description: A}") -> str:
    text = document("SecurityGroup", "web", spec)
    return text.replace("tags: {}", f"annotations: {{reconciler/adopt: {group_id}}}")


@pytest.mark.parametrize(
    ("tags", "annotation", "spec", "why"),
    [
        ({}, "sg-0123456789abcdef0", "{description: A}", "`reconcile import SecurityGroup web`"),
        ({"reconciler_estate": "other"}, "", "{description: A}", "is the estate other's"),
        ({}, "", "{description: B}", "is not what is declared: AWS can't change description"),
    ],
)
def test_only_the_very_thing_is_adopted_and_nothing_is_replaced_for_it(
    tags: dict[str, str],
    annotation: str,
    spec: str,
    why: str,
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
) -> None:
    group_id = stray(aws, **tags)
    before = world(aws)["SecurityGroup"]
    desired(adopting(annotation or group_id, spec), BYSTANDER)
    planned = reconcile("plan")
    assert planned.status == 1
    assert "! conflict SecurityGroup/web" in planned.out
    assert why in planned.out
    assert reconcile("apply", "--yes").status == 1
    assert world(aws)["SecurityGroup"] == before


def test_an_adoption_may_come_with_a_change_and_what_refers_to_it_waits_for_nothing(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    friend = "{description: A, ingress: [{protocol: all, groups: [web]}]}"
    desired(adopting(stray(aws), friend), document("SecurityGroup", "two", friend))
    ran = reconcile("apply", "--yes")
    assert ran.status == 0, ran
    assert "Applied: 1 created, 1 adopted." in ran.out
    nothing(reconcile)


def test_an_id_says_which_of_several_and_a_pattern_which_of_all(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    first = stray(aws)
    vpc = aws("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    second = aws("ec2").create_security_group(GroupName="ci-web", Description="A", VpcId=vpc)
    aws("iam").create_role(RoleName="ci-builder", AssumeRolePolicyDocument=TRUST)
    desired(BYSTANDER)
    unclear = reconcile("import", "SecurityGroup", "web")
    assert unclear.status == 1
    assert first in unclear.err
    assert second["GroupId"] in unclear.err
    chosen = yaml.safe_load(
        reconcile("import", "SecurityGroup", "other", "--id", second["GroupId"]).out
    )
    assert chosen["metadata"]["name"] == "other"
    assert chosen["metadata"]["annotations"] == {
        "reconciler/adopt": second["GroupId"],
        "reconciler/name": "ci-web",
    }
    assert chosen["spec"]["vpc"] == {"id": vpc}
    for pattern in ("Role/build*", "Role/ci-*"):
        (role,) = yaml.safe_load_all(reconcile("import", "--all", "--only", pattern).out)
        assert role["metadata"]["name"] == "builder"
    assert "one of several with this name" in reconcile("import", "--all").err
    assert "did you mean 'ci-web'?" in reconcile("import", "SecurityGroup", "wep").err


def test_what_is_somebody_s_already_is_told_and_not_written(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    stray(aws, reconciler_estate="other")
    desired(BYSTANDER)
    told = reconcile("import", "SecurityGroup", "web")
    assert (told.status, told.out) == (1, "")
    assert "is the estate other's" in told.err
    assert reconcile("import", "--all").out == ""


def _untagged(there: Any) -> Any:
    """The world without what an adoption may change."""
    if isinstance(there, list):
        return [_untagged(one) for one in there]
    if isinstance(there, dict):
        return {key: _untagged(one) for key, one in there.items() if key != "Tags"}
    return there
