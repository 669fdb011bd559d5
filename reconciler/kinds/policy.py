"""Policy: a customer managed IAM policy, which roles attach or are bounded by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.aws.errors import gone_is_fine
from reconciler.aws.iam import GONE, authorization, tags_by_arn
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, as_pairs
from reconciler.fields.iam import NAME, IamDescription, IamPath
from reconciler.fields.policy_document import IdentityPolicy
from reconciler.fields.tags import TagChange
from reconciler.kinds.kind import Kind, Sought, given
from reconciler.model import Observed, Spec

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
MOST_VERSIONS = 5


class PolicySpec(Spec):
    """A customer managed policy."""

    path: IamPath = "/"
    description: IamDescription = ""
    """AWS can't change a policy's description: another one means a new policy."""
    document: IdentityPolicy


class Policy(Kind[PolicySpec]):
    name = "Policy"
    spec = PolicySpec
    regional = False
    names = NAME
    longest = 128

    def fixed(self, before: PolicySpec, after: PolicySpec) -> Iterable[str]:
        return [f for f in ("path", "description") if getattr(before, f) != getattr(after, f)]

    def observe(self, aws: Aws, sought: Sought[PolicySpec]) -> Iterable[Observed]:
        known = tags_by_arn(aws, sought.estate)
        for detail in authorization(aws).policies:
            arn, name = detail["Arn"], detail["PolicyName"]
            if arn in known or name in sought.declared:
                # The tagging API lags behind, so what it does not know is asked for by itself.
                tags = known[arn] if arn in known else _tags(aws, arn)
                yield Observed(name, arn, _spec(detail), tags)

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
        if change.write:
            iam.tag_policy(PolicyArn=observed.id, Tags=as_pairs(change.write))
        if change.drop:
            iam.untag_policy(PolicyArn=observed.id, TagKeys=list(change.drop))

    def delete(self, aws: Aws, observed: Observed) -> None:
        iam = aws.client("iam")
        with gone_is_fine(GONE):
            for version in _versions(aws, observed.id):
                if not version["IsDefaultVersion"]:
                    iam.delete_policy_version(PolicyArn=observed.id, VersionId=version["VersionId"])
            aws.patiently(lambda: iam.delete_policy(PolicyArn=observed.id), "DeleteConflict")

    def users(self, aws: Aws, observed: Observed) -> Iterable[str]:
        answer = aws.client("iam").list_entities_for_policy(PolicyArn=observed.id)
        yield from (f"role {role['RoleName']}" for role in answer["PolicyRoles"])
        yield from (f"user {user['UserName']}" for user in answer["PolicyUsers"])
        yield from (f"group {group['GroupName']}" for group in answer["PolicyGroups"])


def _versions(aws: Aws, arn: str) -> list[dict[str, Any]]:
    return aws.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn)


def _tags(aws: Aws, arn: str) -> dict[str, str]:
    return as_mapping(aws.client("iam").list_policy_tags(PolicyArn=arn)["Tags"])


def _spec(detail: Mapping[str, Any]) -> PolicySpec:
    default = next(v for v in detail["PolicyVersionList"] if v["IsDefaultVersion"])
    return PolicySpec(
        path=detail["Path"],
        description=detail.get("Description", ""),
        document=IdentityPolicy.parse(default["Document"]),
    )
