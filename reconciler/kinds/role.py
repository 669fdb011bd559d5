"""Role: what a worker, or anything else, may be and do in the account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, model_validator

from reconciler.aws.errors import gone_is_fine
from reconciler.aws.grants import iam, looks
from reconciler.aws.iam import (
    GONE,
    as_data,
    authorization,
    instance_profiles,
    instances_of,
    name_in,
)
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, as_pairs
from reconciler.fields.iam import NAME, IamDescription, IamPath, InlineName, PolicyReference
from reconciler.fields.plain import ONCE, SET, Int, from_git
from reconciler.fields.policy_document import IdentityPolicy, TrustPolicy, no_larger
from reconciler.fields.tags import TagChange
from reconciler.kinds.kind import Kind, Sought, There, User, given, spec_of
from reconciler.model import Observed
from reconciler.references import Gone
from reconciler.spec import Refers, Spec

# A quota lets a trust policy have 2,048 characters, and can be raised to these.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LARGEST_TRUST = 4096
LARGEST_INLINE = 10240
"""All inline policies together."""

# Service-linked roles and those of IAM Identity Center, which AWS alone can change.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
# https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
AWSS_OWN = ("/aws-service-role/", "/aws-reserved/")


class RoleSpec(Spec):
    """An IAM role."""

    path: IamPath = "/"
    """AWS can't change it: another one means a new role."""
    description: IamDescription = ""
    trust_policy: TrustPolicy
    """Who may take the role on."""
    managed_policies: Annotated[tuple[PolicyReference, ...], ONCE, SET, Refers("Policy")] = ()
    """Policies attached to it: names of Policy documents here, or ARNs."""
    inline_policies: dict[InlineName, IdentityPolicy] = Field(default_factory=dict)
    """Policies that are part of the role itself, by name."""
    permissions_boundary: Annotated[PolicyReference | None, Refers("Policy")] = None
    """The policy that bounds what the others can give."""
    max_session_duration: Annotated[Int, Field(ge=3600, le=43200)] = 3600
    """The longest session, in seconds."""

    @model_validator(mode="after")
    def _not_too_large(self, info: ValidationInfo) -> Self:
        if from_git(info):
            no_larger(LARGEST_TRUST, self.trust_policy)
            no_larger(LARGEST_INLINE, *self.inline_policies.values())
        return self


class Role(Kind[RoleSpec]):
    name = "Role"
    spec = RoleSpec
    names = NAME
    case_matters = False
    longest = 64
    reads = (
        looks(
            "ec2:DescribeInstances",
            "iam:GetAccountAuthorizationDetails",
            "iam:ListInstanceProfiles",
            "iam:ListRoles",
        ),
    )
    writes = (
        iam(
            "Roles",
            "role/{Role}",
            "AttachRolePolicy",
            "CreateRole",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "ListRoleTags",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
        ),
    )

    def fixed(self, before: RoleSpec, after: RoleSpec) -> Iterable[str]:
        return ("path",) if before.path != after.path else ()

    def without(self, spec: RoleSpec, gone: Gone) -> RoleSpec:
        """A role that loses its boundary loses its policies too: it must not do more meanwhile."""
        rest = super().without(spec, gone)
        unbound = spec.permissions_boundary and not rest.permissions_boundary
        return _powerless(rest) if unbound else rest

    def observe(self, aws: Aws, sought: Sought[RoleSpec]) -> Iterable[Observed]:
        # The details lack the description and the session's length; ListRoles has them.
        with ThreadPoolExecutor(1) as beside:
            if sought.declared:
                beside.submit(aws.once, "roles", _listed)
            told = [(one, as_mapping(one.get("Tags"))) for one in authorization(aws).roles]
        ours = [(one, tags) for one, tags in told if sought.concerns(one["RoleName"], tags)]
        listed = {role["Arn"]: role for role in aws.once("roles", _listed)} if ours else {}
        for detail, tags in ours:
            if detail["Arn"] in listed:
                spec = _spec(detail, listed[detail["Arn"]])
                yield Observed(detail["RoleName"], detail["Arn"], spec, tags)

    def there(self, aws: Aws) -> Iterable[There]:
        for role in aws.once("roles", _listed):
            if not role["Path"].startswith(AWSS_OWN):
                yield There(role["RoleName"], role["Arn"])

    def create(self, aws: Aws, name: str, spec: RoleSpec, tags: Mapping[str, str]) -> str:
        create = partial(
            aws.client("iam").create_role,
            RoleName=name,
            Tags=as_pairs(tags),
            **given(
                Path=spec.path,
                Description=spec.description or None,
                AssumeRolePolicyDocument=spec.trust_policy.json_text(),
                MaxSessionDuration=spec.max_session_duration,
                PermissionsBoundary=spec.permissions_boundary,
            ),
        )
        made = aws.patiently(create, *_unknown_yet(spec.trust_policy))
        _give(aws, name, spec, _powerless(spec))
        return str(made["Role"]["Arn"])

    def update(self, aws: Aws, before: Observed, after: RoleSpec) -> None:
        iam, name, old = aws.client("iam"), before.name, spec_of(before, RoleSpec)
        if old.trust_policy != after.trust_policy:
            trust = partial(
                iam.update_assume_role_policy,
                RoleName=name,
                PolicyDocument=after.trust_policy.json_text(),
            )
            aws.patiently(trust, *_unknown_yet(after.trust_policy))
        if (old.description, old.max_session_duration) != (
            after.description,
            after.max_session_duration,
        ):
            iam.update_role(
                RoleName=name,
                Description=after.description,
                MaxSessionDuration=after.max_session_duration,
            )
        # The boundary first when it comes, last when it goes: never more power than either state.
        if after.permissions_boundary not in (None, old.permissions_boundary):
            iam.put_role_permissions_boundary(
                RoleName=name, PermissionsBoundary=after.permissions_boundary
            )
        _give(aws, name, after, old)
        _take(aws, name, old, after)
        if old.permissions_boundary and not after.permissions_boundary:
            iam.delete_role_permissions_boundary(RoleName=name)

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        iam = aws.client("iam")
        # IAM takes keys that differ by case for the same: what goes goes first.
        if change.drop:
            iam.untag_role(RoleName=observed.name, TagKeys=list(change.drop))
        if change.write:
            iam.tag_role(RoleName=observed.name, Tags=as_pairs(change.write))

    def delete(self, aws: Aws, observed: Observed) -> None:
        had = spec_of(observed, RoleSpec)
        _take(aws, observed.name, had, _powerless(had))
        with gone_is_fine(GONE):
            # A profile that has just let the role go may hold it for some seconds more.
            aws.patiently(
                lambda: aws.client("iam").delete_role(RoleName=observed.name), "DeleteConflict"
            )

    def users(self, aws: Aws, going: Sequence[Observed]) -> Iterable[User]:
        arns = {role.id for role in going}
        holders = {
            profile["Arn"]: role["Arn"]
            for profile in instance_profiles(aws)
            for role in profile["Roles"]
            if role["Arn"] in arns
        }
        for profile, role in holders.items():
            yield User(role, f"instance profile {name_in(profile)}")
        for profile, who in instances_of(aws, [*holders]):
            yield User(holders[profile], who)


