"""SQS: messages that wait and messages in flight, and no zero where AWS says no number."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.aws.session import Aws, connect
from reconciler.model import Account, Estate
from reconciler.queues import TaskQueue
from reconciler.queues.answers import MOST
from reconciler.queues.demand import Demand
from reconciler.sandbox.corrections import CORRECTIONS
from tests.queues.asking import asked, unreadable
from tests.world import Clients

ESTATE = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))
URL = "https://sqs.{}.amazonaws.com/123456789012/builds"
BY_NAME = {"sqs": {"name": "builds"}}


@pytest.fixture
def here(aws: Clients) -> Aws:
    return connect(ESTATE).home


@pytest.fixture
def queue(aws: Clients, here: Aws) -> Any:
    """A queue with three messages, of which one is in flight."""
    return filled(aws("sqs"), 3)


def filled(sqs: Any, messages: int) -> Any:
    url = sqs.create_queue(QueueName="builds")["QueueUrl"]
    for number in range(messages):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    return url


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Any:
    def answer(operation: str, always: dict[str, Any]) -> None:
        corrections = {**CORRECTIONS.get("sqs", {}), operation: [lambda *_: always]}
        monkeypatch.setitem(CORRECTIONS, "sqs", corrections)

    return answer


@pytest.mark.parametrize("spec", [{"name": "builds"}, {"url": URL.format("eu-central-1")}])
def test_messages_wait_or_are_in_flight(queue: Any, here: Aws, spec: dict[str, str]) -> None:
    assert asked({"sqs": spec}, here) == Demand(2, 1, None)


@pytest.mark.parametrize(
    "spec",
    [{"name": "builds", "region": "us-west-2"}, {"url": URL.format("us-west-2")}],
    ids=["name", "url"],
)
def test_a_queue_is_asked_for_in_its_own_region(
    queue: Any, here: Aws, spec: dict[str, str]
) -> None:
    filled(here.client("sqs", "us-west-2"), 8)
    assert asked({"sqs": spec}, here) == Demand(7, 1, None)


@pytest.mark.parametrize("spec", [{"name": "builds"}, {"url": URL.format("eu-central-1")}])
def test_a_queue_that_is_not_there_is_unreadable(here: Aws, spec: dict[str, str]) -> None:
    why = unreadable({"sqs": spec}, here)
    assert "NonExistentQueue" in why or "QueueDoesNotExist" in why
    assert "builds in eu-central-1" in why


@pytest.mark.parametrize("number", ["-1", "", "1.5", "NaN", "٣", "9" * 5000, str(MOST + 1)])
@pytest.mark.parametrize("attribute", ["", "NotVisible"])
def test_a_number_that_is_none_is_unreadable(
    queue: Any, here: Aws, answering: Any, attribute: str, number: str
) -> None:
    word = "ApproximateNumberOfMessages"
    good = {word: "1", f"{word}NotVisible": "1"}
    answering("GetQueueAttributes", {"Attributes": {**good, f"{word}{attribute}": number}})
    assert f"{word}{attribute} is" in unreadable(BY_NAME, here)


@pytest.mark.parametrize("operation", ["GetQueueUrl", "GetQueueAttributes"])
def test_an_answer_without_what_was_asked_for_is_unreadable(
    queue: Any, here: Aws, answering: Any, operation: str
) -> None:
    answering(operation, {})
    unreadable(BY_NAME, here)


def test_nobody_there_is_unreadable(here: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert "Could not connect" in unreadable(BY_NAME, connect(ESTATE).at(ESTATE.home))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"region": "us-west-2"},
        {"name": "builds", "url": URL.format("us-west-2")},
        {"url": URL.format("us-west-2"), "region": "us-west-2"},
        {"url": "https://sqs.us-west-2.amazonaws.com.example/123456789012/builds"},
        {"url": "https://sqs.us-west-2-amazonaws.com/123456789012/builds"},
        {"url": "http://sqs.us-west-2.amazonaws.com/123456789012/builds"},
        {"name": "two words"},
        {"name": "a" * 81},
    ],
    ids=str,
)
def test_what_could_never_be_asked_is_refused_in_the_document(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="sqs"):
        TaskQueue.model_validate({"sqs": wrong})


@pytest.mark.parametrize("name", ["a", "a" * 80, "a" * 75 + ".fifo"])
def test_every_name_that_sqs_has_can_be_said(name: str) -> None:
    TaskQueue.model_validate({"sqs": {"name": name}})
