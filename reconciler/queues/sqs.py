"""An SQS queue, in which each message is a task."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from reconciler.aws.errors import explained
from reconciler.aws.session import Aws
from reconciler.fields.plain import Region, text
from reconciler.queues.answers import Unreadable, count, field, reading
from reconciler.queues.demand import Demand
from reconciler.spec import Spec

_NAME = r"[A-Za-z0-9_-]{1,75}(\.fifo|[A-Za-z0-9_-]{0,5})"
_REGION = r"[a-z]{2}(-[a-z]+)+-[0-9]"

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
Name = Annotated[str, text(rf"^{_NAME}$", "a queue's name, as SQS knows it")]
Url = Annotated[
    str,
    text(
        rf"^https://sqs\.{_REGION}\.amazonaws\.com(\.cn)?/[0-9]{{12}}/{_NAME}$",
        "a queue's URL, such as https://sqs.us-west-2.amazonaws.com/123456789012/builds",
    ),
]

_PENDING, _CLAIMED = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"


class Sqs(Spec):
    """An SQS queue, in which each message is a task.

    Messages that can be received are pending, and those in flight claimed: received, and neither
    deleted nor visible again. Delayed ones count once they can be received. SQS knows no workers.

    The numbers are approximate: SQS sums up many servers, and may need a minute after the last
    message was sent until they agree. So a fleet may see a task late or twice for about that long.
    A worker that dies leaves its message in flight until the visibility timeout has passed.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
    """

    exactly_one: ClassVar = (("url", "name"),)
    only_with: ClassVar = {"region": ("name", ())}

    url: Url | None = None
    """The queue's URL, which says the region and the account as well."""
    name: Name | None = None
    """The name of a queue of the account itself."""
    region: Region | None = None
    """Where the named queue is; without it, in the estate's first region."""


def read(spec: Sqs, aws: Aws) -> Demand:
    """What waits and what is in flight; botocore says how long it tries, and how often."""
    region = _region(spec) or aws.region
    with reading(f"the SQS queue {spec.url or spec.name} in {region}"), explained():
        client = aws.client("sqs", region)
        url = spec.url or client.get_queue_url(QueueName=spec.name)["QueueUrl"]
        answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=[_PENDING, _CLAIMED])
        numbers = answer.get("Attributes")
        return Demand(_count(numbers, _PENDING), _count(numbers, _CLAIMED), None)


def _region(spec: Sqs) -> str | None:
    return str(re.findall(r"sqs\.([^.]+)", spec.url)[0]) if spec.url else spec.region


def _count(numbers: Any, attribute: str) -> int:
    """SQS gives every attribute as a text."""
    value = field(numbers, attribute)
    if isinstance(value, str) and not re.fullmatch("[0-9]{1,18}", value):
        raise Unreadable(f"{attribute} is no whole number: is something between us and AWS?")
    return count(int(value) if isinstance(value, str) else value, attribute)
