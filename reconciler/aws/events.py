"""EventBridge's errors, among them those that come inside of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

GONE = ("ResourceNotFoundException",)
SETTLING = ("ConcurrentModificationException",)
"""What EventBridge answers while another change of the rule, or of its targets, is under way.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""


def all_done(operation: str, answer: Mapping[str, Any]) -> None:
    """Raises the first failure of a batch as if the whole call had failed with it.

    PutTargets and RemoveTargets succeed even if they did nothing of what was asked.
    """
    from botocore.exceptions import ClientError

    if answer.get("FailedEntryCount"):
        first = answer["FailedEntries"][0]
        error = {"Code": first.get("ErrorCode", ""), "Message": first.get("ErrorMessage", "")}
        raise ClientError({"Error": error}, operation)
