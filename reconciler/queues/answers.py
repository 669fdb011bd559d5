"""What a queue answered: the numbers, moments and ids in it, or else that it is `Unreadable`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from reconciler.errors import ReconcileError

MOST = 10_000_000
"""More tasks than any fleet could see the end of: a greater number is a mistake."""

# EC2's ids have 8 digits from before 2016, or 17.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
_INSTANCE = re.compile(r"i-[0-9a-f]{8}([0-9a-f]{9})?")


class Unreadable(ReconcileError):
    """Nothing is known of a queue now, which is not that nothing waits in it."""


@contextmanager
def reading(source: str) -> Iterator[None]:
    """Turns whatever goes wrong in the block into `Unreadable`, which names the source."""
    try:
        yield
    except ReconcileError as error:
        raise Unreadable(f"{source} can't be read: {error}") from error
    except Exception as error:
        # What others put into the texts of their errors may be a secret.
        raise Unreadable(
            f"{source} can't be read: {type(error).__name__}, which is not foreseen: "
            "check the address, and look by other means at what it answers"
        ) from None


def field(answer: Any, key: str) -> Any:
    """A field of an object, or None where there is neither."""
    return answer.get(key) if isinstance(answer, dict) else None


def count(value: Any, what: str) -> int:
    """A number of tasks."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable(f"{what} is {_kind(value)}, no whole number: is it the right field?")
    if not 0 <= value <= MOST:
        wrong = "below zero" if value < 0 else f"above {MOST:,}"
        raise Unreadable(f"{what} is {wrong}, which is no number of tasks: is it the right field?")
    return value


def rows(value: Any, what: str) -> list[Any]:
    """A list of whatever."""
    if not isinstance(value, list):
        raise Unreadable(f"{what}: {_kind(value)}, no list: is it the right field?")
    return value


def name(value: Any, what: str) -> str:
    """A text that says something."""
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{what} is {_kind(value)}, no name: is it the right field?")
    return value


def moment(value: Any, what: str) -> datetime | None:
    """A time as JSON has it, or None where there is none."""
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise Unreadable(f"{what} is {_kind(value)}, no time with its zone")
    return parsed


def is_instance(worker: str) -> bool:
    """Whether a worker's id is an EC2 instance's."""
    return bool(_INSTANCE.fullmatch(worker))


def _kind(value: Any) -> str:
    """What a value is, in words that give nothing of it away."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return "a text" if value else "empty"
    kinds = {bool: "true or false", list: "a list", dict: "an object", int: "a number"}
    return kinds.get(type(value), "a fraction or NaN")
