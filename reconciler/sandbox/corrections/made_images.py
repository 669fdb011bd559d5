"""Images that are made of instances: all their disks, and in their own time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from moto.ec2.models.amis import Ami
from moto.ec2.models.instances import StateReason
from moto.ec2.utils import random_ami_id

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.launch import tags_by_type
from reconciler.sandbox.errors import AwsError, dry_run
from reconciler.sandbox.wire import Answer, Parameters

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
_NAME = re.compile(r"[\w()\[\] ./'@-]{3,128}", re.ASCII)
_TAGGED = ("image", "snapshot")
_LACKING = ("BlockDeviceMappings", "SnapshotLocation")

# Seen on AWS: https://github.com/boto/boto3/issues/1698
_FAILURE = StateReason("Server.InternalError: Internal error on the server", "Server.InternalError")


class MadeImage(Ami):
    """moto's image, with a snapshot of each volume that the instance has."""

    def __init__(self, ec2: Any, instance: Any, name: str, description: str) -> None:
        super().__init__(
            ec2, random_ami_id(), instance, name=name, description=description, state="pending"
        )
        base = ec2.amis.get(instance.image_id)
        self.boot_mode = getattr(base, "boot_mode", self.boot_mode)
        self.root_device_name, self.root_device_type = instance.root_device_name, "ebs"
        self.source_image_id, self.source_image_region = instance.image_id, ec2.region_name
        self.state_reason: StateReason | None = None
        # Of a disk that nobody has.
        del ec2.snapshots[self.ebs_snapshot.id]
        self.disks = {
            name: (one, self._snapshot(one.volume_id))
            for name, one in instance.get_block_device_mapping
        }
        self.ebs_snapshot = self.disks[self.root_device_name][1]

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        return [
            {
                "DeviceName": name,
                "Ebs": {
                    "DeleteOnTermination": attached.delete_on_termination,
                    "SnapshotId": snapshot.id,
                    "VolumeSize": snapshot.volume.size,
                    "VolumeType": snapshot.volume.volume_type,
                    "Encrypted": snapshot.encrypted,
                },
            }
            for name, (attached, snapshot) in self.disks.items()
        ]

    @property
    def snapshots(self) -> list[Any]:
        return [snapshot for _, snapshot in self.disks.values()]

    def become(self, state: str, of_snapshots: str, why: StateReason | None = None) -> None:
        self.state, self.state_reason = state, why
        for snapshot in self.snapshots:
            snapshot.status = of_snapshots

    def _snapshot(self, volume_id: str) -> Any:
        told = f"Created by CreateImage({self.instance_id}) for {self.id}"
        return self.ec2_backend.create_snapshot(volume_id, told, from_ami=self.id)


def an_image_is_made_of_all_disks_in_its_time(
    call: Call, parameters: Parameters, _: Onward
) -> Answer:
    """moto makes one at once, of an empty disk, whatever the name, and tags no snapshot.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
    """
    ec2, name = call.world("ec2"), parameters["Name"]
    if lacking := [one for one in _LACKING if parameters.get(one)]:
        raise NotImplementedError(f"CreateImage with {lacking[0]}")
    instance = ec2.get_instance(parameters["InstanceId"])
    _check_state(instance)
    _check_name(call, name)
    tags = tags_by_type(parameters.get("TagSpecifications") or ())
    _check_tagged(tags)
    if parameters.get("DryRun"):
        raise dry_run()
    image = MadeImage(ec2, instance, name, parameters.get("Description") or "")
    ec2.amis[image.id] = image
    ec2.tags[image.id].update(tags.get("image", {}))
    for snapshot in image.snapshots:
        ec2.tags[snapshot.id].update(tags.get("snapshot", {}))
    _date(call, image)
    _take_time(call, image)
    if call.agents:
        reboot = instance.state == "running" and not parameters.get("NoReboot")
        call.agents.keep(instance, image.id, reboot)
    return {"ImageId": image.id}


def _date(call: Call, image: MadeImage) -> None:
    """By AWS's clock; moto knows this machine's only."""
    image.creation_date = call.clock.date()
    for snapshot in image.snapshots:
        snapshot.start_time = image.creation_date


def _take_time(call: Call, image: MadeImage) -> None:
    image.become("pending", "pending")
    seconds, fails = call.supply.imaging(), call.supply.images_fail

    def end() -> None:
        if fails:
            image.become("failed", "error", _FAILURE)
        else:
            image.become("available", "completed")

    if seconds < inf:
        call.clock.after(seconds, end)
        call.clock.catch_up()


def _check_state(instance: Any) -> None:
    """Seen on AWS: https://github.com/aws-samples/aws-systemsmanagerautomation-with-asglifecyclehooks/issues/2"""
    if instance.state not in ("running", "stopping", "stopped"):
        told = f"Invalid value '{instance.id}' for instanceId. Instance is not in state "
        raise AwsError("InvalidParameterValue", f"{told}'running' or 'stopping' or 'stopped'")


def _check_name(call: Call, name: str) -> None:
    """Seen on AWS: https://github.com/hashicorp/packer/issues/11165"""
    if not _NAME.fullmatch(name):
        told = "AMI names must be between 3 and 128 characters long, and may contain letters, "
        raise AwsError("InvalidAMIName.Malformed", f"{told}numbers and some punctuation")
    for other in _own(call):
        if other.name == name:
            told = f"AMI name {name} is already in use by AMI {other.id}"
            raise AwsError("InvalidAMIName.Duplicate", told)


def _check_tagged(tags: Mapping[str, Any]) -> None:
    for of in tags:
        if of not in _TAGGED:
            told = f"'{of}' is not a valid taggable resource type for this operation."
            raise AwsError("InvalidParameterValue", told)


def _own(call: Call) -> Iterator[Any]:
    for image in call.world("ec2").amis.values():
        if image.owner_id == call.account:
            yield image


def snapshots_go_with_their_image_if_asked(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto lets them stay.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeregisterImage.html
    """
    ec2 = call.world("ec2")
    image = ec2.amis.get(parameters["ImageId"])
    answer = onward(parameters)
    if not parameters.get("DeleteAssociatedSnapshots"):
        return answer
    deleted = [one["Ebs"]["SnapshotId"] for one in image.block_device_mappings]
    for id_ in deleted:
        ec2.snapshots.pop(id_, None)
    told = [{"SnapshotId": id_, "ReturnCode": "success"} for id_ in deleted]
    return {**answer, "DeleteSnapshotResults": told}


def snapshots_are_found_by_their_owner(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto tells everybody's.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html
    """
    asked = {n: p for n, p in parameters.items() if n not in ("MaxResults", "NextToken")}
    if owners := parameters.get("OwnerIds"):
        ids = [call.account if one == "self" else one for one in owners]
        mine = {"Name": "owner-id", "Values": ids}
        asked["Filters"] = [*(parameters.get("Filters") or ()), mine]
    return onward(asked)
