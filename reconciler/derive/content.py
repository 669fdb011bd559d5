"""What a launch template holds: settings in the words of RunInstances, and the user data. Pure."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.derive.combinations import Where
from reconciler.kinds.launch_template import LaunchTemplateSpec, Sample

FORM = "1"
"""Another one gives every template another name: for when the same settings come to mean more."""

MOST_USER_DATA = 16 * 1024
"""Bytes, before they are written in base64.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
"""


class Written(NamedTuple):
    """Settings as far as a template holds them, as a text that is the same for the same."""

    text: str
    knows_itself: bool
    """Whether what is launched differs from place to place, since its user data names the place."""


def written(settings: Mapping[str, Any]) -> Written:
    said = {word: value for word, value in settings.items() if word != "tags"}
    return Written(json.dumps(said, sort_keys=True), "config" in settings.get("userData", {}))


def digest(said: str, image: str, facts: str, worker_type: str) -> str:
    """What a template's name ends in: all that it depends on, and nothing else."""
    whole = f'["{FORM}", {said}, {json.dumps([image, worker_type, facts])[1:]}'
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def user_data(
    settings: Mapping[str, Any], worker_type: str, where: Where, capacity: int, spec: str
) -> bytes:
    """What the instance gets to read, or nothing.

    When it was launched is not in it, since a template serves many launches: EC2 tells that in the
    instance's identity document, as `pendingTime`.
    """
    said = settings.get("userData", {})
    if "config" in said:
        worker = {
            "workerType": worker_type,
            "region": where.region,
            "zone": where.zone,
            "instanceType": where.instance_type,
            "capacity": capacity,
            "spec": spec,
        }
        whole = json.dumps({"worker": worker, "config": said["config"]}, separators=(",", ":"))
    else:
        whole = said.get("text", "")
    packed = whole.encode()
    return gzip.compress(packed, mtime=0) if packed and said.get("gzip") else packed


def template(
    settings: Mapping[str, Any],
    image: str,
    data: bytes,
    where: Where,
    subnet: str | None,
) -> LaunchTemplateSpec:
    """The template itself."""
    return LaunchTemplateSpec(
        key_pair=settings.get("keyPair"),
        security_groups=tuple(settings.get("securityGroups", ())),
        instance_profile=settings.get("instanceProfile"),
        public_ip=settings.get("publicIp"),
        content=_content(settings, image, data),
        sample=Sample(instance_type=where.instance_type, zone=where.zone, subnet=subnet),
    )


def _content(settings: Mapping[str, Any], image: str, data: bytes) -> dict[str, Any]:
    metadata = settings.get("metadataOptions", {})
    content: dict[str, Any] = {
        "ImageId": image,
        # What shuts itself down is gone, with its disks.
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {
            "HttpEndpoint": "enabled",
            "HttpTokens": metadata["tokens"],
            "HttpPutResponseHopLimit": metadata["hopLimit"],
            "InstanceMetadataTags": "enabled" if metadata.get("tags") else "disabled",
        },
    }
    if data:
        content["UserData"] = base64.b64encode(data).decode()
    if disks := settings.get("blockDevices"):
        content["BlockDeviceMappings"] = [_disk(name, disks[name]) for name in sorted(disks)]
    if "ebsOptimized" in settings:
        content["EbsOptimized"] = settings["ebsOptimized"]
    if "detailedMonitoring" in settings:
        content["Monitoring"] = {"Enabled": settings["detailedMonitoring"]}
    return content


_VOLUME = {
    "size": "VolumeSize",
    "type": "VolumeType",
    "iops": "Iops",
    "throughput": "Throughput",
    "encrypted": "Encrypted",
    "kmsKey": "KmsKeyId",
    "snapshot": "SnapshotId",
    "deleteOnTermination": "DeleteOnTermination",
}


def _disk(name: str, disk: Mapping[str, Any]) -> dict[str, Any]:
    if "ephemeral" in disk:
        return {"DeviceName": name, "VirtualName": disk["ephemeral"]}
    volume = {theirs: disk[ours] for ours, theirs in _VOLUME.items() if ours in disk}
    return {"DeviceName": name, "Ebs": volume}
