"""What SQS keeps of a queue beside its policy: in our words, and as texts in SQS's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic.alias_generators import to_camel

from reconciler.fields.plain import Bool, Int, KmsKey
from reconciler.fields.queue import QueueReference
from reconciler.spec import Refers, Spec

FIFO = ".fifo"
"""How the name of a FIFO queue ends, and of no other."""
_FIFO_ONLY = ("content_based_deduplication", "deduplication_scope", "fifo_throughput_limit")

_OWN_KEY = "alias/aws/sqs"
"""The account's own KMS key for SQS, which encrypts where KMS shall and no other is asked for."""


class DeadLetters(Spec):
    """Where messages go that nobody could handle."""

    queue: Annotated[QueueReference, Refers("Queue")]
    """The queue that gets them: of the same sort, FIFO or not."""
    max_receive_count: Annotated[Int, Field(ge=1, le=1000)] = 10
    """How often a message is received before it goes there."""


def _own_is_none(key: str | None) -> str | None:
    return None if key == _OWN_KEY else key


class QueueAttributes(Spec):
    """The attributes of a queue, each by default as AWS has it.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """

    only_with: ClassVar = {"keyId": ("encryption", ("KMS",))}

    visibility_timeout: Annotated[Int, Field(ge=0, le=43200)] = 30
    """How many seconds a message that was received is hidden from others."""
    message_retention_period: Annotated[Int, Field(ge=60, le=1209600)] = 345600
    """After how many seconds a message goes that nobody deleted."""
    delay_seconds: Annotated[Int, Field(ge=0, le=900)] = 0
    """How long a new message is hidden at first."""
    maximum_message_size: Annotated[Int, Field(ge=1024, le=1048576)] = 1048576
    """How many bytes a message may have."""
    receive_message_wait_time_seconds: Annotated[Int, Field(ge=0, le=20)] = 0
    """How long who receives waits for a message, if he does not say."""
    dead_letters: DeadLetters | None = None
    encryption: Literal["SSE-SQS", "KMS", "none"] = "SSE-SQS"
    """How messages are encrypted where they are kept."""
    key_id: Annotated[KmsKey | None, AfterValidator(_own_is_none)] = None
    """The KMS key; without one, AWS's own for SQS, with which no event rule can send."""
    content_based_deduplication: Bool = False
    """Whether a FIFO queue takes two messages of the same content for one."""
    deduplication_scope: Literal["queue", "messageGroup"] = "queue"
    """Where a FIFO queue looks for two that are the same."""
    fifo_throughput_limit: Literal["perQueue", "perMessageGroupId"] = "perQueue"
    """What a FIFO queue's limit of messages a second is for."""

    def asked_of_fifo(self) -> list[str]:
        """The fields that ask for what only FIFO queues have, as YAML calls them."""
        fields = {field: type(self).model_fields[field] for field in _FIFO_ONLY}
        asked = [info for field, info in fields.items() if getattr(self, field) != info.default]
        return [str(info.alias) for info in asked]

    def words(self) -> Any:
        """What only FIFO queues have is told where it was asked for."""
        untold = {to_camel(field) for field in _FIFO_ONLY} - {*self.asked_of_fifo()}
        return {word: value for word, value in super().words().items() if word not in untold}


_NUMBERS = {
    "visibility_timeout": "VisibilityTimeout",
    "message_retention_period": "MessageRetentionPeriod",
    "delay_seconds": "DelaySeconds",
    "maximum_message_size": "MaximumMessageSize",
    "receive_message_wait_time_seconds": "ReceiveMessageWaitTimeSeconds",
}


def seen_in_aws(held: Mapping[str, str]) -> dict[str, Any]:
    """The fields that say what AWS has."""
    return {
        **{field: int(held[word]) for field, word in _NUMBERS.items()},
        "dead_letters": _dead_letters(held.get("RedrivePolicy")),
        **_encryption(held),
        **dict(_fifo(held)),
    }


def told_to_aws(said: QueueAttributes, name: str) -> dict[str, str]:
    """The attributes of the queue of this name; "" takes away what is not wanted."""
    told = {word: str(getattr(said, field)) for field, word in _NUMBERS.items()}
    told["RedrivePolicy"] = _redrive_policy(said.dead_letters) if said.dead_letters else ""
    told["KmsMasterKeyId"] = (said.key_id or _OWN_KEY) if said.encryption == "KMS" else ""
    # It is one or the other: https://github.com/FoundatioFx/Foundatio.AWS/pull/302
    told["SqsManagedSseEnabled"] = _truth(said.encryption == "SSE-SQS")
    if name.endswith(FIFO):
        told["ContentBasedDeduplication"] = _truth(said.content_based_deduplication)
        told["DeduplicationScope"] = said.deduplication_scope
        told["FifoThroughputLimit"] = said.fifo_throughput_limit
    return told


def _redrive_policy(dead: DeadLetters) -> str:
    said = {"deadLetterTargetArn": dead.queue, "maxReceiveCount": dead.max_receive_count}
    return json.dumps(said)


def _dead_letters(redrive_policy: str | None) -> DeadLetters | None:
    if not redrive_policy:
        return None
    held = json.loads(redrive_policy)
    # AWS gives the count back as it was written, a number or a text.
    count = int(held["maxReceiveCount"])
    return DeadLetters.seen(queue=held["deadLetterTargetArn"], max_receive_count=count)


def _encryption(held: Mapping[str, str]) -> dict[str, Any]:
    if key := held.get("KmsMasterKeyId"):
        return {"encryption": "KMS", "key_id": key}
    return {"encryption": "SSE-SQS" if held.get("SqsManagedSseEnabled") == "true" else "none"}


def _fifo(held: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """What AWS tells of FIFO queues alone."""
    if "ContentBasedDeduplication" in held:
        yield "content_based_deduplication", held["ContentBasedDeduplication"] == "true"
    if "DeduplicationScope" in held:
        yield "deduplication_scope", held["DeduplicationScope"]
    if "FifoThroughputLimit" in held:
        yield "fifo_throughput_limit", held["FifoThroughputLimit"]


def _truth(value: bool) -> str:
    return str(value).lower()
