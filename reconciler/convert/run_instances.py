"""The parameters of AWS's RunInstances, and of its spot requests, as launch settings of ours.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from reconciler.convert.part import Part
from reconciler.convert.words import Said, declares, said


class Told(NamedTuple):
    """What a set of parameters says, by what it is about."""

    launch: Said
    tags: Said
    image: Said
    type: str | None
    zone: str | None
    subnet: str | None
    spot: bool
    max_price: float | None


def told(given: Part) -> Told:
    placement, market = given.part("Placement"), given.part("InstanceMarketOptions")
    interface = _interface(given)
    given.meant("InstanceInitiatedShutdownBehavior", "terminate")
    image = given.text("ImageId")
    given.secrets("UserData")
    return Told(
        launch=_launch(given, interface),
        tags=_tags(given),
        image={"id": image} if image else {},
        type=given.text("InstanceType"),
        zone=placement.text("AvailabilityZone"),
        subnet=given.text("SubnetId") or interface.text("SubnetId"),
        spot=_is(market, "MarketType", "spot") or False,
        max_price=_max_price(market.part("SpotOptions")),
    )


def nowhere_else(given: Part, found: Told, *allowed: str) -> None:
    """Tell of what is said here and belongs elsewhere; a level has its own of these."""
    places = {
        "tags": ("TagSpecifications", ", ".join(found.tags) or None),
        "image": ("ImageId", found.image.get("id")),
        "type": ("InstanceType", found.type),
        "zone": ("Placement", found.zone),
        "subnet": ("SubnetId", found.subnet),
        "market": ("InstanceMarketOptions", found.spot or None),
        "price": ("InstanceMarketOptions", found.max_price),
    }
    for word, (key, value) in places.items():
        if value is not None and word not in allowed:
            given.complain(f"{value!r} can't be said at this level, and was left out", key)


def _launch(given: Part, interface: Part) -> Said:
    key_pair, profile = given.text("KeyName"), _profile(given.part("IamInstanceProfile"))
    groups = [
        *given.texts("SecurityGroups"),
        *given.texts("SecurityGroupIds"),
        *interface.texts("Groups"),
    ]
    declares(given, "KeyPair", [key_pair] if key_pair else [], "KeyName")
    declares(given, "SecurityGroup", groups, "SecurityGroups")
    declares(given, "InstanceProfile", [profile] if profile else [], "IamInstanceProfile")
    monitored = given.part("Monitoring").flag("Enabled")
    return said(
        keyPair=key_pair,
        securityGroups=list(dict.fromkeys(groups)),
        instanceProfile=profile,
        publicIp=interface.flag("AssociatePublicIpAddress"),
        blockDevices=_devices(given),
        metadataOptions=_metadata(given.part("MetadataOptions")),
        ebsOptimized=given.flag("EbsOptimized"),
        # The older name is that of spot requests in some of AWS's own clients.
        detailedMonitoring=given.flag("MonitoringEnabled") if monitored is None else monitored,
    )


def _interface(given: Part) -> Part:
    """The one network interface that can be said; of any other all is told."""
    found = given.parts("NetworkInterfaces")
    if not found:
        return Part(None, given.path, [])
    first = found[0]
    first.meant("DeviceIndex", 0)
    first.meant("DeleteOnTermination", True)
    return first


def _profile(given: Part) -> str | None:
    return given.text("Arn") or given.text("Name")


def _devices(given: Part) -> Said:
    found: Said = {}
    for device in given.parts("BlockDeviceMappings"):
        name = device.text("DeviceName")
        if name is None or name in found:
            device.complain(f"{name} stands here twice" if name else "it has no DeviceName")
        else:
            found[name] = _device(device)
    return found


def _device(given: Part) -> Said:
    volume = given.part("Ebs")
    return said(
        size=volume.count("VolumeSize"),
        type=volume.text("VolumeType"),
        iops=volume.count("Iops"),
        throughput=volume.count("Throughput"),
        encrypted=volume.flag("Encrypted"),
        kmsKey=volume.text("KmsKeyId"),
        snapshot=volume.text("SnapshotId"),
        deleteOnTermination=volume.flag("DeleteOnTermination"),
        ephemeral=given.text("VirtualName"),
    )


def _metadata(given: Part) -> Said:
    given.meant("HttpEndpoint", "enabled")
    tags = _is(given, "InstanceMetadataTags", "enabled", "disabled")
    return said(
        tokens=given.text("HttpTokens"),
        hopLimit=given.count("HttpPutResponseHopLimit"),
        tags=tags,
    )


def _is(given: Part, word: str, yes: str, *no: str) -> bool | None:
    """Whether the value is the one, where it is that or one of the others."""
    value = given.text(word)
    if value not in (None, yes, *no):
        given.complain(f"{value!r} can't be said here, and was left out", word)
        return None
    return None if value is None else value == yes


def _tags(given: Part) -> Said:
    """Tags of instances and their volumes, which are the same here."""
    found: dict[str, Said] = {"instance": {}, "volume": {}}
    for one in given.parts("TagSpecifications"):
        of = one.text("ResourceType")
        if of not in found:
            one.complain(f"tags of {of} can't be said here, and were left out", "ResourceType")
            continue
        found[of] |= {tag.text("Key") or "": tag.text("Value") for tag in one.parts("Tags")}
    instance, volume = found["instance"], found["volume"]
    if volume and instance != volume:
        given.complain(
            "they are not the same for instances and volumes, and are here: both get all of them",
            "TagSpecifications",
        )
    return {**volume, **instance}


def _max_price(options: Part) -> float | None:
    """What an instance may cost; AWS has it as a text."""
    options.meant("SpotInstanceType", "one-time")
    options.meant("InstanceInterruptionBehavior", "terminate")
    try:
        price: Any = options.text("MaxPrice")
        return float(price) if price else None
    except ValueError:
        options.complain("it is no price, and was left out", "MaxPrice")
        return None
