"""Queues and event rules as others name them."""

from __future__ import annotations

from typing import Annotated

from reconciler.fields.plain import text

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
QUEUE_NAME = r"^[A-Za-z0-9_-]+(\.fifo)?$"

QueueReference = Annotated[
    str,
    text(
        r"^(arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:)?[A-Za-z0-9_-]+(\.fifo)?$",
        "the name of a Queue, or the ARN of one",
    ),
]
RuleReference = Annotated[
    str,
    text(
        r"^(arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:rule/([A-Za-z0-9_./-]+/)?)?[A-Za-z0-9_.-]+$",
        "the name of an EventRule, or the ARN of one",
    ),
]
