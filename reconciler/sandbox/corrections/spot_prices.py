"""The history of spot prices, as far back as AWS keeps it.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import inf
from typing import Any, NamedTuple

from reconciler.sandbox import market
from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.corrections.filters import matching
from reconciler.sandbox.corrections.paging import offset
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.market import HOUR
from reconciler.sandbox.wire import Answer, Parameters

PRODUCT = "Linux/UNIX"

_KEPT = 90 * 24 * 3600
_MOST = 1000

_PATHS = {
    "availability-zone": "AvailabilityZone",
    "instance-type": "InstanceType",
    "product-description": "ProductDescription",
}


def prices_move_and_are_remembered(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """The newest first, and of each offering at the end the price that was in force before.

    moto has one price, from 2006.
    """
    size = parameters.get("MaxResults") or _MOST
    if not 1 <= size <= _MOST:
        told = f"Value ( {size} ) for parameter maxResults is invalid. Expecting 1 to {_MOST}."
        raise AwsError("InvalidParameterValue", told)
    start = offset(parameters.get("NextToken"), "InvalidNextToken")
    history = _history(call, _asked_for(call, parameters), parameters)
    found = [*islice(history, start, start + size + 1)]
    token = str(start + size) if len(found) > size else ""
    return {"SpotPriceHistory": found[:size], "NextToken": token}


class _Offering(NamedTuple):
    zone: str
    instance_type: str


def _asked_for(call: Call, parameters: Parameters) -> list[_Offering]:
    types = parameters.get("InstanceTypes") or ()
    for name in types:
        if not market.known(name):
            raise AwsError("InvalidParameterValue", f"Invalid instance type: {name}")
    products = parameters.get("ProductDescriptions") or (PRODUCT,)
    zone = parameters.get("AvailabilityZone")
    offered = [
        {"AvailabilityZone": place, "InstanceType": name, "ProductDescription": PRODUCT}
        for place, name in market.spot_offerings(call.region)
        if name in (types or (name,)) and place == (zone or place) and PRODUCT in products
    ]
    return [
        _Offering(one["AvailabilityZone"], one["InstanceType"])
        for one in matching(offered, parameters, _PATHS)
    ]


def _history(
    call: Call, offerings: Sequence[_Offering], parameters: Parameters
) -> Iterator[dict[str, Any]]:
    first, last = _span(call.clock, parameters)
    late_first = sorted(offerings, key=lambda one: (-market.minute(*one), one))
    for hour in range(int(last // HOUR), int(first // HOUR) - 2, -1):
        for one in late_first:
            since = hour * HOUR + market.minute(*one)
            if since <= last and since + HOUR > first:
                yield _entry(call, one, hour, call.clock.began + timedelta(seconds=since))


def _span(clock: Clock, parameters: Parameters) -> tuple[float, float]:
    """In seconds since the clock's beginning; who asks by a clock before ours gets what is now."""

    def seconds(name: str, otherwise: float) -> float:
        asked: datetime | None = parameters.get(name)
        # They are in UTC, and come without saying so.
        when = asked and asked.replace(tzinfo=asked.tzinfo or UTC)
        return (when - clock.began).total_seconds() if when else otherwise

    now = clock.now()
    last = min(seconds("EndTime", now), now)
    return min(max(seconds("StartTime", -inf), now - _KEPT), last), last


def _entry(call: Call, one: _Offering, hour: int, when: datetime) -> dict[str, Any]:
    return {
        "AvailabilityZone": one.zone,
        "InstanceType": one.instance_type,
        "ProductDescription": PRODUCT,
        "SpotPrice": f"{market.spot(call.region, *one, hour):.6f}",
        "Timestamp": when.replace(microsecond=0),
    }
