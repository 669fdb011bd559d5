"""What carries an estate's tag and may be of no kind, whatever its name, and how it is removed.

EC2's filters take `*` and `?` for signs, and the tagging API is always a bit late: a thing is the
estate's only where its own tag says so word for word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from reconciler.aws import bucket
from reconciler.aws.ec2 import in_filters
from reconciler.aws.errors import gone_is_fine
from reconciler.aws.removal import LIVE, Remove, end_instances, one_by_one
from reconciler.aws.session import Aws
from reconciler.aws.ssm import own_parameters
from reconciler.aws.tagging import as_mapping, as_pairs, tagged
from reconciler.fields.tags import ESTATE, PROTECT
from reconciler.model import Estate, Observed
from reconciler.spec import Spec

Entry = Mapping[str, Any]


class Sort(NamedTuple):
    """A sort of things: how an estate's are found in one place, and how they are removed there."""

    name: str
    find: Callable[[Aws, Estate], Iterable[Observed]]
    remove: Remove


def regions(aws: Aws) -> tuple[str, ...]:
    """Every region that the account may use."""
    answer = aws.client("ec2").describe_regions()
    return tuple(sorted(region["RegionName"] for region in answer["Regions"]))


def instances(aws: Aws, estate: Estate) -> Iterator[Observed]:
    """The estate's instances that have not ended."""
    states = {"Name": "instance-state-name", "Values": [*LIVE]}
    for reservation in _pages(aws, estate, "describe_instances", "Reservations", states):
        for one in reservation["Instances"]:
            if as_mapping(one.get("Tags")).get(ESTATE) == estate.name:
                yield _thing(one, "InstanceId")


def _listed(operation: str, result: str, id_: str, name: str = "", **asked: Any) -> Any:
    """How a sort is found of which EC2 has a listing with tags."""

    def find(aws: Aws, estate: Estate) -> Iterator[Observed]:
        for one in _pages(aws, estate, operation, result, **asked):
            if as_mapping(one.get("Tags")).get(ESTATE) == estate.name:
                yield _thing(one, id_, name)

    return find


def _snapshots(aws: Aws, estate: Estate) -> Iterator[Observed]:
    """Those that carry the tag, and those that AWS has made for an image that does and goes."""
    yield from _tagged_snapshots(aws, estate)
    for image in _images(aws, estate):
        if image.tags.get(PROTECT) != "true":
            for one in _untagged_of(aws, image.id):
                yield _thing(one, "SnapshotId")


_EVERY_IMAGE = {"Owners": ["self"], "IncludeDeprecated": True, "IncludeDisabled": True}
_images = _listed("describe_images", "Images", "ImageId", "Name", **_EVERY_IMAGE)
_tagged_snapshots = _listed("describe_snapshots", "Snapshots", "SnapshotId", OwnerIds=["self"])


def _untagged_of(aws: Aws, image: str) -> list[Entry]:
    """Snapshots that nobody has tagged as an estate's, and that AWS says to have made for an image.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/deregister-ami.html
    """
    of_image = [{"Name": "image-id", "Values": [image]}]
    ids = [
        disk["Ebs"]["SnapshotId"]
        for one in aws.pages("ec2", "describe_images", "Images", Filters=of_image, **_EVERY_IMAGE)
        for disk in one["BlockDeviceMappings"]
        if disk.get("Ebs", {}).get("SnapshotId")
    ]
    made = rf"(Created by CreateImage\(.*\) for|Copied for DestinationAmi) {image}\b.*"
    return [
        one
        for some in in_filters(ids)
        for one in aws.pages(
            "ec2",
            "describe_snapshots",
            "Snapshots",
            OwnerIds=["self"],
            Filters=[{"Name": "snapshot-id", "Values": some}],
        )
        if ESTATE not in as_mapping(one.get("Tags"))
        and re.fullmatch(made, one.get("Description", ""))
    ]


def _deregister(aws: Aws, image: Observed) -> None:
    """Its snapshots are tagged first: a crash in between leaves what the next purge finds."""
    with gone_is_fine("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"):
        if untagged := _untagged_of(aws, image.id):
            aws.client("ec2").create_tags(
                Resources=[one["SnapshotId"] for one in untagged],
                Tags=as_pairs({ESTATE: image.tags[ESTATE]}),
            )
        aws.client("ec2").deregister_image(ImageId=image.id)


