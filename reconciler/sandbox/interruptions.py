"""Spot instances that AWS takes back: the notice, and two minutes later the end.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from moto.backends import get_backend
from moto.ec2.models.instances import StateReason

from reconciler.sandbox.clock import Clock
from reconciler.sandbox.corrections import spot_requests
from reconciler.sandbox.machines import give_up_interface

NOTICE = 120.0

_WARNING = "EC2 Spot Instance Interruption Warning"
_RECOMMENDATION = "EC2 Instance Rebalance Recommendation"


def interrupt(clock: Clock, instance: Any) -> None:
    request = _request(instance)
    request.become("active", "marked-for-termination", clock.date())
    _tell(clock, instance, _WARNING, {"instance-action": "terminate"})
    clock.after(NOTICE, partial(_take_back, clock, instance))


def recommend_rebalance(clock: Clock, instance: Any) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html"""
    _request(instance)
    _tell(clock, instance, _RECOMMENDATION, {})


def _request(instance: Any) -> spot_requests.Request:
    requests = spot_requests.kept(instance.ec2_backend)
    for request in requests.values():
        if request.instance is instance:
            return request
    raise LookupError(f"{instance.id} is no spot instance")


def _take_back(clock: Clock, instance: Any) -> None:
    """Who has ended it meanwhile was quicker.

    Seen on AWS, with these reasons: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html
    """
    if instance.state in ("shutting-down", "terminated"):
        return
    instance.disable_api_termination = False
    instance.terminate()
    give_up_interface(instance)
    reason = "Server.SpotInstanceTermination"
    instance.state_reason = StateReason(f"{reason}: Spot instance termination", reason)
    instance._reason = f"Service initiated ({clock.date():%Y-%m-%d %H:%M:%S} GMT)"
    _request(instance).become("closed", spot_requests.NO_CAPACITY, clock.date())


def _tell(clock: Clock, instance: Any, what: str, more: Mapping[str, str]) -> None:
    """On the default event bus of the instance's account and region."""
    ec2 = instance.ec2_backend
    events: Any = get_backend("events")[ec2.account_id][ec2.region_name]
    # The ARN has the zone for the region and lacks the account, as AWS's own examples do.
    arn = f"arn:aws:ec2:{instance.availability_zone}:instance/{instance.id}"
    events.put_events(
        [
            {
                "Source": "aws.ec2",
                "DetailType": what,
                "Time": clock.date().timestamp(),
                "Resources": [arn],
                "Detail": json.dumps({"instance-id": instance.id, **more}),
            }
        ]
    )
