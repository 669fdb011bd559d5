"""LaunchTemplate: how instances are launched, named by its content, so that it never changes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from reconciler.aws.ec2 import retag, tag_specifications
from reconciler.aws.errors import Refused, code, gone_is_fine
from reconciler.aws.grants import ec2_changed, ec2_made, looks
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping
from reconciler.fields.marks import WORKER_TYPE
from reconciler.fields.plain import SET
from reconciler.fields.tags import ESTATE, TagChange
from reconciler.kinds.kind import Kind, Sought, There
from reconciler.model import Observed
from reconciler.spec import Refers, Spec

VERSION = "1"
"""The only version that one of ours has."""

_ARN = "arn:{partition}:ec2:{region}:{account}:launch-template/*"
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
_GONE = ("InvalidLaunchTemplateName.NotFoundException", "InvalidLaunchTemplateId.NotFound")
_THERE = "InvalidLaunchTemplateName.AlreadyExistsException"
_MAY_NOT_SHOW_YET = (
    "InvalidGroup.NotFound",
    "InvalidKeyPair.NotFound",
    "InvalidLaunchTemplateId.NotFound",
    "InvalidParameterValue",
)


class Sample(Spec):
    """One of the launches that the template is for, by which it is tried."""

    instance_type: str
    zone: str = ""
    """Without one, AWS takes any."""
    subnet: str | None = None


class LaunchTemplateSpec(Spec):
    """A launch template as its worker types derive it; its name has the digest of all of it."""

    key_pair: Annotated[str | None, Refers("KeyPair")] = None
    security_groups: Annotated[tuple[str, ...], SET, Refers("SecurityGroup")] = ()
    instance_profile: Annotated[str | None, Refers("InstanceProfile")] = None
    content: dict[str, Any] = Field(default_factory=dict)
    """All the rest, in the words of RunInstances; empty for one that is there."""
    public_ip: bool | None = None
    sample: Sample | None = None
    image: str | None = None
    """AWS's id of the image, of one that is there."""

    def words(self) -> Any:
        """As a reader wants to see it: user data as text, and not what it is only tried by."""
        content = {**self.content}
        if data := content.pop("UserData", ""):
            content["UserData"] = _told(base64.b64decode(data))
        shown = self.model_copy(update={"content": {}, "sample": None, "image": None})
        return {**super(LaunchTemplateSpec, shown).words(), **content}


def _told(data: bytes) -> Any:
    """A structure by its parts, a text as it is; packed user data is told by its size alone."""
    try:
        text = data.decode()
        return json.loads(text) if text.startswith("{") else text
    except UnicodeDecodeError:
        return f"{len(data)} bytes, packed"
    except ValueError:
        return text


_REFERENCES = ("key_pair", "security_groups", "instance_profile")