def _ec2_call(operation: str, parameter: str, gone: str = "", busy: str = "") -> Remove:
    """How a sort is removed by EC2; `gone` and `busy` are its codes for what is so."""

    def remove(aws: Aws, thing: Observed) -> None:
        delete = partial(getattr(aws.client("ec2"), operation), **{parameter: thing.id})
        with gone_is_fine(*gone.split()):
            aws.patiently(delete, *busy.split())

    return one_by_one(remove)


def _parameters(aws: Aws, estate: Estate) -> Iterator[Observed]:
    """Settings, secrets, private halves of keys, and what a run or a loop has left as its claim."""
    for one in own_parameters(aws, estate.name):
        if one["Tags"].get(ESTATE) == estate.name:
            yield Observed(one["Name"], one["Name"], Spec(), one["Tags"])


def _delete_parameter(aws: Aws, parameter: Observed) -> None:
    with gone_is_fine("ParameterNotFound"):
        aws.client("ssm").delete_parameter(Name=parameter.id)


_GROUP = ":log-group:"


def _log_groups(aws: Aws, estate: Estate) -> Iterator[Observed]:
    for arn in tagged(aws, estate.name, "logs"):
        with gone_is_fine("ResourceNotFoundException"):
            tags = aws.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]
            if _GROUP in arn and tags.get(ESTATE) == estate.name:
                name = arn.partition(_GROUP)[2]
                yield Observed(name, name, Spec(), tags)


def _delete_log_group(aws: Aws, group: Observed) -> None:
    with gone_is_fine("ResourceNotFoundException"):
        aws.client("logs").delete_log_group(logGroupName=group.id)


INSTANCES = Sort("Instance", instances, end_instances)

FIRST = (
    INSTANCES,
    Sort(
        "LaunchTemplate",
        _listed(
            "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId", "LaunchTemplateName"
        ),
        _ec2_call("delete_launch_template", "LaunchTemplateId", "InvalidLaunchTemplateId.NotFound"),
    ),
    Sort(
        "KeyPair",
        _listed("describe_key_pairs", "KeyPairs", "KeyPairId", "KeyName"),
        # Deleting a key pair that is gone succeeds by itself.
        _ec2_call("delete_key_pair", "KeyPairId"),
    ),
    Sort("Image", _images, one_by_one(_deregister)),
    Sort(
        "Snapshot",
        _snapshots,
        _ec2_call(
            "delete_snapshot", "SnapshotId", "InvalidSnapshot.NotFound", "InvalidSnapshot.InUse"
        ),
    ),
    Sort(
        "Volume",
        _listed("describe_volumes", "Volumes", "VolumeId"),
        _ec2_call("delete_volume", "VolumeId", "InvalidVolume.NotFound", "VolumeInUse"),
    ),
)
"""In the order in which they go: what uses others first."""

OBJECTS = Sort("Object", bucket.left, one_by_one(bucket.delete))
"""What is on its way to a machine or from it; only where the estate has its home."""

LAST = (
    Sort("Parameter", _parameters, one_by_one(_delete_parameter)),
    Sort("LogGroup", _log_groups, one_by_one(_delete_log_group)),
)


# The most that launch templates come in; of all others there may be more.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplates.html
_PAGE = 200
_IN_ONE_ANSWER = ("describe_key_pairs",)


def _pages(
    aws: Aws, estate: Estate, operation: str, result: str, *filters: Entry, **asked: Any
) -> list[Entry]:
    """A listing of EC2, narrowed to the tag."""
    asked["Filters"] = [{"Name": f"tag:{ESTATE}", "Values": [estate.name]}, *filters]
    if operation in _IN_ONE_ANSWER:
        return list(getattr(aws.client("ec2"), operation)(**asked)[result])
    return aws.pages("ec2", operation, result, **asked, MaxResults=_PAGE)


def _thing(entry: Entry, id_: str, name: str = "") -> Observed:
    tags = as_mapping(entry.get("Tags"))
    return Observed(entry.get(name) or entry[id_], entry[id_], Spec(), tags)
