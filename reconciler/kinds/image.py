"""Image: what machine images are made of. AWS knows none of it: each state of the document is a
version of its own there (see image_version.py), which is built beside those before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from reconciler.aws.grants import Grant
from reconciler.aws.session import Aws
from reconciler.fields.launch import (
    Around,
    BlockDevice,
    DeviceName,
    InstanceType,
    SubnetId,
    WhichImage,
)
from reconciler.fields.plain import Int, NonEmpty, once
from reconciler.fields.step import LONGEST, FirstBoot, StepSpec
from reconciler.fields.tags import TagChange
from reconciler.kinds import image_snapshot, image_version
from reconciler.kinds.kind import Kind, Sought, There
from reconciler.model import Observed
from reconciler.spec import Spec


class ImageSpec(Spec):
    """A machine image: what it is made from, and the steps by which it is made."""

    description: NonEmpty
    base: WhichImage
    """The image that the machine starts from; when another one is meant by it, this is built anew.
    """
    instance_type: InstanceType
    """What it is built on: on demand, and only for as long as the build takes."""
    first_boot: FirstBoot | None = None
    """For root's sh or, on Windows, PowerShell, when the machine boots for the first time and SSM
    can't reach it yet, as to install SSM's agent; or `file:` and where it stands. What it says
    and how it ends is known on the machine alone.
    """
    steps: Annotated[tuple[StepSpec, ...], Field(min_length=1)]
    """What is done there, one after the other."""
    block_devices: dict[DeviceName, BlockDevice] = Field(default_factory=dict)
    """The image's disks that are not as those of its base are, by the names of their devices."""
    launch: Around = Field(default_factory=Around)
    """How the machine is launched: it needs a way to SSM, and an instance profile that may use it.
    """
    subnet: SubnetId | None = None
    """Where; without one, in a default subnet."""
    keep: Annotated[Int, Field(ge=1, le=100)] = 2
    """So many versions stay, the newest."""
    timeout: Annotated[Int, Field(ge=600, le=LONGEST)] = 7200
    """So long the whole build may take, and the machine may live, in seconds."""

    @model_validator(mode="after")
    def _fits_together(self) -> ImageSpec:
        once(step.name for step in self.steps)
        for device, disk in self.block_devices.items():
            if disk.delete_on_termination is False:
                raise PydanticCustomError(
                    "left_behind",
                    "{device} must go with the machine that the image is built on",
                    {"device": device},
                )
        return self


_DERIVED = "AWS knows no such documents: versions are derived from them"


class Image(Kind[ImageSpec]):
    name = "Image"
    spec = ImageSpec
    # Its versions' names are this, a dot and a digest.
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
    names = r"^[A-Za-z0-9][A-Za-z0-9()./_-]*$"
    longest = 100
    reads = ()
    senses = (
        Grant(
            "PublicParameters",
            ("ssm:GetParameters",),
            ("arn:{partition}:ssm:{region}::parameter/aws/*",),
        ),
    )
    writes = (*image_version.ImageVersion.writes, *image_snapshot.ImageSnapshot.writes)

    def observe(self, aws: Aws, sought: Sought[ImageSpec]) -> Iterable[Observed]:  # noqa: ARG002
        return ()

    def there(self, aws: Aws) -> Iterable[There]:  # noqa: ARG002
        return ()

    def create(self, aws: Aws, name: str, spec: ImageSpec, tags: Mapping[str, str]) -> str:
        raise NotImplementedError(_DERIVED)

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        raise NotImplementedError(_DERIVED)

    def delete(self, aws: Aws, observed: Observed) -> None:
        raise NotImplementedError(_DERIVED)
