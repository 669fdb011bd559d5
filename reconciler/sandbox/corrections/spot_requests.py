"""Spot Instance requests: one for each spot instance, from its launch on.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.ec2.utils import random_spot_request_id

from reconciler.sandbox import market
from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.filters import matching
from reconciler.sandbox.corrections.launch import Launch
from reconciler.sandbox.corrections.paging import paged
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

NO_CAPACITY = "instance-terminated-no-capacity"

_MESSAGES = {
    "fulfilled": "Your Spot request is fulfilled.",
    "marked-for-termination": "Your Spot instance is marked for termination.",
    NO_CAPACITY: "Your Spot instance was terminated because there is no Spot capacity available "
    "that matches your request.",
    "instance-terminated-by-user": "Your Spot instance was terminated by user.",
    "request-canceled-and-instance-running": "Your Spot request was canceled.",
}


@dataclass
class Request:
    id: str
    instance: Any
    price: str
    when: datetime
    state: str = "active"
    code: str = "fulfilled"
    updated: datetime | None = None

    def become(self, state: str, code: str, when: datetime) -> None:
        self.state, self.code, self.updated = state, code, when


def keep(call: Call, asked: Launch, instance: Any, tags: dict[str, str]) -> None:
    """Put down the request that a launch is."""
    # The most that is paid is the on-demand price where nobody says how much.
    most = asked.max_price or market.on_demand(call.region, asked.pool.instance_type)
    price = f"{most:.6f}"
    request = Request(random_spot_request_id(), instance, price, call.clock.date())
    instance.spot_instance_request_id = request.id
    kept(call.world("ec2"))[request.id] = request
    call.world("ec2").tags[request.id].update(tags)


def kept(ec2: Any) -> dict[str, Request]:
    """Those of moto's region, which forgets them with everything else."""
    requests: dict[str, Request] = vars(ec2).setdefault("sandbox_spot_requests", {})
    return requests


def spot_instances_have_requests(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """Those of launches, and before them those that moto has of RequestSpotInstances.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotInstanceRequests.html
    """
    asked = parameters.get("SpotInstanceRequestIds") or ()
    moto_s = onward({})["SpotInstanceRequests"]
    ours = [_described(call, one) for one in kept(call.world("ec2")).values()]
    found = [one for one in [*moto_s, *ours] if not asked or one["SpotInstanceRequestId"] in asked]
    missing = set(asked) - {one["SpotInstanceRequestId"] for one in found}
    if missing:
        told = f"The spot instance request ID '{min(missing)}' does not exist"
        raise AwsError("InvalidSpotInstanceRequestID.NotFound", told)
    return paged("SpotInstanceRequests", matching(found, parameters, _PATHS), parameters)


def a_request_is_cancelled_and_its_instance_stays(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CancelSpotInstanceRequests.html"""
    ours = kept(call.world("ec2"))
    ids = parameters["SpotInstanceRequestIds"]
    others = [id_ for id_ in ids if id_ not in ours]
    answer = onward({**parameters, "SpotInstanceRequestIds": others}) if others else {}
    cancelled = [*answer.get("CancelledSpotInstanceRequests", ())]
    for id_ in ids:
        if id_ in ours:
            code = "request-canceled-and-instance-running"
            ours[id_].become("cancelled", code, call.clock.date())
            cancelled.append({"SpotInstanceRequestId": id_, "State": "cancelled"})
    return {"CancelledSpotInstanceRequests": cancelled}


_PATHS = {
    "state": "State",
    "status-code": "Status.Code",
    "instance-id": "InstanceId",
    "spot-instance-request-id": "SpotInstanceRequestId",
    "launched-availability-zone": "LaunchedAvailabilityZone",
    "type": "Type",
    "spot-price": "SpotPrice",
}


def _described(call: Call, request: Request) -> dict[str, Any]:
    instance = request.instance
    if instance.state == "terminated" and request.state == "active":
        request.become("closed", "instance-terminated-by-user", call.clock.date())
    status = {
        "Code": request.code,
        "Message": _MESSAGES[request.code],
        "UpdateTime": request.updated or request.when,
    }
    tags = call.world("ec2").tags.get(request.id, {})
    return {
        "SpotInstanceRequestId": request.id,
        "InstanceId": instance.id,
        "State": request.state,
        "Status": status,
        "Type": "one-time",
        "SpotPrice": request.price,
        "CreateTime": request.when,
        "ProductDescription": "Linux/UNIX",
        "LaunchedAvailabilityZone": instance.availability_zone,
        "InstanceInterruptionBehavior": "terminate",
        "LaunchSpecification": _specification(instance),
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def _specification(instance: Any) -> dict[str, Any]:
    return {
        "ImageId": instance.image_id,
        "InstanceType": instance.instance_type,
        "SubnetId": instance.subnet_id,
        "Placement": {"AvailabilityZone": instance.availability_zone},
        "SecurityGroups": [
            {"GroupId": group.id, "GroupName": group.name} for group in instance.security_groups
        ],
    }
