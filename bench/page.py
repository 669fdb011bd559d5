"""What AWS answers to DescribeInstances for some workers, with all that it tells of each.

The elements are those of the API's reference, in a usual instance's numbers: one network interface,
two volumes, and the worker's tags
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from reconciler.kinds.kind import spec_of
from reconciler.kinds.worker import WorkerSpec
from reconciler.model import Observed


def page(workers: Iterable[Observed], token: str = "") -> bytes:
    """One page, each instance in a reservation of its own, as CreateFleet makes them.

    EC2 writes each element on a line of its own, and so are these.
    """
    following = f"<nextToken>{token}</nextToken>" if token else ""
    root = etree.fromstring(
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        "<requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>"
        f"<reservationSet>{''.join(map(_reservation, workers))}</reservationSet>"
        f"{following}</DescribeInstancesResponse>"
    )
    etree.indent(root, "    ")
    written: bytes = etree.tostring(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written


def parsed(body: bytes) -> Any:
    """What botocore makes of a page."""
    return _parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)


def _knowing() -> tuple[Any, Any]:
    from botocore.parsers import create_parser
    from botocore.session import get_session

    model = get_session().get_service_model("ec2")
    return create_parser(model.protocol), model.operation_model("DescribeInstances").output_shape


_parser, shape = _knowing()


def _reservation(worker: Observed) -> str:
    owner = "<ownerId>123456789012</ownerId>"
    number = worker.id.removeprefix("i-")
    return (
        f"<item><reservationId>r-{number}</reservationId>{owner}<groupSet/>"
        "<requesterId>123456789012</requesterId>"
        f"<instancesSet><item>{_instance(worker, number)}</item></instancesSet></item>"
    )


def _instance(worker: Observed, number: str) -> str:
    spec = spec_of(worker, WorkerSpec)
    launched = datetime.fromtimestamp(spec.launched, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    address = "10.0.{}.{}".format(*divmod(int(number, 16) % 65536, 256))
    words = {
        "instanceId": worker.id,
        "imageId": "ami-00000000000000001",
        "instanceState": {"code": "16", "name": spec.state},
        "privateDnsName": f"ip-{address.replace('.', '-')}.us-west-2.compute.internal",
        "dnsName": f"ec2-{address.replace('.', '-')}.us-west-2.compute.amazonaws.com",
        "reason": "",
        "amiLaunchIndex": "0",
        "productCodes": [],
        "instanceType": spec.instance_type,
        "launchTime": launched,
        "placement": {"availabilityZone": spec.zone, "groupName": "", "tenancy": "default"},
        "monitoring": {"state": "disabled"},
        "subnetId": "subnet-00000000000000001",
        "vpcId": "vpc-00000000000000001",
        "privateIpAddress": address,
        "ipAddress": address,
        "sourceDestCheck": "true",
        "groupSet": _GROUPS,
        "architecture": "x86_64",
        "rootDeviceType": "ebs",
        "rootDeviceName": "/dev/xvda",
        "blockDeviceMapping": [_disk(name, number, launched) for name in ("/dev/xvda", "/dev/sdb")],
        "instanceLifecycle": spec.purchase,
        "spotInstanceRequestId": f"sir-{number[-8:]}",
        "virtualizationType": "hvm",
        "clientToken": f"fleet-{number}-0",
        "tagSet": [{"key": key, "value": value} for key, value in worker.tags.items()],
        "hypervisor": "xen",
        "networkInterfaceSet": [_interface(number, address, launched)],
        "iamInstanceProfile": {
            "arn": "arn:aws:iam::123456789012:instance-profile/ci-workers",
            "id": "AIPA0000000000000000A",
        },
        "ebsOptimized": "false",
        "enaSupport": "true",
        "cpuOptions": {"coreCount": "2", "threadsPerCore": "2"},
        "capacityReservationSpecification": {"capacityReservationPreference": "open"},
        "hibernationOptions": {"configured": "false"},
        "enclaveOptions": {"enabled": "false"},
        "metadataOptions": {
            "state": "applied",
            "httpTokens": "required",
            "httpPutResponseHopLimit": "1",
            "httpEndpoint": "enabled",
            "httpProtocolIpv6": "disabled",
            "instanceMetadataTags": "disabled",
        },
        "maintenanceOptions": {"autoRecovery": "default", "rebootMigration": "default"},
        "bootMode": "uefi-preferred",
        "currentInstanceBootMode": "legacy-bios",
        "platformDetails": "Linux/UNIX",
        "usageOperation": "RunInstances",
        "usageOperationUpdateTime": launched,
        "privateDnsNameOptions": {
            "hostnameType": "ip-name",
            "enableResourceNameDnsARecord": "false",
            "enableResourceNameDnsAAAARecord": "false",
        },
    }
    return _xml(words)


_GROUPS = [
    {"groupId": "sg-00000000000000001", "groupName": "ci-workers"},
    {"groupId": "sg-00000000000000002", "groupName": "ci-pool-group"},
]


def _disk(name: str, number: str, launched: str) -> dict[str, Any]:
    ebs = {"volumeId": f"vol-{number}", "status": "attached", "attachTime": launched}
    return {"deviceName": name, "ebs": {**ebs, "deleteOnTermination": "true"}}


def _interface(number: str, address: str, launched: str) -> dict[str, Any]:
    public = {"publicIp": address, "publicDnsName": f"ec2-{number}", "ipOwnerId": "amazon"}
    return {
        "networkInterfaceId": f"eni-{number}",
        "subnetId": "subnet-00000000000000001",
        "vpcId": "vpc-00000000000000001",
        "description": "",
        "ownerId": "123456789012",
        "status": "in-use",
        "macAddress": "02:00:00:00:00:01",
        "privateIpAddress": address,
        "privateDnsName": f"ip-{number}.us-west-2.compute.internal",
        "sourceDestCheck": "true",
        "groupSet": _GROUPS,
        "attachment": {
            "attachmentId": f"eni-attach-{number}",
            "deviceIndex": "0",
            "status": "attached",
            "attachTime": launched,
            "deleteOnTermination": "true",
            "networkCardIndex": "0",
        },
        "association": public,
        "privateIpAddressesSet": [
            {"privateIpAddress": address, "primary": "true", "association": public}
        ],
        "ipv6AddressesSet": [],
        "interfaceType": "interface",
        "operator": {"managed": "false"},
    }


def _xml(value: Any) -> str:
    """Mappings by their words, each member of a list as an item."""
    if isinstance(value, Mapping):
        return "".join(f"<{word}>{_xml(inner)}</{word}>" for word, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{_xml(inner)}</item>" for inner in value)
    return escape(value)
