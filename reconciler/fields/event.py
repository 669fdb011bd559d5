"""What an event rule waits for, and where it sends what it finds."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError

from reconciler.fields.plain import text
from reconciler.fields.queue import QueueReference
from reconciler.spec import Refers, Spec

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
_LONGEST_PATTERN = 2048

Schedule = Annotated[
    str, text(r"^(rate|cron)\([^()]+\)$", "a schedule: rate(5 minutes) or cron(0 12 * * ? *)", 256)
]
InputPath = Annotated[str, text(r"^\$.*$", "a path into the event, such as $.detail", 256)]


def _small(pattern: dict[str, Any]) -> dict[str, Any]:
    size = len(pattern_text(pattern))
    if size > _LONGEST_PATTERN:
        raise PydanticCustomError(
            "too_large",
            "{size} characters of pattern, and AWS takes {most}",
            {"size": size, "most": _LONGEST_PATTERN},
        )
    return pattern


class _AnyObject:
    """EventBridge's own language, whose words are those of the events."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> JsonSchemaValue:
        return {"type": "object", "minProperties": 1}


EventPattern = Annotated[dict[str, Any], Field(min_length=1), AfterValidator(_small), _AnyObject()]


def pattern_text(pattern: Any) -> str:
    """The pattern as EventBridge is sent it; the same bytes for the same pattern."""
    return json.dumps(pattern, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


class Target(Spec):
    """A queue that gets the events, and what of them."""

    queue: Annotated[QueueReference, Refers("Queue")]
    """The queue, whose `eventRules` must name this rule for it to be let send."""
    input_path: InputPath | None = None
    """Which part of an event is sent; without this, all of it."""
    message_group_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """For a FIFO queue: the group that its messages belong to."""

    def words(self) -> str:
        path = f" {self.input_path}" if self.input_path else ""
        group = f" (group {self.message_group_id})" if self.message_group_id else ""
        return f"{self.queue}{path}{group}"
