"""CloudTrail's event history: what it keeps of the calls, and how it is looked up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from reconciler.sandbox import Sandbox

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
Refused = Callable[[str], Any]


def events(client: Any, region: str = "us-east-1", **attribute: str) -> list[dict[str, Any]]:
    """The events, by at most one attribute."""
    asked = [{"AttributeKey": key, "AttributeValue": value} for key, value in attribute.items()]
    found: list[dict[str, Any]] = client("cloudtrail", region).lookup_events(
        LookupAttributes=asked
    )["Events"]
    return found


def names(client: Any, region: str = "us-east-1", **attribute: str) -> list[str]:
    return [event["EventName"] for event in events(client, region, **attribute)]


def record(client: Any, name: str) -> dict[str, Any]:
    """The newest event of a name, in all its parts."""
    event: dict[str, Any] = json.loads(events(client, EventName=name)[0]["CloudTrailEvent"])
    return event


def test_an_event_says_who_did_what_with_which_tool(client: Any) -> None:
    client("ec2").create_key_pair(KeyName="key", KeyType="ed25519")
    (event,) = events(client)
    told = json.loads(event["CloudTrailEvent"])
    when = told["eventTime"]
    assert {key: event[key] for key in ("EventName", "EventSource", "ReadOnly", "Username")} == {
        "EventName": "CreateKeyPair",
        "EventSource": "ec2.amazonaws.com",
        "ReadOnly": "false",
        "Username": "moto",
    }
    assert event["Resources"] == [
        {"ResourceType": "AWS::EC2::KeyPair", "ResourceName": "key"},
    ]
    assert event["EventTime"] == datetime.fromisoformat(when)
    assert event["EventId"] == told["eventID"]
    assert told["userIdentity"]["arn"] == client("sts").get_caller_identity()["Arn"]
    assert told["userAgent"].startswith("Boto3/")
    assert told["requestParameters"] == {"keyName": "key", "keyType": "ed25519"}
    assert (told["awsRegion"], told["recipientAccountId"]) == ("us-east-1", "123456789012")


def test_what_only_reads_is_not_kept_nor_what_other_services_do(client: Any) -> None:
    client("ec2").describe_key_pairs()
    client("ssm").describe_parameters()
    client("iam").list_roles()
    client("logs").create_log_group(logGroupName="g")
    assert events(client) == []


def test_events_are_kept_by_region_and_all_of_iam_s_in_one(client: Any) -> None:
    client("ssm", "eu-west-1").put_parameter(Name="/p", Type="String", Value="x")
    client("iam", "eu-west-1").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    assert names(client, "eu-west-1") == ["PutParameter"]
    assert names(client, "us-east-1") == ["CreateRole"]


@pytest.fixture
def as_role(client: Any, sandbox: Sandbox) -> Callable[[str, str], Any]:
    """A client with the credentials of a role's session."""

    def made(account: str, service: str) -> Any:
        given = client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/deploy", RoleSessionName="ann"
        )["Credentials"]
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=sandbox.endpoint,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    return made


def test_a_role_s_session_is_named_and_its_account_s_history_is_its_own(
    client: Any, as_role: Callable[[str, str], Any]
) -> None:
    as_role("210987654321", "ssm").put_parameter(Name="/p", Type="String", Value="x")
    assert events(client) == []
    (event,) = as_role("210987654321", "cloudtrail").lookup_events()["Events"]
    identity = json.loads(event["CloudTrailEvent"])["userIdentity"]
    assert event["Username"] == "ann"
    assert identity["type"] == "AssumedRole"
    assert identity["arn"] == "arn:aws:sts::210987654321:assumed-role/deploy/ann"
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "deploy"


def test_no_secret_is_kept(client: Any) -> None:
    client("ssm").put_parameter(Name="/p", Type="SecureString", Value="hush-hush")
    material = client("ec2").create_key_pair(KeyName="key")["KeyMaterial"]
    client("iam").create_user(UserName="ann")
    key = client("iam").create_access_key(UserName="ann")["AccessKey"]["SecretAccessKey"]
    everything = json.dumps([event["CloudTrailEvent"] for event in events(client)])
    assert len(events(client)) == 4
    for secret in ("hush-hush", material.splitlines()[1], key):
        assert secret not in everything


@pytest.mark.parametrize(
    ("service", "operation", "asked", "code"),
    [
        ("ec2", "delete_key_pair", {"KeyName": "k", "DryRun": True}, "Client.DryRunOperation"),
        ("iam", "delete_role", {"RoleName": "r"}, "NoSuchEntity"),
        ("ssm", "delete_parameter", {"Name": "/p"}, "ParameterNotFound"),
    ],
)
def test_what_was_refused_is_kept_with_its_error(
    client: Any, service: str, operation: str, asked: Any, code: str
) -> None:
    with pytest.raises(ClientError):
        getattr(client(service), operation)(**asked)
    (event,) = events(client)
    told = json.loads(event["CloudTrailEvent"])
    assert told["errorCode"] == code
    assert told["responseElements"] is None


