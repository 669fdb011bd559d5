"""Launching in moto: instances that are all that was asked for, each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.ec2.models.instances import InstanceState
from moto.ec2.utils import parse_user_data

from reconciler.sandbox.call import Call
from reconciler.sandbox.corrections import spot_requests
from reconciler.sandbox.corrections.found import Data, interface
from reconciler.sandbox.corrections.launch import Launch, tags_by_type


def launch(call: Call, asked: Launch, count: int, more_tags: Mapping[str, str]) -> Any:
    """So many instances in one of moto's reservations; they are taken from the supply."""
    ec2, data = call.world("ec2"), asked.data
    reservation = ec2.run_instances(
        asked.image.id,
        count,
        parse_user_data(data.get("UserData")),
        [],
        **_in_moto_s_words(call, asked, count),
    )
    call.supply.take(asked.pool, count)
    for instance in reservation.instances:
        _finish(call, asked, instance, more_tags)
    return reservation


def _in_moto_s_words(call: Call, asked: Launch, count: int) -> dict[str, Any]:
    data, nic = asked.data, interface(asked.data)
    return {
        "region_name": call.region,
        "instance_type": asked.pool.instance_type,
        "is_instance_type_default": False,
        "subnet_id": asked.subnet.id,
        "security_group_ids": [*asked.groups],
        "private_ip": data.get("PrivateIpAddress") if count == 1 else None,
        "associate_public_ip": nic.get("AssociatePublicIpAddress"),
        "key_name": data.get("KeyName"),
        "ebs_optimized": data.get("EbsOptimized") or False,
        "disable_api_stop": data.get("DisableApiStop") or False,
        "disable_api_termination": data.get("DisableApiTermination") or False,
        "instance_initiated_shutdown_behavior": data.get("InstanceInitiatedShutdownBehavior"),
        "monitoring_state": "enabled"
        if (data.get("Monitoring") or {}).get("Enabled")
        else "disabled",
        "metadata_options": data.get("MetadataOptions") or {},
        "hibernation_options": data.get("HibernationOptions") or {},
        "client_token": data.get("ClientToken"),
        "lifecycle": "spot" if asked.pool.purchase == "spot" else None,
        "block_device_mappings": [*_devices(asked)],
    }


def _devices(asked: Launch) -> Iterator[dict[str, Any]]:
    """The image's volumes, changed by what is said of their devices, and all others that are said.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html
    """
    said = {one["DeviceName"]: one for one in asked.data.get("BlockDeviceMappings") or ()}
    root = asked.image.root_device_name
    disks = {one["DeviceName"]: one["Ebs"] for one in asked.image.block_device_mappings}
    for name in dict.fromkeys([root, *disks, *said]):
        one = said.get(name, {})
        if "NoDevice" in one or "VirtualName" in one:
            continue
        usual = {"DeleteOnTermination": True} if name == root else {}
        ebs = {**disks.get(name, {}), **usual, **(one.get("Ebs") or {})}
        yield {
            "DeviceName": name,
            "Ebs": {key: ebs[key] for key in _OF_A_VOLUME if key in ebs},
        }


# moto refuses some types of volumes whose speed it was not told, and doesn't hand it on.
_OF_A_VOLUME = (
    *("VolumeSize", "SnapshotId", "DeleteOnTermination"),
    *("Encrypted", "KmsKeyId"),
)


def _finish(call: Call, asked: Launch, instance: Any, more_tags: Mapping[str, str]) -> None:
    ec2, tags = call.world("ec2"), tags_by_type(asked.data["TagSpecifications"])
    ec2.tags[instance.id].update({**tags.get("instance", {}), **more_tags})
    instance.launch_time = call.clock.date()
    boot(call, instance)
    if asked.profile:
        ec2.associate_iam_instance_profile(instance.id, iam_instance_profile_arn=asked.profile.arn)
        instance.iam_instance_profile = {"Arn": asked.profile.arn, "Id": asked.profile.id}
    if asked.pool.purchase == "spot":
        spot_requests.keep(call, asked, instance, tags.get("spot-instances-request", {}))
    for interface_ in instance.nics.values():
        ec2.tags[interface_.id].update(tags.get("network-interface", {}))
    _finish_volumes(ec2, asked.data, instance, tags.get("volume", {}))


def boot(call: Call, instance: Any) -> None:
    """Have it pending for as long as that takes now."""
    seconds = call.supply.boot()
    if seconds:
        pending = instance._state = InstanceState()
        call.clock.after(seconds, lambda: _come_up(instance, pending))


def _come_up(instance: Any, pending: InstanceState) -> None:
    """Unless it has ended, or hangs, meanwhile."""
    if instance._state is pending and pending.name == "pending":
        instance._state = InstanceState("running", 16)


def _finish_volumes(ec2: Any, data: Data, instance: Any, tags: Mapping[str, str]) -> None:
    said = {one["DeviceName"]: one for one in data.get("BlockDeviceMappings") or ()}
    for name, device in instance.get_block_device_mapping:
        volume, ebs = ec2.volumes[device.volume_id], said.get(name, {}).get("Ebs") or {}
        volume.volume_type = ebs.get("VolumeType", volume.volume_type)
        volume.iops, volume.throughput = ebs.get("Iops"), ebs.get("Throughput")
        ec2.tags[volume.id].update(tags)
