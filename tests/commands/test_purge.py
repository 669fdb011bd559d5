"""A purge leaves nothing of the estate behind, and everything of others."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.ec2.models import ec2_backends

from tests.commands.machines import ANOTHERS, OURS, alive, base, instance, pairs, tagged
from tests.conftest import ESTATE, ApiCall
from tests.laws.cases import CASES, Clients, document
from tests.permissions.allowed import needed
from tests.world import tag, world

HERE = ("--region", "eu-central-1")
DENY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
    }
)
IN_A_CIRCLE = (
    document("SecurityGroup", "a", "{description: A, egress: [{protocol: all, groups: [b]}]}"),
    document("SecurityGroup", "b", "{description: B, ingress: [{protocol: all, groups: [a]}]}"),
)


def machinery(aws: Clients, name: str, tags: dict[str, str]) -> None:
    """One of each thing that no document declares, all of it tagged alike."""
    ec2 = aws("ec2")
    running = instance(ec2, tags)
    ec2.create_image(InstanceId=running, Name=name, TagSpecifications=tagged("image", tags))
    volume = ec2.create_volume(
        AvailabilityZone="eu-central-1a", Size=1, TagSpecifications=tagged("volume", tags)
    )["VolumeId"]
    ec2.create_snapshot(VolumeId=volume, TagSpecifications=tagged("snapshot", tags))
    ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={"InstanceType": "c5.large"},
        TagSpecifications=tagged("launch-template", tags),
    )
    aws("logs").create_log_group(logGroupName=f"/{name}", tags=tags)
    aws("ssm").put_parameter(Name=f"/{name}", Type="String", Value="x", Tags=pairs(tags))


def everything(aws: Clients) -> dict[str, Any]:
    """All that is there, of kinds and of none."""
    return {**world(aws), **of_no_kind(aws)}


def of_no_kind(aws: Clients) -> dict[str, list[str]]:
    ec2 = aws("ec2")
    listed = {
        "Instance": alive(ec2),
        "Image": [one["ImageId"] for one in ec2.describe_images(Owners=["self"])["Images"]],
        "Snapshot": [
            s["SnapshotId"] for s in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
        ],
        "Volume": [one["VolumeId"] for one in ec2.describe_volumes()["Volumes"]],
        "LaunchTemplate": [
            one["LaunchTemplateId"] for one in ec2.describe_launch_templates()["LaunchTemplates"]
        ],
        "LogGroup": [g["logGroupName"] for g in aws("logs").describe_log_groups()["logGroups"]],
    }
    return {sort: sorted(ids) for sort, ids in listed.items()}


def test_nothing_of_ours_is_left_and_all_of_others(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    calls: list[ApiCall],
) -> None:
    for case in CASES:
        case.foreign(aws)
        if case.kind in ("KeyPair", "Role", "Queue", "Document"):
            tag(aws, case.kind, "reconciler:estate", "acme-2")
    machinery(aws, "nobody", {})
    machinery(aws, "ci-another", ANOTHERS)
    others = everything(aws)
    around = [one for case in CASES for one in case.around]
    mine = [document(case.kind, "mine", case.spec) for case in CASES]
    key = document("KeyPair", "made", "{generate: {type: ed25519}}")
    desired(*around, *mine, *IN_A_CIRCLE, key)
    applied = reconcile("apply", "--yes")
    assert applied.status == 0, applied
    policy = "arn:aws:iam::123456789012:policy/ci-mine"
    aws("iam").create_policy_version(PolicyArn=policy, PolicyDocument=DENY)
    aws("iam").attach_role_policy(RoleName="ci-mine", PolicyArn=policy)
    aws("iam").put_role_policy(RoleName="ci-mine", PolicyName="more", PolicyDocument=DENY)
    machinery(aws, "nobody-2", OURS)
    lease = {"who": "me", "where": "here", "since": "noon", "commit": "", "id": "1"}
    aws("ssm").put_parameter(
        Name="/reconciler/loop/acme", Type="String", Value=json.dumps(lease), Tags=pairs(OURS)
    )
    desired()
    allowed = permissions(reconcile, "--purge")
    before = len(calls)
    purged = reconcile("purge", *HERE, "--yes")
    assert purged.status == 0, purged.out + purged.err
    assert everything(aws) == others
    assert {line.split()[1].split("/")[0] for line in going(purged)} == others.keys()
    assert "stop the loop first, it would make all of it again: me on here" in purged.err
    assert "/reconciler/lock/acme" not in purged.out
    assert set(allowed["Purge"]["Action"]) <= needed(calls[before:])


def permissions(reconcile: Any, option: str) -> dict[str, Any]:
    printed = reconcile("permissions", option)
    assert printed.status == 0, printed
    return {one["Sid"]: one for one in json.loads(printed.out)["Statement"]}


@pytest.mark.parametrize("option", ["--people", "--purge"])
def test_what_it_may_do_is_bound_to_the_tag(
    option: str, desired: Callable[..., None], reconcile: Any
) -> None:
    desired()
    by_something_else = {"CancelCommand", "CommandAws", "Lock", "Output", "OwnSessions", "Shell"}
    # Of a launch the instance is bound, and what it is launched with is not the estate's alone.
    by_something_else |= {"LaunchWith", "PassRole", "SpotServiceRole", "TagLaunched"}
    looks = {"Look", "PublicParameters", "Values"}
    for sid, one in permissions(reconcile, option).items():
        bound = one.get("Condition", {}).get("StringEquals", {})
        tags = {key.partition("/")[2]: value for key, value in bound.items()}
        assert sid in looks | by_something_else or tags == OURS, one
    refused = reconcile("permissions", option, "--read-only")
    assert refused.status == 1
    assert "a policy is for one of them" in refused.err


def going(ran: Any) -> list[str]:
    """The lines that tell what would go."""
    return [line for line in ran.out.splitlines() if line.startswith("- ")]


def test_it_looks_in_every_region_of_the_account_whatever_the_estate_says(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really: Any = BaseClient._make_api_call
    enabled = {"Regions": [{"RegionName": "ap-south-1"}, {"RegionName": "eu-central-1"}]}
    monkeypatch.setattr(
        BaseClient,
        "_make_api_call",
        lambda *asked: enabled if asked[1] == "DescribeRegions" else really(*asked),
    )
    far = boto3.client("ec2", region_name="ap-south-1")
    ours, theirs = instance(far, OURS), instance(far, ANOTHERS)
    desired()
    purged = reconcile("purge", "--yes")
    assert purged.status == 0, purged.out + purged.err
    assert f"- Instance/{ours}  (ap-south-1)" in purged.out
    assert alive(far) == {theirs}


def test_the_journal_s_group_may_be_gone_or_go(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(estate=ESTATE.replace("prefix: ci-", "prefix: ci-, journal: {logGroup: /acme}"))
    aws("logs").create_log_group(logGroupName="/acme", tags=OURS)
    for gone in ("LogGroup//acme", "Instance/i-"):
        purged = reconcile("purge", *HERE, "--yes")
        assert purged.status == 0, purged.out + purged.err
        assert f"- {gone}" in purged.out
        instance(aws("ec2"), OURS)


def test_it_goes_on_only_when_the_estate_s_name_is_typed(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = instance(aws("ec2"), OURS)
    desired()
    for typed, left in (("yes", {ours}), ("acm", {ours}), ("acme", set())):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{typed}\n".encode())))
        ran = reconcile("purge", *HERE)
        assert f"- Instance/{ours}" in ran.out
        assert (ran.status, alive(aws("ec2"))) == (1 if left else 0, left)


def test_what_is_protected_stays_and_is_named_while_the_rest_goes(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    ec2 = aws("ec2")
    kept = instance(ec2, {**OURS, "reconciler:protect": "true"})
    refused, gone = instance(ec2, OURS, DisableApiTermination=True), instance(ec2, OURS)
    desired()
    purged = reconcile("purge", *HERE, "--yes")
    assert purged.status == 1
    assert f"= Instance/{kept}  (eu-central-1) stays: its tag reconciler:protect" in purged.out
    assert f"✗ Instance/{refused} of eu-central-1" in purged.out
    assert "TerminateInstances: OperationNotPermitted" in purged.out
    assert alive(ec2) == {kept, refused}
    assert gone not in alive(ec2)


def test_it_waits_until_ec2_says_that_instances_are_gone(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = instance(aws("ec2"), OURS)
    volume = aws("ec2").describe_volumes()["Volumes"][0]["VolumeId"]
    really: Any = BaseClient._make_api_call
    slept: list[float] = []

    def call(client: Any, operation: str, parameters: Any) -> Any:
        if operation == "TerminateInstances" and not slept:
            return {}
        assert operation != "DeleteVolume" or len(slept) == 2
        return really(client, operation, parameters)

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            aws("ec2").terminate_instances(InstanceIds=[ours])

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    monkeypatch.setattr("reconciler.cli.purge.sleep", sleep)
    desired()
    purged = reconcile("purge", *HERE, "--yes")
    assert purged.status == 0, purged.out + purged.err
    assert slept == [5.0, 5.0]
    assert f"- Volume/{volume}" in purged.out


def test_an_instance_that_never_ends_is_told_of_after_a_while(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = instance(aws("ec2"), OURS)
    really: Any = BaseClient._make_api_call
    monkeypatch.setattr(
        BaseClient,
        "_make_api_call",
        lambda *asked: {} if asked[1] == "TerminateInstances" else really(*asked),
    )
    clock = [0.0]
    monkeypatch.setattr("reconciler.cli.purge.now", lambda: clock[0])
    monkeypatch.setattr("reconciler.cli.purge.sleep", lambda _: clock.append(clock.pop() + 400))
    desired()
    purged = reconcile("purge", *HERE, "--yes")
    assert purged.status == 1
    assert f"Instance/{ours} of eu-central-1" in purged.out
    assert "is still there: EC2 says running, and 900 s went by" in purged.out


@pytest.mark.parametrize("calls_before", [0, 2, 5])
def test_a_purge_that_was_killed_is_repeated(
    calls_before: int,
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ec2 = aws("ec2")
    base(ec2)
    before = of_no_kind(aws)
    ec2.create_image(
        InstanceId=instance(ec2, OURS),
        Name="ours",
        TagSpecifications=tagged("image", OURS),
    )
    desired(*IN_A_CIRCLE)
    assert reconcile("apply", "--yes").status == 0
    with monkeypatch.context() as patch:
        dying_after(calls_before, patch)
        with pytest.raises(Killed):
            reconcile("purge", *HERE, "--yes")
    free(aws)
    repeated = reconcile("purge", *HERE, "--yes")
    assert repeated.status == 0, repeated.out + repeated.err
    assert (of_no_kind(aws), world(aws)["SecurityGroup"]) == (before, {})
    again = reconcile("purge", *HERE, "--yes")
    assert (again.status, again.out) == (0, "Estate/acme: 0 to remove.\n")


class Killed(BaseException):
    """What nothing handles."""


def dying_after(count: int, patch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of AWS after so many calls that end something, as if power had failed."""
    really: Any = BaseClient._make_api_call
    made: list[str] = []

    def call(client: Any, operation: str, parameters: Any) -> Any:
        if len(made) > count:
            raise Killed
        if operation.startswith(("De", "Terminate", "Revoke", "CreateTags")):
            if not operation.startswith("Describe"):
                made.append(operation)
            if len(made) > count:
                raise Killed
        return really(client, operation, parameters)

    patch.setattr(BaseClient, "_make_api_call", call)