def _powerless(spec: RoleSpec) -> RoleSpec:
    return spec.model_copy(update={"managed_policies": (), "inline_policies": {}})


def _unknown_yet(trust: TrustPolicy) -> tuple[str, ...]:
    """What IAM answers where the policy names roles or users that were made a moment ago.

    https://github.com/hashicorp/terraform-provider-aws/issues/8905
    """
    text = trust.json_text()
    return ("MalformedPolicyDocument",) if ":role/" in text or ":user/" in text else ()


def _listed(aws: Aws) -> list[dict[str, Any]]:
    return aws.pages("iam", "list_roles", "Roles", PaginationConfig={"PageSize": 1000})


def _spec(detail: Mapping[str, Any], listed: Mapping[str, Any]) -> RoleSpec:
    boundary = detail.get("PermissionsBoundary") or {}
    return RoleSpec.seen(
        path=detail["Path"],
        description=listed.get("Description", ""),
        trust_policy=as_data(detail["AssumeRolePolicyDocument"]),
        managed_policies=tuple(p["PolicyArn"] for p in detail["AttachedManagedPolicies"]),
        inline_policies={
            policy["PolicyName"]: as_data(policy["PolicyDocument"])
            for policy in sorted(detail["RolePolicyList"], key=lambda policy: policy["PolicyName"])
        },
        permissions_boundary=boundary.get("PermissionsBoundaryArn"),
        max_session_duration=listed.get("MaxSessionDuration", 3600),
    )


def _give(aws: Aws, role: str, to: RoleSpec, than: RoleSpec) -> None:
    """Attach and write the policies that `to` has more than, or other than, `than`."""
    iam = aws.client("iam")
    for arn in to.managed_policies:
        if arn not in than.managed_policies:
            attach = partial(iam.attach_role_policy, RoleName=role, PolicyArn=arn)
            aws.patiently(attach, GONE)
    for name, policy in to.inline_policies.items():
        if than.inline_policies.get(name) != policy:
            text = policy.json_text()
            put = partial(iam.put_role_policy, RoleName=role, PolicyName=name, PolicyDocument=text)
            aws.patiently(put, GONE)


def _take(aws: Aws, role: str, of: RoleSpec, but: RoleSpec) -> None:
    """Detach and delete the policies that `of` has and `but` has not."""
    iam = aws.client("iam")
    for arn in of.managed_policies:
        if arn not in but.managed_policies:
            with gone_is_fine(GONE):
                iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    for name in of.inline_policies:
        if name not in but.inline_policies:
            with gone_is_fine(GONE):
                iam.delete_role_policy(RoleName=role, PolicyName=name)
