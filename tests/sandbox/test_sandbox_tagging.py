"""What AWS's tagging API finds."""

from __future__ import annotations

import json
from typing import Any

import pytest

TAGS = [{"Key": "team", "Value": "ci"}]
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})


@pytest.fixture
def iam(client: Any) -> Any:
    iam = client("iam")
    iam.create_policy(PolicyName="policy", Path="/a/", PolicyDocument=DOCUMENT, Tags=TAGS)
    iam.create_policy(PolicyName="other", PolicyDocument=DOCUMENT)
    iam.create_instance_profile(InstanceProfileName="profile", Path="/a/", Tags=TAGS)
    return iam


def found(client: Any, *types: str, region: str = "us-east-1", value: str = "ci") -> Any:
    wanted = [{"Key": "team", "Values": [value]}]
    tagging = client("resourcegroupstaggingapi", region)
    answer = tagging.get_resources(ResourceTypeFilters=list(types), TagFilters=wanted)
    return {one["ResourceARN"]: one["Tags"] for one in answer["ResourceTagMappingList"]}


POLICY = "arn:aws:iam::123456789012:policy/a/policy"
PROFILE = "arn:aws:iam::123456789012:instance-profile/a/profile"


@pytest.mark.usefixtures("iam")
def test_policies_and_profiles_are_found_by_type_and_tag(client: Any) -> None:
    assert found(client, "iam:policy", "iam:instance-profile") == {POLICY: TAGS, PROFILE: TAGS}
    assert found(client, "iam:policy") == {POLICY: TAGS}
    assert found(client, "iam:policy", value="other") == {}


@pytest.mark.usefixtures("iam")
def test_what_is_iam_s_is_found_in_one_region_only(client: Any) -> None:
    assert found(client, "iam:policy", region="eu-west-1") == {}


@pytest.mark.parametrize(
    ("type_", "make", "id_"),
    [
        (
            "key-pair",
            lambda ec2, said: ec2.create_key_pair(KeyName="one", TagSpecifications=said),
            "KeyPairId",
        ),
        (
            "launch-template",
            lambda ec2, said: ec2.create_launch_template(
                LaunchTemplateName="one",
                LaunchTemplateData={"KeyName": "one"},
                TagSpecifications=said,
            )["LaunchTemplate"],
            "LaunchTemplateId",
        ),
    ],
)
def test_key_pairs_and_launch_templates_are_found_by_their_ids(
    type_: str, make: Any, id_: str, client: Any
) -> None:
    made = make(client("ec2"), [{"ResourceType": type_, "Tags": TAGS}])
    arn = f"arn:aws:ec2:us-east-1:123456789012:{type_}/{made[id_]}"
    assert found(client, f"ec2:{type_}") == {arn: TAGS}
    assert found(client, f"ec2:{type_}", region="eu-west-1") == {}


def test_tags_are_as_they_are_now(client: Any, iam: Any) -> None:
    iam.tag_policy(PolicyArn=POLICY, Tags=[{"Key": "new", "Value": "1"}])
    iam.untag_instance_profile(InstanceProfileName="profile", TagKeys=["team"])
    tags = [*TAGS, {"Key": "new", "Value": "1"}]
    assert found(client, "iam:policy", "iam:instance-profile") == {POLICY: tags}


def test_parameters_come_in_pages_of_the_size_asked_for(client: Any) -> None:
    for n in range(7):
        client("ssm").put_parameter(Name=f"/n/{n}", Type="String", Value="x", Tags=TAGS)
    pages = (
        client("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(
            ResourceTypeFilters=["ssm:parameter"],
            TagFilters=[{"Key": "team", "Values": ["ci"]}],
            PaginationConfig={"PageSize": 3},
        )
    )
    sizes = [len(page["ResourceTagMappingList"]) for page in pages]
    assert sizes == [3, 3, 1]


def test_a_hundred_resources_with_many_tags_are_one_page(client: Any) -> None:
    many = [*TAGS, {"Key": "a", "Value": "1"}]
    for n in range(100):
        client("ssm").put_parameter(Name=f"/n/{n}", Type="String", Value="x", Tags=many)
    answer = client("resourcegroupstaggingapi").get_resources(
        ResourceTypeFilters=["ssm:parameter"], ResourcesPerPage=100
    )
    assert len(answer["ResourceTagMappingList"]) == 100
    assert answer["PaginationToken"] == ""