def test_parameters_are_spelled_as_the_event_history_does(client: Any) -> None:
    ec2, ssm = client("ec2"), client("ssm")
    group = ec2.create_security_group(GroupName="group", Description="d")["GroupId"]
    ec2.create_tags(Resources=[group], Tags=[{"Key": "a", "Value": "b"}])
    assert record(client, "CreateSecurityGroup")["responseElements"]["groupId"] == group
    assert record(client, "CreateTags")["requestParameters"] == {
        "resourcesSet": {"items": [{"resourceId": group}]},
        "tagSet": {"items": [{"key": "a", "value": "b"}]},
    }
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    ranges = [{"CidrIp": "10.0.0.0/8"}]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{**rule, "IpRanges": ranges}]
    )
    asked = record(client, "AuthorizeSecurityGroupIngress")["requestParameters"]
    assert asked["ipPermissions"]["items"][0]["ipRanges"] == {"items": [{"cidrIp": "10.0.0.0/8"}]}
    ssm.put_parameter(Name="/p", Type="String", Value="x")
    ssm.add_tags_to_resource(
        ResourceType="Parameter", ResourceId="/p", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert record(client, "AddTagsToResource")["requestParameters"] == {
        "resourceType": "Parameter",
        "resourceId": "/p",
        "tags": [{"key": "a", "value": "b"}],
    }


def test_a_request_of_the_newer_manner_is_put_down_whole(client: Any) -> None:
    group = client("ec2").create_security_group(GroupName="group", Description="d")["GroupId"]
    with pytest.raises(ClientError):
        client("ec2").modify_security_group_rules(
            GroupId=group,
            SecurityGroupRules=[{"SecurityGroupRuleId": "sgr-0", "SecurityGroupRule": {}}],
        )
    asked = record(client, "ModifySecurityGroupRules")["requestParameters"]
    assert asked["ModifySecurityGroupRulesRequest"]["GroupId"] == group


def test_a_launch_names_its_groups_and_its_key(client: Any) -> None:
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="group", Description="d")["GroupId"]
    ec2.create_key_pair(KeyName="key")
    ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, KeyName="key", SecurityGroupIds=[group]
    )
    assert names(client, ResourceName=group) == ["RunInstances", "CreateSecurityGroup"]
    assert names(client, ResourceName="key") == ["RunInstances", "CreateKeyPair"]
    assert names(client, ResourceType="AWS::EC2::Instance") == ["RunInstances"]


def test_events_are_found_by_each_attribute(client: Any) -> None:
    client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    client("ssm").put_parameter(Name="/p", Type="String", Value="x")
    put, created = events(client)
    assert names(client, EventName="CreateRole") == ["CreateRole"]
    assert names(client, EventSource="ssm.amazonaws.com") == ["PutParameter"]
    assert names(client, ResourceName="r") == ["CreateRole"]
    assert names(client, EventId=put["EventId"]) == ["PutParameter"]
    for attribute in (
        {"ReadOnly": "false"},
        {"Username": "moto"},
        {"AccessKeyId": created["AccessKeyId"]},
    ):
        assert names(client, **attribute) == ["PutParameter", "CreateRole"]
    assert names(client, ReadOnly="true") == []


def test_the_newest_come_first_and_in_pages(client: Any) -> None:
    for n in range(60):
        client("ssm").put_parameter(Name=f"/{n}", Type="String", Value="x")
    trail = client("cloudtrail")
    assert len(trail.lookup_events()["Events"]) == 50
    pages = trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 25})
    found = [[json.loads(one["CloudTrailEvent"]) for one in page["Events"]] for page in pages]
    assert [len(page) for page in found] == [25, 25, 10]
    put = [one["requestParameters"]["name"] for page in found for one in page]
    assert put == [f"/{n}" for n in reversed(range(60))]


def test_events_are_found_by_time(client: Any) -> None:
    client("ssm").put_parameter(Name="/p", Type="String", Value="x")
    trail, now, hour = client("cloudtrail"), datetime.now(UTC), timedelta(hours=1)

    def found(start: datetime, end: datetime) -> int:
        return len(trail.lookup_events(StartTime=start, EndTime=end)["Events"])

    assert found(now - hour, now + hour) == 1
    assert found(now - 2 * hour, now - hour) == 0
    assert found(now + hour, now + 2 * hour) == 0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "mine"}, "InvalidNextTokenException"),
        (
            {"StartTime": datetime(2026, 1, 2), "EndTime": datetime(2026, 1, 1)},
            "InvalidTimeRangeException",
        ),
        (
            {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2},
            "InvalidLookupAttributesException",
        ),
    ],
)
def test_a_look_that_makes_no_sense_is_refused(
    client: Any, refused: Refused, asked: Any, code: str
) -> None:
    with refused(code):
        client("cloudtrail").lookup_events(**asked)


def test_a_reset_forgets_the_events(client: Any, sandbox: Sandbox) -> None:
    client("ssm").put_parameter(Name="/p", Type="String", Value="x")
    sandbox.reset()
    assert events(client) == []
