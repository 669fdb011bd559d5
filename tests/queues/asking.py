"""Reading a queue as a document writes it, and the ways in which an answer can be nonsense."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import strategies as st

from reconciler.aws.session import Aws
from reconciler.queues import TaskQueue, read
from reconciler.queues.answers import Unreadable
from reconciler.queues.demand import Demand

NO_NUMBERS = {
    "below zero": b"-1",
    "a fraction": b"1.5",
    "not a number": b"NaN",
    "without end": b"Infinity",
    "a great number": b"10000001",
    "a number with too many digits": b"9" * 5000,
    "a number in a text": b'"3"',
    "true": b"true",
    "null": b"null",
    "an empty text": b'""',
    "a list": b"[3]",
    "an object": b'{"n": 3}',
}
"""What can stand in JSON where a number of tasks should."""

NO_JSON = {
    "nothing": b"",
    "a page": b"<!doctype html><title>Sign in</title>",
    "cut off": b'{"pending',
    "not UTF-8": b"\xff\xfe\x00",
    "much too deep": b"[" * 100_000,
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def asked(queue: dict[str, Any], aws: Aws | None = None, seconds: float = 20) -> Demand:
    return read(TaskQueue.model_validate(queue), cast(Aws, aws), seconds)


def unreadable(queue: dict[str, Any], aws: Aws | None = None, seconds: float = 20) -> str:
    """Why a queue can't be read."""
    with pytest.raises(Unreadable) as raised:
        asked(queue, aws, seconds)
    return str(raised.value)
