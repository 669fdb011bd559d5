"""SQS queues by their names: where they are, and what SQS says while they come and go."""

from __future__ import annotations

from reconciler.aws.session import Aws

GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
"""What SQS answers for a queue that is not there, in the words of its two protocols.

It may take a second until a new queue can be used, and a deleted one is told of for a minute more.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
"""
SETTLING = ("AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently")
"""What SQS answers while the name of a queue that was deleted can't be used, which is a minute."""

UNSEEN = ("InvalidParameterValue", "InvalidAttributeValue")
"""What SQS answers to a policy of a role, or to dead letters for a queue, that is too new to it.

Seen on AWS: https://github.com/hashicorp/terraform-provider-aws/pull/35861
"""


def url_of(aws: Aws, name: str) -> str:
    """What SQS's calls take for a queue of the account itself."""
    return str(aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def name_in(url: str) -> str:
    """The name at the end of a queue's URL."""
    return url.rpartition("/")[2]


def arn_of(aws: Aws, url: str) -> str:
    """A queue's ARN, which no listing gives: its URL ends with the account and the name.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
    """
    account, name = url.split("/")[-2:]
    return f"arn:{aws.client('sqs').meta.partition}:sqs:{aws.region}:{account}:{name}"
