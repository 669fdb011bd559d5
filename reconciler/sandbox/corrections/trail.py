"""CloudTrail's LookupEvents, which moto has not got."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from reconciler.sandbox import trail
from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.paging import page
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

_MOST = 50

_OF_RESOURCES = ("ResourceName", "ResourceType")
_OF_EVENTS = ("AccessKeyId", "EventId", "EventName", "EventSource", "ReadOnly", "Username")


def events_are_looked_up(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """The newest first; there is no limit to the rate.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
    """
    wanted, size = _filter(parameters), parameters.get("MaxResults", _MOST)
    if not 1 <= size <= _MOST:
        raise AwsError("InvalidMaxResultsException", f"A page has 1 to {_MOST} events.")
    found = [event for event in reversed(trail.events(call)) if wanted(event)]
    token = parameters.get("NextToken")
    some, more = page(found, size, token, "InvalidNextTokenException")
    return {"Events": some, **({"NextToken": more} if more else {})}


def _filter(parameters: Parameters) -> Callable[[trail.Event], bool]:
    attributes = parameters.get("LookupAttributes") or ()
    start, end = (_moment(parameters.get(name)) for name in ("StartTime", "EndTime"))
    if start and end and start > end:
        raise AwsError("InvalidTimeRangeException", "The start is after the end.")
    if len(attributes) > 1:
        told = "You can only specify one lookup attribute."
        raise AwsError("InvalidLookupAttributesException", told)

    def wanted(event: trail.Event) -> bool:
        when = event["EventTime"]
        in_time = (not start or start <= when) and (not end or when <= end)
        return in_time and all(_has(event, **attribute) for attribute in attributes)

    return wanted


def _moment(time: datetime | None) -> datetime | None:
    """moto reads times as UTC and does not say so."""
    return time and time.replace(tzinfo=UTC)


def _has(event: trail.Event, *, AttributeKey: str, AttributeValue: str) -> bool:  # noqa: N803
    if AttributeKey in _OF_RESOURCES:
        return any(one[AttributeKey] == AttributeValue for one in event["Resources"])
    if AttributeKey in _OF_EVENTS:
        return bool(event[AttributeKey] == AttributeValue)
    raise AwsError("InvalidLookupAttributesException", f"{AttributeKey} is no lookup attribute.")
