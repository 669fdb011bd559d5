"""Policy: a customer managed IAM policy, which roles attach or are bounded by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from pydantic import ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from reconciler.aws.errors import gone_is_fine
from reconciler.aws.grants import iam, looks
from reconciler.aws.iam import GONE, as_data, authorization, tags_by_arn
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, as_pairs
from reconciler.fields.iam import NAME, PolicyDescription, PolicyPath
from reconciler.fields.plain import from_git
from reconciler.fields.policy_document import IdentityPolicy, no_larger
from reconciler.fields.tags import TagChange
from reconciler.kinds.kind import Kind, Sought, There, User, given
from reconciler.model import Observed
from reconciler.spec import Spec

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
MOST_VERSIONS = 5
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LARGEST = 6144
_VERSION = "2012-10-17"


class PolicySpec(Spec):
    """A customer managed policy."""

    path: PolicyPath = "/"
    """AWS can't change it: another one means a new policy."""
    description: PolicyDescription = ""
    """AWS can't change a policy's description: another one means a new policy."""
    document: IdentityPolicy
    """What its holder may do, in IAM's own language."""

    @model_validator(mode="after")
    def _is_taken(self, info: ValidationInfo) -> Self:
        if from_git(info):
            no_larger(LARGEST, self.document)
            # https://github.com/Meteor-Community-Packages/Meteor-CollectionFS/issues/630
            if self.document.version != _VERSION:
                raise PydanticCustomError(
                    "old_policy",
                    "AWS takes a managed policy with `Version: {version}` alone",
                    {"version": f'"{_VERSION}"'},
                )
        return self


class Policy(Kind[PolicySpec]):
    name = "Policy"
    spec = PolicySpec
    names = NAME
    case_matters = False
    longest = 128
    reads = (
        looks(
            "iam:GetAccountAuthorizationDetails",
            "iam:GetPolicy",
            "iam:ListEntitiesForPolicy",
            "tag:GetResources",
        ),
    )
    writes = (
        iam(
            "Policies",
            "policy/{Policy}",
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeletePolicy",
            "DeletePolicyVersion",
            "ListPolicyTags",
            "ListPolicyVersions",
            "TagPolicy",
            "UntagPolicy",
        ),
    )

    def fixed(self, before: PolicySpec, after: PolicySpec) -> Iterable[str]:
        return [f for f in ("path", "description") if getattr(before, f) != getattr(after, f)]

    def observe(self, aws: Aws, sought: Sought[PolicySpec]) -> Iterable[Observed]:
        known = tags_by_arn(aws, sought.estate)
        for detail in authorization(aws).policies:
            arn, name = detail["Arn"], detail["PolicyName"]
            if arn in known or sought.named(name):
                more = _more(aws, arn, detail, known.get(arn), sought.declared.get(name))
                if more is None:
                    continue
                yield Observed(name, arn, _spec(more), as_mapping(more["Tags"]))

    def there(self, aws: Aws) -> Iterable[There]:
        return [There(one["PolicyName"], one["Arn"]) for one in authorization(aws).policies]

    def create(self, aws: Aws, name: str, spec: PolicySpec, tags: Mapping[str, str]) -> str:
        made = aws.client("iam").create_policy(
            PolicyName=name,
            Path=spec.path,
            PolicyDocument=spec.document.json_text(),
            Tags=as_pairs(tags),
            **given(Description=spec.description or None),
        )
        return str(made["Policy"]["Arn"])

    def update(self, aws: Aws, before: Observed, after: PolicySpec) -> None:
        iam = aws.client("iam")
        versions = _versions(aws, before.id)
        if len(versions) >= MOST_VERSIONS:
            oldest = min(
                (version for version in versions if not version["IsDefaultVersion"]),
                key=lambda version: int(version["VersionId"].removeprefix("v")),
            )
            iam.delete_policy_version(PolicyArn=before.id, VersionId=oldest["VersionId"])
        iam.create_policy_version(
            PolicyArn=before.id, PolicyDocument=after.document.json_text(), SetAsDefault=True
        )

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        iam = aws.client("iam")
        # IAM takes keys that differ by case for the same: what goes goes first.
        if change.drop:
            iam.untag_policy(PolicyArn=observed.id, TagKeys=list(change.drop))
        if change.write:
            iam.tag_policy(PolicyArn=observed.id, Tags=as_pairs(change.write))

    def delete(self, aws: Aws, observed: Observed) -> None:
        iam = aws.client("iam")
        with gone_is_fine(GONE):
            for version in _versions(aws, observed.id):
                if not version["IsDefaultVersion"]:
                    iam.delete_policy_version(PolicyArn=observed.id, VersionId=version["VersionId"])
            aws.patiently(lambda: iam.delete_policy(PolicyArn=observed.id), "DeleteConflict")

    def users(self, aws: Aws, going: Sequence[Observed]) -> Iterable[User]:
        for policy in going:
            answer = aws.client("iam").list_entities_for_policy(PolicyArn=policy.id)
            for role in answer["PolicyRoles"]:
                yield User(policy.id, f"role {role['RoleName']}")
            for user in answer["PolicyUsers"]:
                yield User(policy.id, f"user {user['UserName']}")
            for group in answer["PolicyGroups"]:
                yield User(policy.id, f"group {group['GroupName']}")


def _versions(aws: Aws, arn: str) -> list[dict[str, Any]]:
    return aws.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn)


def _more(
    aws: Aws,
    arn: str,
    detail: Mapping[str, Any],
    tags: Mapping[str, str] | None,
    declared: PolicySpec | None,
) -> Mapping[str, Any] | None:
    """The details with tags and description, asked for one by one only where nothing tells them.

    None where the policy has gone since it was listed, or is too young for every call to know it.

    The tagging API lags behind. And whether the account's details tell descriptions is not clear:
    the reference lists them, and lists of policies are known to leave them out.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html
    """
    untold = declared and declared.description and "Description" not in detail
    if tags is not None and not untold:
        return {**detail, "Tags": as_pairs(tags)}
    with gone_is_fine(GONE):
        policy = aws.client("iam").get_policy(PolicyArn=arn)["Policy"]
        return {**detail, "Tags": policy.get("Tags"), "Description": policy.get("Description", "")}
    return None


def _spec(detail: Mapping[str, Any]) -> PolicySpec:
    default = next(v for v in detail["PolicyVersionList"] if v["IsDefaultVersion"])
    return PolicySpec.seen(
        path=detail["Path"],
        description=detail.get("Description", ""),
        document=as_data(default["Document"]),
    )
