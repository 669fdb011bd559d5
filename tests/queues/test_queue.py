"""Which source is read: the one that a document gives."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.queues import TaskQueue
from reconciler.queues.answers import MOST
from reconciler.queues.demand import Demand
from tests.queues.asking import asked


@pytest.mark.parametrize("pending", [0, 3, MOST])
def test_a_static_queue_is_always_as_it_is(pending: int) -> None:
    assert asked({"static": {"pending": pending}}) == Demand(pending, None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"static": None},
        {"static": {"pending": 1}, "sqs": {"name": "builds"}},
        {"kafka": {}},
        {"static": {"pending": -1}},
        {"static": {"pending": MOST + 1}},
        {"static": {"pending": "1"}},
        {"static": {"pending": True}},
        {"static": {"pending": 1.0}},
        {"taskcluster": {"rootUrl": "http://tc.example", "taskQueueId": "a/b"}},
        {"taskcluster": {"rootUrl": "https://tc.example/api", "taskQueueId": "a/b"}},
        {"taskcluster": {"rootUrl": "https://tc.example", "taskQueueId": "a"}},
        {"taskcluster": {"rootUrl": "https://tc.example", "taskQueueId": "a/b/c"}},
    ],
    ids=str,
)
def test_a_queue_is_one_source_and_says_all_that_it_takes(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TaskQueue.model_validate(wrong)
