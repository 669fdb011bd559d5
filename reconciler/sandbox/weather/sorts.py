"""The sorts of resources that show late: how calls make them, end them, list them and name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.call import Call
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters


@dataclass(frozen=True)
class Sort:
    service: str
    word: str
    """What is in the name of every operation that is about this sort alone; in SSM it decides."""
    made: Sequence[str]
    ended: Sequence[str]
    listed: Mapping[str, str]
    """By operation, under what its answer has them."""
    ids: Sequence[str]
    """What an id of it is called, wherever one stands."""
    named: Sequence[str]
    """The parameters that name it in any other call."""
    refusal: tuple[str, str, int]
    only_reading: bool = False
    """Whether calls that change something see it at once."""
    unheeded: Sequence[str] = ()
    """Operations that take its name and do not look whether it is there."""
    unsaid: Callable[[Call, Answer], set[str]] = lambda _call, _answer: set()
    """Ids of what a call has made of it beside what the answer says."""
    within: str = ""
    """Under what an entry, or an answer, has several of it, where it does."""

    def refused(self, id_: str, parameters: Parameters) -> AwsError:
        if _BY_TYPE in parameters:
            return AwsError("InvalidResourceId", "The resource ID isn't valid.")
        code, words, status = self.refusal
        return AwsError(code, words.format(id_), status)

    def ids_in(self, *parts: Any) -> set[str]:
        """The ids in a call's parameters, in its answer, or in an entry of a listing."""
        several = [one for part in parts for one in part.get(self.within, ())]
        return {plain(id_) for part in (*parts, *several) for id_ in _texts(part, self.ids)}

    def apart(self, entries: list[Any]) -> list[Any]:
        """The entries with one of it in each."""
        if not self.within:
            return entries
        return [{**entry, self.within: [one]} for entry in entries for one in entry[self.within]]

    def named_in(self, call: Call, parameters: Parameters) -> set[str]:
        if self.service == "ssm" and _BY_TYPE in parameters:
            return {plain(parameters["ResourceId"])} if parameters[_BY_TYPE] == self.word else set()
        if self.service == "ssm" and self.word not in call.operation:
            return set()
        if call.operation in self.unheeded:
            return set()
        return {plain(id_) for id_ in _texts(parameters, self.named)}


# So SSM's calls on tags say what theirs are of.
_BY_TYPE = "ResourceType"


def plain(id_: str) -> str:
    """An ARN of SSM's or EC2's as the id at its end: those services take and give both."""
    if id_.startswith(("arn:aws:ssm:", "arn:aws:ec2:")):
        id_ = id_.split(":", 5)[5].partition("/")[2]
    return id_.lstrip("/")


def _texts(value: Any, names: Sequence[str]) -> Iterator[str]:
    """The texts under these names, at the top or one structure deeper."""
    for name, part in value.items():
        if name in names:
            yield from [part] if isinstance(part, str) else part
        elif isinstance(part, dict):
            yield from (part[n] for n in names if isinstance(part.get(n), str))


def is_new(sort: Sort, answer: Answer) -> bool:
    """PutParameter also writes over what is there."""
    return "PutParameter" not in sort.made or answer.get("Version") == 1


_NO_ENTITY = "NoSuchEntity"

