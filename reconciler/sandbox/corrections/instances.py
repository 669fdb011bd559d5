"""Instances as they are described: by any filter, in pages, and without what has ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from reconciler.sandbox import machines
from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.filters import matching
from reconciler.sandbox.corrections.paging import paged
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

Entry = dict[str, Any]

_OF_A_RESERVATION = ("ReservationId", "OwnerId", "Groups")
_OF_A_LIVING_ONE = ("SubnetId", "VpcId", "PrivateIpAddress", "PublicIpAddress")

_PATHS = {
    "architecture": "Architecture",
    "availability-zone": "Placement.AvailabilityZone",
    "client-token": "ClientToken",
    "dns-name": "PublicDnsName",
    "group-id": "SecurityGroups.GroupId",
    "iam-instance-profile.arn": "IamInstanceProfile.Arn",
    "image-id": "ImageId",
    "instance-id": "InstanceId",
    "instance-lifecycle": "InstanceLifecycle",
    "instance-state-code": "State.Code",
    "instance-state-name": "State.Name",
    "instance-type": "InstanceType",
    "instance.group-id": "SecurityGroups.GroupId",
    "instance.group-name": "SecurityGroups.GroupName",
    "ip-address": "PublicIpAddress",
    "key-name": "KeyName",
    "launch-time": "LaunchTime",
    "metadata-options.http-tokens": "MetadataOptions.HttpTokens",
    "network-interface.subnet-id": "NetworkInterfaces.SubnetId",
    "owner-id": "OwnerId",
    "private-dns-name": "PrivateDnsName",
    "private-ip-address": "PrivateIpAddress",
    "reservation-id": "ReservationId",
    "root-device-name": "RootDeviceName",
    "spot-instance-request-id": "SpotInstanceRequestId",
    "state-reason-code": "StateReason.Code",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


def instances_are_found_by_any_filter_in_pages(
    _: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """A page counts instances, and may end within a reservation.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
    """
    if parameters.get("InstanceIds") and "MaxResults" in parameters:
        told = "The parameter instancesSet cannot be used with the parameter maxResults"
        raise AwsError("InvalidParameterCombination", told)
    asked = {**parameters, "Filters": [*_for_moto(parameters)]}
    asked = {n: p for n, p in asked.items() if p and n not in ("MaxResults", "NextToken")}
    found = [_trimmed(entry) for entry in _entries(asked, onward)]
    page = paged("Instances", matching(found, parameters, _PATHS), parameters)
    return {**page, "Reservations": [*_reservations(page.pop("Instances"))]}


def _for_moto(parameters: Parameters) -> Iterator[Mapping[str, Any]]:
    """What moto can sort out alike, so that it need not write down the rest."""
    for one in parameters.get("Filters") or ():
        plain = not any(set(value) & set("*?\\") for value in one.get("Values") or ("*",))
        if plain and (one["Name"].startswith("tag:") or one["Name"] == "instance-state-name"):
            yield one


def _entries(asked: Entry, onward: Onward) -> Iterator[Entry]:
    """All instances, each with what is said of its reservation; moto has pages of its own."""
    token = None
    while True:
        answer = onward({**asked, "NextToken": token} if token else asked)
        for reservation in answer["Reservations"]:
            shared = {name: reservation.get(name) for name in _OF_A_RESERVATION}
            for instance in reservation["Instances"]:
                yield {**instance, **shared}
        token = answer.get("NextToken")
        if not token:
            return


def _trimmed(entry: Entry) -> Entry:
    """A reason is told only where there is one, and who has ended is in no network any more."""
    reason = entry.get("StateTransitionReason", "")
    entry = {**entry, "StateTransitionReason": reason.replace(" UTC)", " GMT)")}
    gone = {"StateReason"} if not entry.get("StateReason", {}).get("Code") else set()
    if entry["State"]["Name"] != "terminated":
        return {name: part for name, part in entry.items() if name not in gone}
    kept = {n: p for n, p in entry.items() if n not in gone and n not in _OF_A_LIVING_ONE}
    return {**kept, "NetworkInterfaces": [], "SecurityGroups": []}


def _reservations(entries: list[Entry]) -> Iterator[Entry]:
    for _, together in groupby(entries, key=lambda entry: entry["ReservationId"]):
        instances = [*together]
        yield {
            **{name: instances[0][name] for name in _OF_A_RESERVATION},
            "Instances": [
                {name: part for name, part in one.items() if name not in _OF_A_RESERVATION}
                for one in instances
            ],
        }


def the_primary_interface_ends_with_its_instance(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto leaves it behind, and with it its hold on security groups.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/modify-network-interface-attributes.html
    """
    answer = onward(parameters)
    for instance in call.world("ec2").get_multi_instances_by_id(parameters["InstanceIds"]):
        machines.give_up_interface(instance)
    return answer
