"""Queues: what SQS is told, who may send, and what a queue takes with it when it goes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.load import Mistakes, load
from reconciler.sandbox import Sandbox
from reconciler.sandbox.corrections import CORRECTIONS
from reconciler.sandbox.errors import AwsError
from tests.laws.cases import BYSTANDER, Clients, document
from tests.world import world

Desired = Callable[..., None]
ARN = "arn:aws:sqs:eu-central-1:123456789012:ci-{}"
NEWS = ("EventRule", "news", "{eventPattern: {source: [acme]}, targets: [{queue: a}]}")


def policy(aws: Clients, name: str = "ci-a") -> list[Any]:
    said = json.loads(world(aws)["Queue"][name]["Policy"])["Statement"]
    return said if isinstance(said, list) else [said]


def test_a_name_that_ends_in_fifo_makes_a_fifo_queue(aws: Clients, converge: Any) -> None:
    converge(
        ("Queue", "a.fifo", "{contentBasedDeduplication: true, deadLetters: {queue: b.fifo}}"),
        ("Queue", "b.fifo", "{}"),
    )
    made = world(aws)["Queue"]
    assert made["ci-a.fifo"]["FifoQueue"] == made["ci-b.fifo"]["FifoQueue"] == "true"
    assert made["ci-a.fifo"]["ContentBasedDeduplication"] == "true"
    redrive = {"deadLetterTargetArn": ARN.format("b.fifo"), "maxReceiveCount": 10}
    assert json.loads(made["ci-a.fifo"]["RedrivePolicy"]) == redrive
    high = "{deduplicationScope: messageGroup, fifoThroughputLimit: perMessageGroupId}"
    converge(("Queue", "a.fifo", high))
    assert world(aws)["Queue"]["ci-a.fifo"]["FifoThroughputLimit"] == "perMessageGroupId"


def test_an_event_rule_may_send_under_its_own_arn_alone_and_others_as_the_policy_says(
    aws: Clients, converge: Any
) -> None:
    theirs = (
        "{Version: '2012-10-17', Statement: [{Sid: __owner, Effect: Allow, Action: 'SQS:*', "
        f"Principal: {{AWS: '123456789012'}}, Resource: '{ARN.format('a')}'}}]}}"
    )
    converge(("Queue", "a", f"{{eventRules: [news], policy: {theirs}}}"), NEWS)
    owner, ours = policy(aws)
    assert owner["Sid"] == "__owner"
    assert ours == {
        "Sid": "ReconcilerEventRules",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": ARN.format("a"),
        "Condition": {
            "ArnEquals": {"aws:SourceArn": "arn:aws:events:eu-central-1:123456789012:rule/ci-news"}
        },
    }
    converge(("Queue", "a", "{eventRules: [news]}"), NEWS)
    assert policy(aws) == [ours]
    converge(("Queue", "a", "{}"), NEWS)
    assert not world(aws)["Queue"]["ci-a"].get("Policy")


def test_a_rule_and_its_queue_go_together(aws: Clients, converge: Any) -> None:
    converge(("Queue", "a", "{eventRules: [news]}"), NEWS)
    converge(("Queue", "a", "{}"))
    converge(("Queue", "a", "{eventRules: [news]}"), NEWS)
    converge()
    assert world(aws)["Queue"] == world(aws)["EventRule"] == {}


def test_only_what_differs_is_written(aws: Clients, converge: Any, calls: list[Any]) -> None:
    converge(("Queue", "a", "{visibilityTimeout: 10, encryption: KMS}"))
    before = len(calls)
    converge(("Queue", "a", "{visibilityTimeout: 20, encryption: KMS, keyId: alias/aws/sqs}"))
    written = [call for call in calls[before:] if call.operation == "SetQueueAttributes"]
    assert [call.parameters["Attributes"] for call in written] == [{"VisibilityTimeout": "20"}]


def test_queues_of_others_are_listed_and_not_looked_at(
    sandbox: Sandbox, aws: Clients, converge: Any, reconcile: Any
) -> None:
    for number in range(5):
        aws("sqs").create_queue(QueueName=f"theirs-{number}")
    converge(("Queue", "a", "{}"))
    before = len(sandbox.requests)
    assert reconcile("plan", "--detailed-exitcode").status == 0
    asked = Counter(
        operation for service, operation in sandbox.requests[before:] if service == "sqs"
    )
    assert asked == {"ListQueues": 1, "ListQueueTags": 1, "GetQueueAttributes": 1}


def test_messages_that_would_be_lost_are_told_before(
    aws: Clients, converge: Any, desired: Desired, reconcile: Any
) -> None:
    converge(("Queue", "a", "{}"), ("Queue", "b", "{}"))
    url = world(aws)["Queue"]["ci-a"]["QueueUrl"]
    for text in "xyz":
        aws("sqs").send_message(QueueUrl=url, MessageBody=text)
    aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    desired(BYSTANDER)
    told = reconcile("plan").out
    assert told.count("in use by") == 1
    assert "in use by about 3 messages, which would be lost" in told


@pytest.mark.parametrize(
    ("operation", "code", "spec"),
    [
        ("CreateQueue", "AWS.SimpleQueueService.QueueDeletedRecently", "{}"),
        ("CreateQueue", "InvalidParameterValue", "{deadLetters: {queue: b}}"),
        ("SetQueueAttributes", "InvalidAttributeValue", "{eventRules: [news]}"),
        ("SetQueueAttributes", "AWS.SimpleQueueService.NonExistentQueue", "{eventRules: [news]}"),
    ],
)
def test_what_sqs_does_not_know_yet_is_waited_for(
    operation: str, code: str, spec: str, converge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def too_early(_: Any, parameters: Any, onward: Any) -> Any:
        asked.append(parameters.get("QueueName") or parameters["QueueUrl"].rpartition("/")[2])
        if asked.count("ci-a") == 1 and asked[-1] == "ci-a":
            raise AwsError(code, "Not yet.")
        return onward(parameters)

    monkeypatch.setitem(CORRECTIONS["sqs"], operation, [too_early])
    monkeypatch.setattr("reconciler.aws.session.PATIENCE_SECONDS", 60.0)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    converge(("Queue", "a", spec), ("Queue", "b", "{}"), NEWS)
    assert asked.count("ci-a") == 2


def test_what_sqs_will_never_know_is_told_in_its_words(
    desired: Desired, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> Any:
        raise AwsError("AWS.SimpleQueueService.QueueDeletedRecently", "Wait 60 seconds.")

    monkeypatch.setitem(CORRECTIONS["sqs"], "CreateQueue", [refused])
    desired(document("Queue", "a", "{}"))
    applied = reconcile("apply", "--yes")
    assert applied.status == 1
    assert "QueueDeletedRecently: Wait 60 seconds." in " ".join(applied.out.split())


@pytest.mark.parametrize(
    ("name", "spec", "told"),
    [
        ("a", "{contentBasedDeduplication: true}", "contentBasedDeduplication is for FIFO queues"),
        ("a", "{fifoThroughputLimit: perMessageGroupId}", "and their names end in .fifo"),
        ("a", "{keyId: alias/ours}", "keyId is for encryption KMS only"),
        ("a", "{visibilityTimeout: 43201}", "visibilityTimeout"),
        ("a", "{maximumMessageSize: 1023}", "maximumMessageSize"),
        ("a", "{deadLetters: {queue: b}}", "Queue/b is not declared"),
        ("a", "{deadLetters: {queue: a}}", "circular reference"),
        ("a", "{eventRules: [news]}", "EventRule/news is not declared"),
        ("a.fifo.fifo", "{}", "'a.fifo.fifo' is not a name that Queue may have"),
        ("a" * 78, "{}", "is too long: 81 characters, and 80 at most"),
    ],
)
def test_what_aws_would_not_take_is_told_before(
    name: str, spec: str, told: str, desired: Desired
) -> None:
    desired(document("Queue", name, spec))
    with pytest.raises(Mistakes) as mistakes:
        load("desired")
    assert told in str(mistakes.value)
