"""How an instance is launched: settings that may be said for all, or for some of the launches.

Each field is optional at each level; what is said nowhere is as `SAFE` has it, or as AWS does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reconciler.fields.included import IncludedText
from reconciler.fields.plain import Bool, Int, KmsKey, text
from reconciler.fields.tags import Tags
from reconciler.spec import Refers, Spec

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html
InstanceType = Annotated[
    str, text(r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$", "an instance type, such as c5d.xlarge")
]
SubnetId = Annotated[str, text(r"^subnet-[0-9a-f]{8,17}$", "a subnet's id")]
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
DeviceName = Annotated[
    str, text(r"^(/dev/[a-z0-9]+|xvd[a-z]+)$", "a device's name, such as /dev/xvda or xvdb", 64)
]
SnapshotId = Annotated[str, text(r"^snap-[0-9a-f]{8,17}$", "a snapshot's id")]
Ephemeral = Annotated[
    str, text(r"^ephemeral[0-9]{1,2}$", "one of the machine's own disks, such as ephemeral0")
]
ImageId = Annotated[str, text(r"^ami-[0-9a-f]{8,17}$", "an image's id")]
ImageOwner = Annotated[
    str, text(r"^(self|amazon|aws-marketplace|[0-9]{12})$", "self, amazon or an account id")
]
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
ImageParameter = Annotated[
    str, text(r"^/[A-Za-z0-9_./-]+$", "a parameter's name, such as /aws/service/…", 1011)
]


class WhichImage(Spec):
    """Which image: by its id, by a parameter of SSM, the newest of a name and an owner, or what was
    built of an Image document."""

    exactly_one: ClassVar = (("id", "parameter", "name", "built"),)
    only_with: ClassVar = {"owner": ("name", ()), "architecture": ("name", ())}

    id: ImageId | None = None
    """This very image."""
    parameter: ImageParameter | None = None
    """A parameter that holds an image's id, such as AWS's own for Amazon Linux."""
    name: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """A name with * and ?: the newest of that name is taken."""
    owner: ImageOwner | None = None
    """Whose images count; without this, one's own. Anybody may give an image any name."""
    architecture: Literal["x86_64", "arm64", "i386"] | None = None
    """Only images for machines of this one."""
    built: Annotated[str | None, Refers("Image")] = None
    """An Image document: the newest that was built of it, of its steps as they are if there is one.
    """

    def words(self) -> str:
        if self.built:
            return f"Image/{self.built}"
        if self.name:
            what = " ".join(filter(None, ["newest", self.architecture, self.name]))
            return f"{what} of {self.owner or 'self'}"
        return self.id or f"parameter {self.parameter}"


class BlockDevice(Spec):
    """A disk: a volume of EBS, or one that the machine has itself."""

    size: Annotated[Int, Field(ge=1, le=65536)] | None = None
    """In GiB."""
    type: Literal["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"] | None = None
    """EBS's type of volume; said nowhere, it is as the image or AWS has it."""
    iops: Annotated[Int, Field(ge=100, le=256000)] | None = None
    """Operations a second, for the types that sell them."""
    throughput: Annotated[Int, Field(ge=125, le=2000)] | None = None
    """In MiB a second."""
    encrypted: Bool | None = None
    """Said nowhere, it is."""
    kms_key: KmsKey | None = None
    """Without it, the account's default key for EBS."""
    snapshot: SnapshotId | None = None
    """What is on it at first."""
    delete_on_termination: Bool | None = None
    """Said nowhere, it is deleted with its instance."""
    ephemeral: Ephemeral | None = None
    """One of the machine's own disks, and no volume."""


class MetadataOptions(Spec):
    """How the instance may be asked about itself. Said nowhere, by IMDSv2 alone."""

    tokens: Literal["required", "optional"] | None = None
    """With `optional`, the older protocol is answered too, which has leaked credentials."""
    hop_limit: Annotated[Int, Field(ge=1, le=64)] | None = None
    """How many hops an answer may go: 1 for the machine itself, 2 for its containers."""
    tags: Bool | None = None
    """Whether the instance may read its own tags there."""


class UserData(Spec):
    """What the instance gets to read when it starts. No secret: those are parameters of SSM."""

    some_of: ClassVar = ("text", "config", "gzip")

    text: IncludedText | None = None
    """A script or cloud-init's YAML, or `file:` and where it stands."""
    config: dict[str, Any] | None = None
    """A structure of your own: sent as JSON, beside what the worker must know of itself."""
    gzip: Bool | None = None
    """Whether the image can read it packed; AWS takes 16 KiB, packed or not."""


class Around(Spec):
    """What is around an instance and leaves no mark on its disks."""

    key_pair: Annotated[str | None, Refers("KeyPair")] = None
    """For ssh; nobody needs one."""
    security_groups: Annotated[tuple[str, ...] | None, Refers("SecurityGroup")] = None
    """Without any, the default group of the VPC."""
    instance_profile: Annotated[str | None, Refers("InstanceProfile")] = None
    """What the instance may do in AWS."""
    public_ip: Bool | None = None
    """Said nowhere, it is as the subnet has it."""
    metadata_options: MetadataOptions | None = None


class Settings(Around):
    """Settings of launches."""

    block_devices: dict[DeviceName, BlockDevice] | None = None
    """Disks by the names of their devices."""
    user_data: UserData | None = None
    ebs_optimized: Bool | None = None
    """Said nowhere, it is as the instance type has it."""
    detailed_monitoring: Bool | None = None
    """Whether CloudWatch measures every minute, which costs."""


class Launch(Settings):
    """Settings of launches, and the tags that they bring."""

    tags: Tags | None = None
    """Tags of the instances and their volumes, beside those of the worker type."""


SAFE: Mapping[str, Any] = {"metadataOptions": {"tokens": "required", "hopLimit": 1}}
"""What holds where nothing is said at any level."""
SAFE_VOLUME: Mapping[str, Any] = {"encrypted": True, "deleteOnTermination": True}
"""The same for each volume of EBS."""