def free(aws: Clients) -> None:
    aws("ssm").delete_parameter(Name="/reconciler/lock/acme")


def test_what_is_in_somebody_s_use_is_told_of_and_left_whole(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    ec2 = aws("ec2")
    made = ec2.create_security_group(
        GroupName="ci-a", Description="A", TagSpecifications=tagged("security-group", OURS)
    )
    group, rule = made["GroupId"], {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    before = world(aws)["SecurityGroup"]
    theirs = instance(ec2, ANOTHERS, SecurityGroupIds=[group])
    desired()
    purged = reconcile("purge", *HERE, "--yes")
    assert purged.status == 1
    assert "✗ SecurityGroup/ci-a of eu-central-1" in purged.out
    assert "DependencyViolation" in purged.out
    assert world(aws)["SecurityGroup"] == before
    assert alive(aws("ec2")) == {theirs}


def test_an_image_s_snapshots_go_with_it_unless_they_are_another_s(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    ec2 = aws("ec2")
    running = instance(ec2, {})

    def image(name: str, tags: dict[str, str], of_snapshot: dict[str, str]) -> str:
        labels = tagged("image", tags)
        made = ec2.create_image(InstanceId=running, Name=name, TagSpecifications=labels)
        described = ec2.describe_images(ImageIds=[made["ImageId"]])["Images"][0]
        snapshot = str(described["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"])
        if of_snapshot:
            ec2.create_tags(Resources=[snapshot], Tags=pairs(of_snapshot))
        return snapshot

    ours, anothers, nobodys = (
        image("first", OURS, {}),
        image("second", OURS, ANOTHERS),
        image("third", {}, {}),
    )
    kept = image("fourth", OURS, {})
    somebodys = ec2_backends["123456789012"]["eu-central-1"].snapshots[kept]
    somebodys.description = "Made by hand, and registered as an image afterwards"
    desired()
    purged = reconcile("purge", *HERE, "--yes")
    assert purged.status == 0, purged.out + purged.err
    assert kept in of_no_kind(aws)["Snapshot"]
    assert {ours, anothers, nobodys} & {*of_no_kind(aws)["Snapshot"]} == {anothers, nobodys}


def test_what_it_does_not_know_and_what_it_could_not_read_is_named(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = aws("sns").create_topic(Name="ours", Tags=pairs(OURS))["TopicArn"]
    instance(aws("ec2"), OURS)
    really: Any = BaseClient._make_api_call

    def call(client: Any, operation: str, parameters: Any) -> Any:
        if operation == "DescribeVolumes" and client.meta.config.user_agent_appid:
            raise ClientError({"Error": {"Code": "UnauthorizedOperation"}}, operation)
        return really(client, operation, parameters)

    desired()
    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        purged = reconcile("purge", *HERE, "--yes")
    assert purged.status == 1
    assert f"! {topic} carries the tag and is nothing that is removed here" in purged.out
    assert "eu-central-1 of account 123456789012 could not be read: DescribeVolumes" in purged.out
    assert alive(aws("ec2")) == set()
    assert reconcile("purge", *HERE, "--yes").status == 1


def test_the_role_that_it_works_with_stays(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "*"}
    for name in ("at-work", "other"):
        made = aws("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            Tags=pairs(OURS),
        )
        if name == "at-work":
            role = made["Role"]["Arn"]
    got = aws("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", got["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", got["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", got["SessionToken"])
    desired()
    purged = reconcile("purge", *HERE, "--yes")
    assert purged.status == 1
    assert "= Role/at-work  () stays: this run works with it" in purged.out
    assert [*world(aws)["Role"]] == ["at-work"]
