"""IAM: names, the account in one listing, and what is still in use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.paging import iam_page
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

_DETAILS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def details_come_in_pages_and_policies_with_names(
    _: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """One count goes over users, groups, roles and policies.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
    """
    answer = onward(parameters)
    for policy in answer["Policies"]:
        policy["PolicyName"] = policy["Arn"].rpartition("/")[2]
    # moto has them in a set, so that no two calls would have the same pages.
    answer["Policies"].sort(key=lambda policy: policy["Arn"])
    everything = [(key, detail) for key in _DETAILS for detail in answer[key]]
    some, marker = iam_page(everything, parameters)
    return {key: [detail for of, detail in some if of == key] for key in _DETAILS} | marker


def a_name_is_taken_whatever_its_path_and_case(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    iam = call.world("iam")
    parameter, what, names = {
        "CreatePolicy": ("PolicyName", "A policy called", _own_policy_names(iam)),
        "CreateRole": ("RoleName", "Role with name", (r.name for r in iam.roles.values())),
        "CreateInstanceProfile": (
            "InstanceProfileName",
            "Instance Profile",
            (p.name for p in iam.instance_profiles.values()),
        ),
    }[call.operation]
    name = parameters[parameter]
    if name.lower() in (taken.lower() for taken in names):
        raise AwsError("EntityAlreadyExists", f"{what} {name} already exists.", 409)
    return onward(parameters)


def a_boundary_is_a_policy_that_exists(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html"""
    arn = parameters.get("PermissionsBoundary")
    if arn and arn not in call.world("iam").managed_policies:
        told = f"Scope ARN: {arn} does not exist or is not attachable."
        raise AwsError("NoSuchEntity", told, 404)
    return onward(parameters)


def a_policy_in_use_is_not_deleted(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """Neither one that is attached, or a boundary, nor one of more than one version.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    Boundaries count: https://github.com/gruntwork-io/cloud-nuke/issues/972 (seen on AWS); the
    words on versions are in https://github.com/redradrat/aws-iam-operator/issues/13
    """
    iam, arn = call.world("iam"), parameters["PolicyArn"]
    policy = iam.managed_policies.get(arn)
    if policy and (policy.attachment_count or arn in _boundaries(iam)):
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if policy and len(policy.versions) > 1:
        told = (
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy."
        )
        raise AwsError("DeleteConflict", told, 409)
    return onward(parameters)


def an_instance_profile_lists_its_tags(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """moto has not got this one.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html
    """
    profile = _profile(call, parameters)
    tags = sorted(profile.tags, key=lambda tag: tag["Key"])
    some, marker = iam_page(tags, parameters)
    return {"Tags": some, **marker}


def only_a_role_that_is_there_leaves_a_profile(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto breaks down.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html
    """
    profile, role = _profile(call, parameters), parameters["RoleName"]
    if role not in (one.name for one in profile.roles):
        told = f"Role {role} in Instance Profile {profile.name} cannot be found."
        raise AwsError("NoSuchEntity", told, 404)
    return onward(parameters)


def _profile(call: Call, parameters: Parameters) -> Any:
    name = parameters["InstanceProfileName"]
    for profile in call.world("iam").instance_profiles.values():
        if profile.name == name:
            return profile
    raise AwsError("NoSuchEntity", f"Instance Profile {name} cannot be found.", 404)


def _own_policy_names(iam: Any) -> Iterable[str]:
    return (p.name for arn, p in iam.managed_policies.items() if ":iam::aws:" not in arn)


def _boundaries(iam: Any) -> set[str]:
    holders = (*iam.roles.values(), *iam.users.values())
    return {getattr(holder, "permissions_boundary_arn", None) or "" for holder in holders}
