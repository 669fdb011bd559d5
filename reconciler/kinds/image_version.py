"""ImageVersion: a machine image, named by all that went into it, so that it never changes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.aws import build
from reconciler.aws.build import AVAILABLE, FAILED, Order, Step
from reconciler.aws.command_output import group
from reconciler.aws.ec2 import retag
from reconciler.aws.errors import gone_is_fine
from reconciler.aws.grants import Grant, ec2_changed, ec2_made, looks
from reconciler.aws.machine import Way
from reconciler.aws.own_images import own_images
from reconciler.aws.removal import Patience
from reconciler.aws.script import Script
from reconciler.aws.session import Aws
from reconciler.aws.told import say, why_stop
from reconciler.fields.marks import FINGERPRINT, TOOK
from reconciler.fields.step import StepSpec
from reconciler.fields.tags import ESTATE, RESOURCE, TagChange
from reconciler.kinds.kind import Kind, Sought, There
from reconciler.kinds.launch import Launch
from reconciler.kinds.launch_template import LaunchTemplateSpec, in_full
from reconciler.model import Observed
from reconciler.spec import Spec

PATIENCE = Patience(time.monotonic, time.sleep, why_stop)
"""How a build waits."""

_GONE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable")
_MAKING = ("pending", "transient")
_INSTANCE = "arn:{partition}:ec2:{region}:{account}:instance/*"
# No account is in the ARN of an image or a snapshot.
_IMAGE = "arn:{partition}:ec2:{region}::image/*"
_SNAPSHOT = "arn:{partition}:ec2:{region}::snapshot/*"
_GROUP = "arn:{partition}:logs:{region}:{account}:log-group:/reconciler/{estate}"
# For so long an image is waited for that AWS still makes.
_WAITED = 7200.0


class BuildSpec(Spec):
    """How it is made."""

    description: str
    launch: LaunchTemplateSpec
    """The machine that it is made on; its base is that one's image."""
    first_boot: str
    """A script, or ""."""
    steps: tuple[StepSpec, ...]
    windows: bool
    seconds: int
    """So long it may take."""

    def words(self) -> Any:
        content = self.launch.content
        assert self.launch.sample
        return {
            "base": content["ImageId"],
            "instanceType": self.launch.sample.instance_type,
            **({"firstBoot": _lines(self.first_boot)} if self.first_boot else {}),
            "steps": "\n".join(
                f"{number}. {step.name}: {_what(step)}{' and a restart' * step.reboot}"
                for number, step in enumerate(self.steps, 1)
            ),
        }


def _what(step: StepSpec) -> str:
    if step.document:
        return step.document
    return _lines(step.script or "")


def _lines(script: str) -> str:
    lines = len(script.splitlines())
    return f"a script of {lines} line{'s' * (lines != 1)}"


class ImageVersionSpec(Spec):
    """An image, as it is or as it is to be made."""

    state: str = AVAILABLE
    build: BuildSpec | None = None
    """None for one that is there."""
    fingerprint: str
    product: str = ""
    """What AWS calls what it runs."""
    created: str = ""
    """When, as AWS says it."""
    took: int | None = None
    """How many seconds it took to make, where that is known."""

    @property
    def available(self) -> bool:
        return self.state == AVAILABLE

    @property
    def failed(self) -> bool:
        return self.state in FAILED

    @property
    def being_made(self) -> bool:
        return self.state in _MAKING

    def waited_for(self) -> ImageVersionSpec:
        """The same once it is available."""
        return self.model_copy(update={"state": AVAILABLE})

    def words(self) -> Any:
        return self.build.words() if self.build else {"state": self.state}