# IAM shows late everywhere: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
# In calls that change something, too: https://github.com/hashicorp/terraform-provider-aws/pull/6079
ROLE = Sort(
    "iam",
    "Role",
    made=("CreateRole",),
    ended=("DeleteRole",),
    listed={"ListRoles": "Roles", "GetAccountAuthorizationDetails": "RoleDetailList"},
    ids=("RoleName", "Arn"),
    named=("RoleName",),
    refusal=(_NO_ENTITY, "The role with name {} cannot be found.", 404),
)
POLICY = Sort(
    "iam",
    "Policy",
    made=("CreatePolicy",),
    ended=("DeletePolicy",),
    listed={"ListPolicies": "Policies", "GetAccountAuthorizationDetails": "Policies"},
    ids=("PolicyArn", "Arn"),
    named=("PolicyArn", "PermissionsBoundary"),
    refusal=(_NO_ENTITY, "Policy {} does not exist or is not attachable.", 404),
)
PROFILE = Sort(
    "iam",
    "InstanceProfile",
    made=("CreateInstanceProfile",),
    ended=("DeleteInstanceProfile",),
    listed={"ListInstanceProfiles": "InstanceProfiles"},
    ids=("InstanceProfileName", "Arn"),
    named=("InstanceProfileName",),
    refusal=(_NO_ENTITY, "Instance Profile {} cannot be found.", 404),
)
PROVIDER = Sort(
    "iam",
    "OpenIDConnectProvider",
    made=("CreateOpenIDConnectProvider",),
    ended=("DeleteOpenIDConnectProvider",),
    listed={"ListOpenIDConnectProviders": "OpenIDConnectProviderList"},
    ids=("OpenIDConnectProviderArn", "Arn"),
    named=("OpenIDConnectProviderArn",),
    refusal=(_NO_ENTITY, "OpenIDConnect Provider not found for arn {}", 404),
)
# https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
# Seen with CreateTags: https://github.com/boto/boto3/issues/620
GROUP = Sort(
    "ec2",
    "SecurityGroup",
    made=("CreateSecurityGroup",),
    ended=("DeleteSecurityGroup",),
    listed={"DescribeSecurityGroups": "SecurityGroups"},
    ids=("GroupId",),
    named=("GroupId", "GroupIds", "Resources"),
    refusal=("InvalidGroup.NotFound", "The security group '{}' does not exist", 400),
)
KEY = Sort(
    "ec2",
    "KeyPair",
    made=("CreateKeyPair", "ImportKeyPair"),
    ended=("DeleteKeyPair",),
    listed={"DescribeKeyPairs": "KeyPairs"},
    ids=("KeyPairId", "KeyName"),
    named=("KeyPairIds", "KeyNames"),
    refusal=("InvalidKeyPair.NotFound", "The key pair '{}' does not exist", 400),
)
# AWS names no order between writing a parameter and reading it:
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
# Seen: https://github.com/aws/aws-cdk-cli/pull/830
PARAMETER = Sort(
    "ssm",
    "Parameter",
    made=("PutParameter",),
    ended=("DeleteParameter",),
    listed={
        "DescribeParameters": "Parameters",
        "GetParameters": "Parameters",
        "GetParametersByPath": "Parameters",
    },
    ids=("Name",),
    named=("Name",),
    refusal=("ParameterNotFound", "Parameter {} not found.", 400),
    only_reading=True,
)
DOCUMENT = Sort(
    "ssm",
    "Document",
    made=("CreateDocument",),
    ended=("DeleteDocument",),
    listed={"ListDocuments": "DocumentIdentifiers"},
    ids=("Name",),
    named=("Name",),
    refusal=("InvalidDocument", "Document with name {} does not exist.", 400),
    only_reading=True,
)

# Seen by who launched a fleet at once: https://github.com/4dn-dcic/tibanna/pull/383
TEMPLATE = Sort(
    "ec2",
    "LaunchTemplate",
    made=("CreateLaunchTemplate",),
    ended=("DeleteLaunchTemplate",),
    listed={
        "DescribeLaunchTemplates": "LaunchTemplates",
        "DescribeLaunchTemplateVersions": "LaunchTemplateVersions",
    },
    ids=("LaunchTemplateId", "LaunchTemplateName"),
    named=("LaunchTemplateId", "LaunchTemplateIds", "Resources"),
    refusal=(
        "InvalidLaunchTemplateId.NotFound",
        "The specified launch template, with template ID {}, does not exist.",
        400,
    ),
)
# Its end is a state of it, that shows at once; later it is gone, which no weather brings.
INSTANCE = Sort(
    "ec2",
    "Instance",
    made=("RunInstances", "CreateFleet"),
    ended=(),
    listed={"DescribeInstances": "Reservations"},
    ids=("InstanceId", "InstanceIds"),
    named=("InstanceId", "InstanceIds", "Resources"),
    refusal=("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist", 400),
    within="Instances",
)
# Seen by who waited for it: https://github.com/ansible-collections/amazon.aws/pull/1321
IMAGE = Sort(
    "ec2",
    "Image",
    made=("CreateImage",),
    ended=("DeregisterImage",),
    listed={"DescribeImages": "Images"},
    ids=("ImageId",),
    named=("ImageId", "ImageIds", "Resources"),
    refusal=("InvalidAMIID.NotFound", "The image id '[{}]' does not exist", 400),
    unheeded=("CreateLaunchTemplate", "CreateLaunchTemplateVersion"),
)


def _of_image(call: Call, answer: Answer) -> set[str]:
    """CreateImage tells the image only."""
    image = call.world("ec2").amis.get(answer.get("ImageId"))
    return {one.id for one in image.snapshots} if image else set()


SNAPSHOT = Sort(
    "ec2",
    "Snapshot",
    made=("CreateSnapshot", "CreateImage"),
    ended=("DeleteSnapshot",),
    listed={"DescribeSnapshots": "Snapshots"},
    ids=("SnapshotId",),
    named=("SnapshotId", "SnapshotIds", "Resources"),
    refusal=("InvalidSnapshot.NotFound", "The snapshot '{}' does not exist.", 400),
    unsaid=_of_image,
)

SORTS = (
    *(ROLE, POLICY, PROFILE, PROVIDER),
    *(GROUP, KEY, TEMPLATE, INSTANCE, IMAGE, SNAPSHOT),
    *(PARAMETER, DOCUMENT),
)
