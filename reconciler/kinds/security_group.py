"""SecurityGroup: which traffic reaches a worker, and where it may go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from reconciler.aws.ec2 import in_filters, retag, tag_specifications
from reconciler.aws.errors import Refused, gone_is_fine
from reconciler.aws.grants import Grant, ec2_changed, ec2_made, looks
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping
from reconciler.fields.plain import from_git, repeated, text
from reconciler.fields.rule import EVERYWHERE, NAMES, Rule, RuleText, atoms, from_aws, to_aws
from reconciler.fields.tags import TagChange, TagKey, TagValue
from reconciler.kinds.kind import Kind, Sought, There, User, spec_of
from reconciler.model import Observed
from reconciler.spec import Spec

# Both are what AWS says, depending on whether a group is named by its id.
GONE = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")

_ARN = "arn:{partition}:ec2:{region}:{account}:security-group/*"

Rules = Annotated[tuple[Rule, ...], AfterValidator(atoms)]

VpcId = Annotated[str, text(r"^vpc-[0-9a-f]{8,17}$", "a VPC's id, such as vpc-0123abcd")]


class VpcSpec(Spec):
    """Which VPC."""

    exactly_one: ClassVar = (("id", "tags"),)

    id: VpcId | None = None
    """Its id."""
    tags: Annotated[dict[TagKey, TagValue], Field(min_length=1)] | None = None
    """The tags that one VPC, and only one, has."""

    def words(self) -> str:
        return self.id or ", ".join(f"{key}={value}" for key, value in (self.tags or {}).items())


class SecurityGroupSpec(Spec):
    """A security group of a VPC."""

    description: Annotated[RuleText, Field(min_length=1)]
    """AWS can't change a group's description: another one means a new group."""
    vpc: VpcSpec | None = None
    """Without it, the default VPC of the region."""
    ingress: Rules = ()
    """What is let in; without it nothing."""
    egress: Rules = EVERYWHERE
    """Without it what AWS gives a new group: everything, over IPv4. `[]` allows nothing."""

    @model_validator(mode="after")
    def _rules_once(self, info: ValidationInfo) -> Self:
        for rules in (self.ingress, self.egress) if from_git(info) else ():
            bare = [rule.model_copy(update={"description": ""}) for rule in rules]
            if rule := repeated(bare):
                raise PydanticCustomError(
                    "same_rule",
                    "{rule} stands here twice with two descriptions",
                    {"rule": rule.words()},
                )
        return self


class SecurityGroup(Kind[SecurityGroupSpec]):
    name = "SecurityGroup"
    spec = SecurityGroupSpec
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    names = rf"^{NAMES}+$"
    longest = 255
    reserved = ("sg-",)
    case_matters = False
    reads = (
        looks("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"),
    )
    writes = (
        ec2_made(("ec2:CreateSecurityGroup",), _ARN),
        # A VPC may be shared by another account, and its tags are not those of the request.
        Grant("Ec2Vpc", ("ec2:CreateSecurityGroup",), ("arn:{partition}:ec2:{region}:*:vpc/*",)),
        *ec2_changed(
            (
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:DeleteSecurityGroup",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
            ),
            _ARN,
        ),
    )

    def fixed(self, before: SecurityGroupSpec, after: SecurityGroupSpec) -> Iterable[str]:
        return [f for f in ("description", "vpc") if getattr(before, f) != getattr(after, f)]

    def observe(self, aws: Aws, sought: Sought[SecurityGroupSpec]) -> Iterable[Observed]:
        homes = {name: _vpc_id(aws, spec.vpc) for name, spec in sought.declared.items()}
        for group in aws.once("security groups", _listed):
            tags, name = as_mapping(group.get("Tags")), group["GroupName"]
            if not sought.concerns(name, tags):
                continue
            at_home = homes.get(name) == group["VpcId"]
            # Only inside one VPC must names differ: a namesake elsewhere is nobody's business.
            if at_home or sought.owns(tags) or name in sought.whole:
                vpc = sought.declared[name].vpc if at_home else _vpc(aws, group["VpcId"])
                yield Observed(name, group["GroupId"], _spec(group, vpc), tags)

    def there(self, aws: Aws) -> Iterable[There]:
        for group in aws.once("security groups", _listed):
            # Every VPC comes with one of this name, which can't be deleted.
            if group["GroupName"] != "default":
                yield There(group["GroupName"], group["GroupId"])

    def create(self, aws: Aws, name: str, spec: SecurityGroupSpec, tags: Mapping[str, str]) -> str:
        ec2 = aws.client("ec2")
        made = ec2.create_security_group(
            GroupName=name,
            Description=spec.description,
            VpcId=_vpc_id(aws, spec.vpc),
            TagSpecifications=tag_specifications("security-group", tags),
        )
        group_id = str(made["GroupId"])
        # AWS gives a new group a way out over IPv4, and over IPv6 where the VPC has that.
        group = aws.patiently(lambda: ec2.describe_security_groups(GroupIds=[group_id]), *GONE)
        born = Observed(name, group_id, _spec(group["SecurityGroups"][0], spec.vpc), tags)
        self.update(aws, born, spec)
        return group_id

    def update(self, aws: Aws, before: Observed, after: SecurityGroupSpec) -> None:
        old = spec_of(before, SecurityGroupSpec)
        for direction, had, wanted in (
            ("ingress", old.ingress, after.ingress),
            ("egress", old.egress, after.egress),
        ):
            open_before = {rule.unexplained(): rule for rule in had}
            open_after = {rule.unexplained(): rule for rule in wanted}
            # Open first, close last: what is open before and after is never closed between.
            _tell(
                aws,
                f"authorize_security_group_{direction}",
                before.id,
                [rule for bare, rule in open_after.items() if bare not in open_before],
            )
            _tell(
                aws,
                f"update_security_group_rule_descriptions_{direction}",
                before.id,
                [r for bare, r in open_after.items() if open_before.get(bare, r) != r],
            )
            _tell(
                aws,
                f"revoke_security_group_{direction}",
                before.id,
                [bare for bare in open_before if bare not in open_after],
            )

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        retag(aws, observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        # Network interfaces of instances that have just ended hold their groups a little longer.
        with gone_is_fine(*GONE):
            aws.patiently(
                lambda: aws.client("ec2").delete_security_group(GroupId=observed.id),
                "DependencyViolation",
            )

    def users(self, aws: Aws, going: Sequence[Observed]) -> Iterable[User]:
        ids = {group.id for group in going}
        for some in in_filters(sorted(ids)):
            here = [{"Name": "group-id", "Values": some}]
            for interface in aws.pages(
                "ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=here
            ):
                for group in interface["Groups"]:
                    yield User(group["GroupId"], _holder(interface))
        for group in aws.once("security groups", _listed):
            for held in _referred(group) & ids - {group["GroupId"]}:
                yield User(held, f"security group {group['GroupName']}")


def _listed(aws: Aws) -> list[dict[str, Any]]:
    return aws.pages("ec2", "describe_security_groups", "SecurityGroups", MaxResults=1000)


def _holder(interface: Mapping[str, Any]) -> str:
    instance = (interface.get("Attachment") or {}).get("InstanceId")
    return (
        f"instance {instance}"
        if instance
        else f"network interface {interface['NetworkInterfaceId']}"
    )


def _referred(group: Mapping[str, Any]) -> set[str]:
    return {
        pair["GroupId"]
        for permission in (*group["IpPermissions"], *group["IpPermissionsEgress"])
        for pair in permission.get("UserIdGroupPairs") or ()
    }


def _spec(group: Mapping[str, Any], vpc: VpcSpec | None) -> SecurityGroupSpec:
    return SecurityGroupSpec.seen(
        description=group["Description"],
        vpc=vpc,
        ingress=from_aws(group["IpPermissions"]),
        egress=from_aws(group["IpPermissionsEgress"]),
    )


def _tell(aws: Aws, operation: str, group_id: str, rules: list[Rule]) -> None:
    if rules:
        permissions = [to_aws(rule) for rule in rules]
        call = partial(getattr(aws.client("ec2"), operation), GroupId=group_id)
        # A group that was made a moment ago may not be known everywhere yet.
        aws.patiently(partial(call, IpPermissions=permissions), *GONE)


def _vpc(aws: Aws, vpc_id: str) -> VpcSpec | None:
    """A VPC as a document says it: the default one goes without saying."""
    default = any(vpc["VpcId"] == vpc_id and vpc.get("IsDefault") for vpc in _vpcs(aws))
    return None if default else VpcSpec(id=vpc_id)


def _vpcs(aws: Aws) -> list[dict[str, Any]]:
    return aws.once("vpcs", lambda aws: aws.pages("ec2", "describe_vpcs", "Vpcs"))


def _vpc_id(aws: Aws, vpc: VpcSpec | None) -> str:
    if vpc and vpc.id:
        return vpc.id
    wanted = (vpc.tags or {}) if vpc else None
    found = [v["VpcId"] for v in _vpcs(aws) if (_has(v, wanted) if wanted else v.get("IsDefault"))]
    if len(found) != 1:
        what = f"VPC with the tags {vpc.words()}" if vpc else "default VPC"
        count = "no" if not found else f"more than one ({', '.join(sorted(found))})"
        raise Refused(f"{aws.region} has {count} {what}: name the VPC by its id")
    return str(found[0])


def _has(vpc: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    return tags.items() <= as_mapping(vpc.get("Tags")).items()