class LaunchTemplate(Kind[LaunchTemplateSpec]):
    name = "LaunchTemplate"
    spec = LaunchTemplateSpec
    fleeting = True
    mutable = False
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html
    names = r"^[a-zA-Z0-9().\-/_]+$"
    longest = 128
    reads = (
        looks(
            "ec2:DescribeKeyPairs",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:DescribeLaunchTemplates",
        ),
    )
    writes = (
        ec2_made(("ec2:CreateLaunchTemplate",), _ARN),
        *ec2_changed(("ec2:DeleteLaunchTemplate",), _ARN),
    )

    def origin(self, name: str, spec: LaunchTemplateSpec) -> str:  # noqa: ARG002
        return f"{WORKER_TYPE}/{name.rpartition('.')[0]}"

    def same(self, before: LaunchTemplateSpec, after: LaunchTemplateSpec) -> bool:
        """The content is as the name says; what it refers to may have become something else."""
        return not self.fixed(before, after)

    def fixed(self, before: LaunchTemplateSpec, after: LaunchTemplateSpec) -> list[str]:
        return [f for f in _REFERENCES if getattr(before, f) != getattr(after, f)]

    def observe(self, aws: Aws, sought: Sought[LaunchTemplateSpec]) -> Iterable[Observed]:
        ours = aws.pages(
            "ec2",
            "describe_launch_templates",
            "LaunchTemplates",
            Filters=[{"Name": f"tag:{ESTATE}", "Values": [sought.estate]}],
        )
        content = _contents(aws) if ours else {}
        for template in ours:
            id_ = template["LaunchTemplateId"]
            data = content.get(id_, {})
            yield Observed(
                template["LaunchTemplateName"],
                id_,
                _spec(aws, data),
                as_mapping(template.get("Tags")),
            )

    def there(self, aws: Aws) -> Iterable[There]:  # noqa: ARG002
        return ()

    def create(self, aws: Aws, name: str, spec: LaunchTemplateSpec, tags: Mapping[str, str]) -> str:
        if not spec.content:
            # It was to stay as it is, and something that it leads to is replaced in the same plan.
            raise Refused("what it holds is not known now: the next plan makes it anew")
        ec2 = aws.client("ec2")
        data = {**spec.content, **_references(aws, spec)}
        try:
            made = ec2.create_launch_template(
                LaunchTemplateName=name,
                LaunchTemplateData=data,
                TagSpecifications=tag_specifications("launch-template", tags),
            )["LaunchTemplate"]
        except Exception as error:
            if code(error) != _THERE or not (made := _ours(aws, name, tags)):
                raise
        _try(aws, str(made["LaunchTemplateId"]), spec)
        return str(made["LaunchTemplateId"])

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        retag(aws, observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        with gone_is_fine(*_GONE):
            aws.client("ec2").delete_launch_template(LaunchTemplateId=observed.id)


def in_full(aws: Aws, spec: LaunchTemplateSpec) -> dict[str, Any]:
    """What RunInstances takes for the one launch that is the spec's sample; references are ids."""
    assert spec.sample
    return {
        **spec.content,
        **_references(aws, spec),
        "InstanceType": spec.sample.instance_type,
        **_place(spec, spec.sample),
    }


def _try(aws: Aws, template: str, spec: LaunchTemplateSpec) -> None:
    """Ask AWS whether it would launch such an instance; takes the template back where it wouldn't.

    A fleet that can't be launched says so in an error for each of its offerings, at each attempt;
    a dry run says it once, before anything is asked for.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    if spec.sample is None:
        return
    ec2, sample = aws.client("ec2"), spec.sample
    place = _place(spec, sample)

    def run() -> None:
        ec2.run_instances(
            DryRun=True,
            LaunchTemplate={"LaunchTemplateId": template, "Version": VERSION},
            InstanceType=sample.instance_type,
            MinCount=1,
            MaxCount=1,
            **place,
        )

    try:
        # A profile, a group or a key that was made a moment ago may not be known everywhere.
        aws.patiently(run, *_MAY_NOT_SHOW_YET)
    except Exception as error:
        if code(error) == "DryRunOperation":
            return
        with gone_is_fine(*_GONE):
            ec2.delete_launch_template(LaunchTemplateId=template)
        raise


def _place(spec: LaunchTemplateSpec, sample: Sample) -> dict[str, Any]:
    if not sample.subnet:
        return {"Placement": {"AvailabilityZone": sample.zone}} if sample.zone else {}
    if spec.public_ip is None:
        return {"SubnetId": sample.subnet}
    # Where a network interface says anything, the subnet must be said there, too.
    return {"NetworkInterfaces": [{**_interface(spec), "SubnetId": sample.subnet}]}


def _interface(spec: LaunchTemplateSpec) -> dict[str, Any]:
    """Whether there is a public address is said of a network interface, as are the groups then."""
    groups = {"Groups": list(spec.security_groups)} if spec.security_groups else {}
    return {
        "DeviceIndex": 0,
        "AssociatePublicIpAddress": spec.public_ip,
        "DeleteOnTermination": True,
        **groups,
    }


def _ours(aws: Aws, name: str, tags: Mapping[str, str]) -> Any:
    """The template of that name, if it is ours: made by a run that did not hear of it any more."""
    ec2 = aws.client("ec2")
    there = aws.patiently(
        lambda: ec2.describe_launch_templates(LaunchTemplateNames=[name]), _GONE[0]
    )
    found = there["LaunchTemplates"][0]
    return found if as_mapping(found.get("Tags")).get(ESTATE) == tags[ESTATE] else None


def _references(aws: Aws, spec: LaunchTemplateSpec) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if spec.key_pair:
        data["KeyName"] = _key_name(aws, spec.key_pair)
    if spec.instance_profile:
        data["IamInstanceProfile"] = {"Arn": spec.instance_profile}
    if spec.public_ip is not None:
        data["NetworkInterfaces"] = [_interface(spec)]
    elif spec.security_groups:
        data["SecurityGroupIds"] = list(spec.security_groups)
    return data


def _contents(aws: Aws) -> dict[str, Any]:
    """What the templates of this region hold, by their ids.

    Without a template's id this gives the default versions of all of them.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html
    """
    versions = aws.pages(
        "ec2",
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        Versions=["$Default"],
    )
    return {one["LaunchTemplateId"]: one["LaunchTemplateData"] for one in versions}


def _spec(aws: Aws, data: Mapping[str, Any]) -> LaunchTemplateSpec:
    interface: Mapping[str, Any] = next(iter(data.get("NetworkInterfaces", ())), {})
    name = data.get("KeyName")
    return LaunchTemplateSpec.seen(
        key_pair=_key_ids(aws).get(name) if name else None,
        security_groups=tuple(interface.get("Groups") or data.get("SecurityGroupIds", ())),
        instance_profile=data.get("IamInstanceProfile", {}).get("Arn"),
        public_ip=interface.get("AssociatePublicIpAddress"),
        image=data.get("ImageId"),
    )


def _key_ids(aws: Aws) -> dict[str, str]:
    return {
        pair["KeyName"]: pair["KeyPairId"]
        for pair in aws.once(
            "key pairs by name", lambda aws: aws.client("ec2").describe_key_pairs()["KeyPairs"]
        )
    }


def _key_name(aws: Aws, key_pair: str) -> str:
    """Launches know a key pair by its name, and references by its id."""
    found = aws.client("ec2").describe_key_pairs(KeyPairIds=[key_pair])["KeyPairs"]
    if not found:
        raise Refused(f"the key pair {key_pair} is gone")
    return str(found[0]["KeyName"])