class ImageVersion(Kind[ImageVersionSpec]):
    name = "ImageVersion"
    spec = ImageVersionSpec
    slow = True
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
    names = r"^[A-Za-z0-9()./_-]+$"
    longest = 128
    reads = (looks("ec2:DescribeImages"),)
    writes = (
        *Launch.writes,
        ec2_made(("ec2:CreateImage",), _IMAGE),
        ec2_made(("ec2:CreateImage",), _SNAPSHOT),
        *ec2_changed(("ec2:CreateImage", "ec2:StopInstances", "ec2:TerminateInstances"), _INSTANCE),
        *ec2_changed(("ec2:DeregisterImage",), _IMAGE),
        *ec2_changed(("ec2:DeleteSnapshot",), _SNAPSHOT),
        Grant(
            "BuildMachines",
            ("ssm:SendCommand",),
            (_INSTANCE,),
            {"StringEquals": {f"ssm:resourceTag/{ESTATE}": ("{estate}",)}},
        ),
        Grant(
            "BuildSteps",
            ("ssm:SendCommand",),
            (
                "arn:{partition}:ssm:{region}:{account}:document/{Document}",
                "arn:{partition}:ssm:{region}::document/*",
            ),
        ),
        Grant("BuildCancelled", ("ssm:CancelCommand",)),
        Grant(
            "BuildOutput",
            (
                "logs:CreateLogGroup",
                "logs:DescribeLogStreams",
                "logs:GetLogEvents",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
            ),
            (_GROUP, f"{_GROUP}:*"),
        ),
        looks(
            "ec2:DescribeInstances",
            "ssm:DescribeInstanceInformation",
            "ssm:GetCommandInvocation",
            "ssm:ListCommandInvocations",
        ),
    )

    def origin(self, name: str, spec: ImageVersionSpec) -> str:  # noqa: ARG002
        return f"Image/{image_of(name)}"

    def same(self, before: ImageVersionSpec, after: ImageVersionSpec) -> bool:
        """The content is as the name says."""
        return before.state == after.state

    def fixed(self, before: ImageVersionSpec, after: ImageVersionSpec) -> Iterable[str]:  # noqa: ARG002
        return ["state"] if before.failed else []

    def observe(self, aws: Aws, sought: Sought[ImageVersionSpec]) -> Iterable[Observed]:
        for one in own_images(aws, sought.estate):
            yield Observed(one.told["Name"], one.id, _spec(one.told, one.tags), one.tags)

    def there(self, aws: Aws) -> Iterable[There]:  # noqa: ARG002
        return ()

    def create(self, aws: Aws, name: str, spec: ImageVersionSpec, tags: Mapping[str, str]) -> str:
        """Build it; its output is said as it comes, and a stop gives it up."""
        made = spec.build
        assert made
        its = {**tags, RESOURCE: f"Image/{image_of(tags[RESOURCE].partition('/')[2])}"}
        order = Order(
            name=name,
            description=made.description,
            tags={**tags, FINGERPRINT: spec.fingerprint},
            way=Way(aws, in_full(aws, made.launch), its, made.windows, made.first_boot),
            steps=[_step(step, made.windows) for step in made.steps],
            seconds=made.seconds,
            group=group(aws, tags[ESTATE], {ESTATE: tags[ESTATE]}),
        )
        return build.built(order, PATIENCE, say)

    def update(self, aws: Aws, before: Observed, after: ImageVersionSpec) -> None:  # noqa: ARG002
        """Wait for one that AWS still makes, though the run that built it is gone."""
        say(f"{before.id} is {before.spec.words()['state']}, and is waited for\n")
        build.available(aws, before.id, PATIENCE.now() + _WAITED, PATIENCE)

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        with gone_is_fine(*_GONE):
            retag(aws, observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        """Its snapshots go with it; one that stays all the same is found by its tag.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeregisterImage.html
        """
        with gone_is_fine(*_GONE):
            aws.client("ec2").deregister_image(ImageId=observed.id, DeleteAssociatedSnapshots=True)


def image_of(version: str) -> str:
    """The image that a version is of, by their names in git."""
    return version.rpartition(".")[0]


def _step(step: StepSpec, windows: bool) -> Step:
    if step.document:
        given = {name: [*values] for name, values in (step.parameters or {}).items()}
        script = Script(step.document, given)
    else:
        script = Script.of(step.script or "", windows, step.timeout)
    return Step(step.name, script, step.timeout, step.reboot)


def _spec(image: Mapping[str, Any], tags: Mapping[str, str]) -> ImageVersionSpec:
    took = tags.get(TOOK, "")
    return ImageVersionSpec(
        state=image["State"],
        fingerprint=tags.get(FINGERPRINT, ""),
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html
        product=image.get("PlatformDetails") or "Linux/UNIX",
        created=image.get("CreationDate", ""),
        took=int(took) if took.isdecimal() and len(took) < 9 else None,
    )
