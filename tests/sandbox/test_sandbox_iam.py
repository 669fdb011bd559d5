"""What AWS does with roles, policies and instance profiles."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest

OF_AWS = "arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforSSM"
TAGS = [{"Key": "team", "Value": "ci"}]


def document(action: str = "s3:GetObject", **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, **(more or {"Resource": "*"})}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TRUST = document("sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})


@pytest.fixture
def iam(client: Any) -> Any:
    return client("iam")


def policy(iam: Any, name: str = "policy", **more: Any) -> str:
    answer = iam.create_policy(PolicyName=name, PolicyDocument=document(), **more)
    return str(answer["Policy"]["Arn"])


def role(iam: Any, name: str = "role", **more: Any) -> None:
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, **more)


def test_aws_s_own_policies_can_be_attached(iam: Any) -> None:
    role(iam)
    iam.attach_role_policy(RoleName="role", PolicyArn=OF_AWS)
    attached = iam.list_attached_role_policies(RoleName="role")["AttachedPolicies"]
    assert attached == [{"PolicyName": "AmazonEC2RoleforSSM", "PolicyArn": OF_AWS}]


def test_a_policy_that_is_not_there_is_not_attached(iam: Any, refused: Any) -> None:
    role(iam)
    with refused("NoSuchEntity"):
        iam.attach_role_policy(RoleName="role", PolicyArn="arn:aws:iam::123456789012:policy/none")


def test_details_of_policies_have_their_names_and_descriptions(iam: Any) -> None:
    arn = policy(iam, Path="/team/", Description="reads")
    (shown,) = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"]
    assert (shown["Arn"], shown["PolicyName"], shown["Path"]) == (arn, "policy", "/team/")
    assert shown["Description"] == "reads"
    (version,) = shown["PolicyVersionList"]
    assert version["IsDefaultVersion"] is True
    assert version["Document"] == json.loads(document())


def test_details_of_roles_have_everything_of_them(iam: Any) -> None:
    arn = policy(iam)
    role(iam, Tags=TAGS, PermissionsBoundary=arn)
    iam.attach_role_policy(RoleName="role", PolicyArn=arn)
    iam.put_role_policy(RoleName="role", PolicyName="inline", PolicyDocument=document())
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="role")
    (shown,) = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert shown["Tags"] == TAGS
    assert shown["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert [one["PolicyArn"] for one in shown["AttachedManagedPolicies"]] == [arn]
    inline = {"PolicyName": "inline", "PolicyDocument": json.loads(document())}
    assert shown["RolePolicyList"] == [inline]
    profiles = [one["InstanceProfileName"] for one in shown["InstanceProfileList"]]
    assert profiles == ["profile"]


def test_details_come_in_pages_over_roles_and_policies_together(iam: Any) -> None:
    for n in range(4):
        role(iam, f"role-{n}")
        policy(iam, f"policy-{n}")
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["Role", "LocalManagedPolicy"], PaginationConfig={"PageSize": 3}
    )
    sizes = [(len(page["RoleDetailList"]), len(page["Policies"])) for page in pages]
    assert sizes == [(3, 0), (1, 2), (0, 2)]


def test_a_listing_of_roles_has_path_description_and_session_length(iam: Any) -> None:
    role(iam, Path="/team/", Description="works", MaxSessionDuration=7200)
    (shown,) = iam.list_roles()["Roles"]
    assert (shown["Path"], shown["Description"]) == ("/team/", "works")
    assert shown["MaxSessionDuration"] == 7200
    iam.update_role(RoleName="role", Description="", MaxSessionDuration=3600)
    (shown,) = iam.list_roles()["Roles"]
    assert (shown.get("Description", ""), shown["MaxSessionDuration"]) == ("", 3600)


def test_a_name_is_taken_for_every_path_and_case(iam: Any, refused: Any) -> None:
    policy(iam, "Mine")
    role(iam, "Mine")
    iam.create_instance_profile(InstanceProfileName="Mine")
    with refused("EntityAlreadyExists"):
        policy(iam, "mine", Path="/other/")
    with refused("EntityAlreadyExists"):
        role(iam, "mine", Path="/other/")
    with refused("EntityAlreadyExists"):
        iam.create_instance_profile(InstanceProfileName="mine", Path="/other/")


def test_a_policy_may_have_the_name_of_one_of_aws_s(iam: Any) -> None:
    assert policy(iam, "AmazonEC2RoleforSSM").endswith(":policy/AmazonEC2RoleforSSM")


def test_a_boundary_must_be_a_policy_that_exists(iam: Any, refused: Any) -> None:
    nowhere = "arn:aws:iam::123456789012:policy/none"
    with refused("NoSuchEntity"):
        role(iam, PermissionsBoundary=nowhere)
    role(iam)
    with refused("NoSuchEntity"):
        iam.put_role_permissions_boundary(RoleName="role", PermissionsBoundary=nowhere)
    iam.put_role_permissions_boundary(RoleName="role", PermissionsBoundary=OF_AWS)


def test_a_policy_that_is_attached_is_not_deleted(iam: Any, refused: Any) -> None:
    arn = policy(iam)
    role(iam)
    iam.attach_role_policy(RoleName="role", PolicyArn=arn)
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=arn)
    iam.detach_role_policy(RoleName="role", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)


def test_a_policy_that_is_a_boundary_is_not_deleted(iam: Any, refused: Any) -> None:
    arn = policy(iam)
    role(iam, PermissionsBoundary=arn)
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_role_permissions_boundary(RoleName="role")
    iam.delete_policy(PolicyArn=arn)


def test_a_policy_of_two_versions_is_not_deleted(iam: Any, refused: Any) -> None:
    arn = policy(iam)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document("s3:PutObject"))
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity"):
        iam.delete_policy(PolicyArn=arn)


def test_a_policy_has_five_versions_at_most(iam: Any, refused: Any) -> None:
    arn = policy(iam)
    for n in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(f"s3:Get{n}"))
    with refused("LimitExceeded"):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document("s3:PutObject"))
    with refused("DeleteConflict"):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")


def test_a_role_in_use_is_not_deleted(iam: Any, refused: Any) -> None:
    role(iam)
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="role")
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="role")
    with refused("DeleteConflict"):
        iam.delete_instance_profile(InstanceProfileName="profile")
    iam.remove_role_from_instance_profile(InstanceProfileName="profile", RoleName="role")
    iam.put_role_policy(RoleName="role", PolicyName="inline", PolicyDocument=document())
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="role")


def test_a_profile_holds_one_role(iam: Any, refused: Any) -> None:
    role(iam, "one")
    role(iam, "two")
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="one")
    with refused("LimitExceeded"):
        iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="two")


def test_only_a_role_that_is_there_leaves_a_profile(iam: Any, refused: Any) -> None:
    role(iam)
    iam.create_instance_profile(InstanceProfileName="profile")
    with refused("NoSuchEntity"):
        iam.remove_role_from_instance_profile(InstanceProfileName="profile", RoleName="role")
    with refused("NoSuchEntity"):
        iam.remove_role_from_instance_profile(InstanceProfileName="none", RoleName="role")


def test_a_profile_lists_its_tags(iam: Any, refused: Any) -> None:
    iam.create_instance_profile(InstanceProfileName="profile", Tags=TAGS)
    assert iam.list_instance_profile_tags(InstanceProfileName="profile")["Tags"] == TAGS
    iam.untag_instance_profile(InstanceProfileName="profile", TagKeys=["team"])
    assert iam.list_instance_profile_tags(InstanceProfileName="profile")["Tags"] == []
    with refused("NoSuchEntity"):
        iam.list_instance_profile_tags(InstanceProfileName="none")


def test_profiles_come_in_pages(iam: Any) -> None:
    for n in range(5):
        iam.create_instance_profile(InstanceProfileName=f"profile-{n}")
    pages = iam.get_paginator("list_instance_profiles").paginate(PaginationConfig={"PageSize": 3})
    names = [[one["InstanceProfileName"] for one in page["InstanceProfiles"]] for page in pages]
    assert [len(page) for page in names] == [3, 2]
    assert sorted(chain(*names)) == [f"profile-{n}" for n in range(5)]
