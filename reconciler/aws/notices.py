"""What AWS tells of instances before it takes them: events that a rule sends to an SQS queue.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from reconciler.aws.errors import gone_is_fine
from reconciler.aws.session import Aws
from reconciler.aws.sqs import GONE, url_of

# SQS gives and takes ten messages a call. So many calls, so that a flood can't hold up a pass.
_A_CALL = 10
_MOST_CALLS = 30

WAIT_SECONDS = 1
"""How long SQS waits for a first message: without any wait it asks some of its servers only.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

_HIDDEN_SECONDS = 10
"""How long what was read is hidden from others, and from the rest of this reading.

With nothing hidden SQS could give the same ten again and again. With as little as this a look takes
nothing away: AWS tells of an interruption two minutes before, so it still comes in time to who acts
on it. A message can be deleted later all the same, unless another has read it since: then it comes
again.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
"""


class What(StrEnum):
    INTERRUPTION = "interruption"
    REBALANCE = "rebalance"
    OTHER = "other"
    """A message that says neither, or nothing that can be read: it is to be counted and deleted."""


class Notice(NamedTuple):
    """One message of the queue."""

    instance: str
    """The instance's id, or "" where the message tells of none."""
    what: What
    when: float
    """In seconds since 1970, as the event says."""
    receipt: str
    """By what the message is deleted."""


def notices(aws: Aws, queue_name: str) -> list[Notice]:
    """What waits in the queue of this name of AWS's; nothing where there is no such queue yet.

    Each message comes once, the same news perhaps several times: SQS and EventBridge deliver at
    least once. Everything stays in the queue until it is `handled`. Yet to SQS every reading is a
    try to handle it: a queue with dead letters loses what is looked at too often.
    """
    found: dict[str, Notice] = {}
    with gone_is_fine(*GONE):
        url = url_of(aws, queue_name)
        for _ in range(_MOST_CALLS):
            messages = _receive(aws, url)
            if not messages:
                break
            # Of one that comes twice, the later receipt is the one that counts.
            found.update((message["MessageId"], _notice(message)) for message in messages)
    return list(found.values())


def handled(aws: Aws, queue_name: str, notices: Sequence[Notice]) -> None:
    """Delete these messages; what SQS does not delete of them comes again, and is handled again."""
    with gone_is_fine(*GONE):
        url = url_of(aws, queue_name)
        for start in range(0, len(notices), _A_CALL):
            some = notices[start : start + _A_CALL]
            entries = [{"Id": str(n), "ReceiptHandle": one.receipt} for n, one in enumerate(some)]
            aws.client("sqs").delete_message_batch(QueueUrl=url, Entries=entries)


def _receive(aws: Aws, url: str) -> list[dict[str, Any]]:
    answer = aws.client("sqs").receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=_A_CALL,
        VisibilityTimeout=_HIDDEN_SECONDS,
        WaitTimeSeconds=WAIT_SECONDS,
    )
    return list(answer.get("Messages", ()))


_EVENTS = {
    "EC2 Spot Instance Interruption Warning": What.INTERRUPTION,
    "EC2 Instance Rebalance Recommendation": What.REBALANCE,
}
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")


def _notice(message: Mapping[str, Any]) -> Notice:
    receipt = message["ReceiptHandle"]
    try:
        event = json.loads(message["Body"])
        what, instance = _EVENTS[event["detail-type"]], event["detail"]["instance-id"]
        when = datetime.fromisoformat(event["time"])
        if event["source"] == "aws.ec2" and when.tzinfo and _INSTANCE.fullmatch(instance):
            return Notice(instance, what, when.timestamp(), receipt)
    except (ValueError, KeyError, TypeError, RecursionError):
        # Whoever may send to the queue may send anything.
        pass
    return Notice("", What.OTHER, 0.0, receipt)
