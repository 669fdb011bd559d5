"""SQS: attributes that a change does not speak of, and one encryption at a time."""

from __future__ import annotations

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters


def a_policy_stays_that_is_not_spoken_of(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto forgets it with every change of anything else.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    queue = call.world("sqs").queues.get(parameters["QueueUrl"].rpartition("/")[2])
    held = {"Policy": queue.policy} if queue and queue.policy else {}
    return onward({**parameters, "Attributes": {**held, **parameters["Attributes"]}})


def one_encryption_is_used_at_a_time(_: Call, parameters: Parameters, onward: Onward) -> Answer:
    """With a key of KMS, SQS's own are no longer used, and both can't be asked for.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    """
    asked = parameters.get("Attributes") or {}
    if not asked.get("KmsMasterKeyId"):
        return onward(parameters)
    if asked.get("SqsManagedSseEnabled") == "true":
        told = "You can use one type of server-side encryption (SSE) at one time."
        raise AwsError("InvalidAttributeValue", told)
    return onward({**parameters, "Attributes": {**asked, "SqsManagedSseEnabled": "false"}})
