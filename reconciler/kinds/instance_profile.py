"""InstanceProfile: what hands a role to an instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from reconciler.aws.errors import gone_is_fine
from reconciler.aws.grants import Grant, iam, looks
from reconciler.aws.iam import GONE, instance_profiles, instances_of, name_in, tags_by_arn
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, as_pairs
from reconciler.fields.iam import NAME, IamPath, RoleReference
from reconciler.fields.tags import TagChange
from reconciler.kinds.kind import Kind, Sought, There, User, spec_of
from reconciler.model import Observed
from reconciler.spec import Refers, Spec


class InstanceProfileSpec(Spec):
    """An instance profile."""

    path: IamPath = "/"
    """AWS can't change it: another one means a new profile."""
    role: Annotated[RoleReference | None, Refers("Role")] = None
    """The one role that AWS lets a profile hold."""


class InstanceProfile(Kind[InstanceProfileSpec]):
    name = "InstanceProfile"
    spec = InstanceProfileSpec
    names = NAME
    case_matters = False
    longest = 128
    reads = (
        looks(
            "ec2:DescribeInstances",
            "iam:GetInstanceProfile",
            "iam:ListInstanceProfiles",
            "tag:GetResources",
        ),
    )
    writes = (
        iam(
            "InstanceProfiles",
            "instance-profile/{InstanceProfile}",
            "AddRoleToInstanceProfile",
            "CreateInstanceProfile",
            "DeleteInstanceProfile",
            "ListInstanceProfileTags",
            "RemoveRoleFromInstanceProfile",
            "TagInstanceProfile",
            "UntagInstanceProfile",
        ),
        # To which service a role is passed is not sure for a profile, so iam:PassedToService is
        # not asked for.
        iam("PassRole", "role/{Role}", "PassRole"),
    )

    def grants(self, specs: Iterable[InstanceProfileSpec]) -> Iterable[Grant]:
        roles = {spec.role for spec in specs if spec.role and spec.role.startswith("arn:")}
        return (*self.writes, Grant("PassRole", ("iam:PassRole",), tuple(sorted(roles))))

    def fixed(self, before: InstanceProfileSpec, after: InstanceProfileSpec) -> Iterable[str]:
        return ("path",) if before.path != after.path else ()

    def observe(self, aws: Aws, sought: Sought[InstanceProfileSpec]) -> Iterable[Observed]:
        known = tags_by_arn(aws, sought.estate)
        for profile in instance_profiles(aws):
            arn, name = profile["Arn"], profile["InstanceProfileName"]
            if arn in known or sought.named(name):
                # The tagging API lags behind, so what it does not know is asked for by itself.
                tags = known[arn] if arn in known else _tags(aws, name)
                if tags is None:
                    continue
                role = next((role["Arn"] for role in profile["Roles"]), None)
                yield Observed(
                    name, arn, InstanceProfileSpec.seen(path=profile["Path"], role=role), tags
                )

    def there(self, aws: Aws) -> Iterable[There]:
        return [There(one["InstanceProfileName"], one["Arn"]) for one in instance_profiles(aws)]

    def create(
        self, aws: Aws, name: str, spec: InstanceProfileSpec, tags: Mapping[str, str]
    ) -> str:
        made = aws.client("iam").create_instance_profile(
            InstanceProfileName=name, Path=spec.path, Tags=as_pairs(tags)
        )
        _put_in(aws, name, spec.role)
        return str(made["InstanceProfile"]["Arn"])

    def update(self, aws: Aws, before: Observed, after: InstanceProfileSpec) -> None:
        # A profile holds one role at a time, so the old one has to go first.
        _take_out(aws, before.name, spec_of(before, InstanceProfileSpec).role)
        _put_in(aws, before.name, after.role)

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        iam = aws.client("iam")
        # IAM takes keys that differ by case for the same: what goes goes first.
        if change.drop:
            iam.untag_instance_profile(InstanceProfileName=observed.name, TagKeys=list(change.drop))
        if change.write:
            iam.tag_instance_profile(InstanceProfileName=observed.name, Tags=as_pairs(change.write))

    def delete(self, aws: Aws, observed: Observed) -> None:
        _take_out(aws, observed.name, spec_of(observed, InstanceProfileSpec).role)
        with gone_is_fine(GONE):
            aws.client("iam").delete_instance_profile(InstanceProfileName=observed.name)

    def users(self, aws: Aws, going: Sequence[Observed]) -> Iterable[User]:
        return [User(*found) for found in instances_of(aws, [profile.id for profile in going])]


def _tags(aws: Aws, name: str) -> dict[str, str] | None:
    """The tags, or None where the profile has gone since it was listed, or is too young."""
    with gone_is_fine(GONE):
        answer = aws.client("iam").get_instance_profile(InstanceProfileName=name)
        return as_mapping(answer["InstanceProfile"].get("Tags"))
    return None


def _put_in(aws: Aws, profile: str, role: str | None) -> None:
    if role:
        aws.patiently(
            lambda: aws.client("iam").add_role_to_instance_profile(
                InstanceProfileName=profile, RoleName=name_in(role)
            ),
            GONE,
        )


def _take_out(aws: Aws, profile: str, role: str | None) -> None:
    if role:
        with gone_is_fine(GONE):
            aws.client("iam").remove_role_from_instance_profile(
                InstanceProfileName=profile, RoleName=name_in(role)
            )
