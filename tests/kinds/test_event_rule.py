"""Event rules: events find their queue, patterns are compared as JSON, and others' rules stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from reconciler.load import Mistakes, load
from reconciler.sandbox.corrections import CORRECTIONS
from tests.laws.cases import BYSTANDER, Clients, document
from tests.world import world

Desired = Callable[..., None]
Answering = Callable[[str, Any], AbstractContextManager[None]]
QUEUES = (("Queue", "a", "{eventRules: [one]}"), ("Queue", "b", "{eventRules: [one]}"))
ARN = "arn:aws:sqs:eu-central-1:123456789012:ci-{}"
PATTERN = "{source: [acme], detail: {size: [{numeric: ['>', 1]}], state: [null, x]}}"


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Something else answers an operation of EventBridge's in a block."""

    @contextmanager
    def answer(operation: str, instead: Any) -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setitem(CORRECTIONS, "events", {operation: [instead]})
            yield

    return answer


def targets(aws: Clients) -> dict[str, dict[str, Any]]:
    return {target["Arn"]: target for target in world(aws)["EventRule"]["ci-one"]["Targets"]}


def test_what_the_rule_waits_for_comes_to_its_queues_and_nothing_else(
    aws: Clients, converge: Any
) -> None:
    send = "targets: [{queue: a}, {queue: b, inputPath: $.detail}]"
    converge(*QUEUES, ("EventRule", "one", f"{{eventPattern: {{source: [acme]}}, {send}}}"))
    for source in ("acme", "other"):
        event = {"Source": source, "DetailType": "News", "Detail": f'{{"from": "{source}"}}'}
        aws("events").put_events(Entries=[event])
    for name in ("ci-a", "ci-b"):
        url = world(aws)["Queue"][name]["QueueUrl"]
        messages = aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert [json.loads(m["Body"])["source"] for m in messages] == ["acme"]
    assert targets(aws)[ARN.format("b")]["InputPath"] == "$.detail"


def test_a_pattern_is_the_same_however_it_is_written(
    aws: Clients, converge: Any, reconcile: Any
) -> None:
    converge(("EventRule", "one", f"{{eventPattern: {PATTERN}}}"))
    held = json.loads(world(aws)["EventRule"]["ci-one"]["EventPattern"])
    spaced = json.dumps(dict(reversed(held.items())), indent=4)
    aws("events").put_rule(Name="ci-one", EventPattern=spaced)
    assert reconcile("plan", "--detailed-exitcode").status == 0
    aws("events").put_rule(Name="ci-one", EventPattern=json.dumps({**held, "source": ["b"]}))
    told = reconcile("plan", "--detailed-exitcode")
    assert told.status == 2
    assert "eventPattern.source" in told.out


def test_targets_that_stay_are_let_alone_whatever_their_ids(aws: Clients, converge: Any) -> None:
    rule = "{eventPattern: {source: [acme]}, targets: [{queue: a}, {queue: b}]}"
    converge(*QUEUES, ("EventRule", "one", rule))
    ids = {arn: target["Id"] for arn, target in targets(aws).items()}
    assert len(set(ids.values())) == 2
    aws("events").remove_targets(Rule="ci-one", Ids=[ids[ARN.format("a")]])
    by_hand = {"Id": "by-hand", "Arn": ARN.format("a")}
    aws("events").put_targets(Rule="ci-one", Targets=[by_hand])
    assert "Nothing to do" in converge(*QUEUES, ("EventRule", "one", rule)).out
    converge(
        *QUEUES, ("EventRule", "one", rule.replace("{queue: b}", "{queue: a, inputPath: $.x}"))
    )
    found = world(aws)["EventRule"]["ci-one"]["Targets"]
    assert by_hand in found
    assert [one.get("InputPath") for one in found if one != by_hand] == ["$.x"]


def test_a_target_that_no_document_could_say_is_shown_and_taken_away(
    aws: Clients, converge: Any, reconcile: Any
) -> None:
    converge(*QUEUES, ("EventRule", "one", "{schedule: rate(1 day), targets: [{queue: a}]}"))
    odd = {"Id": "1", "Arn": ARN.format("a"), "Input": '{"password": "x"}'}
    aws("events").put_targets(Rule="ci-one", Targets=[odd])
    planned = reconcile("plan").out
    assert f"{ARN.format('a')} with Input" in planned
    assert "password" not in planned
    reconcile("apply", "--yes")
    assert [target.get("Input") for target in targets(aws).values()] == [None]


BUSY = {"ErrorCode": "ConcurrentModificationException", "ErrorMessage": "Busy"}


def test_a_failure_inside_of_an_answer_is_a_failure_and_the_next_apply_goes_on(
    aws: Clients, converge: Any, desired: Desired, reconcile: Any, answering: Any
) -> None:
    rule = ("EventRule", "one", "{schedule: rate(1 day), targets: [{queue: a}]}")
    gone = (("Queue", "a", "{}"),)
    for operation, documents in (("PutTargets", (*QUEUES, rule)), ("RemoveTargets", gone)):
        desired(*(document(*one) for one in documents))
        with answering(operation, lambda *_: {"FailedEntryCount": 1, "FailedEntries": [BUSY]}):
            applied = reconcile("apply", "--yes")
        assert applied.status == 1
        told = " ".join(applied.out.split())
        assert f"{operation}: ConcurrentModificationException: Busy" in told
        converge(*documents)
    assert world(aws)["EventRule"] == {}


def test_a_rule_that_somebody_makes_while_we_apply_is_not_written_over(
    aws: Clients, desired: Desired, reconcile: Any, answering: Any
) -> None:
    desired(document("EventRule", "one", "{schedule: rate(1 day)}"))
    asked: list[Any] = []

    def made_meanwhile(_: Any, parameters: Any, onward: Any) -> Any:
        asked.append(parameters)
        return onward(parameters) if len(asked) > 1 else {"Rules": []}

    aws("events").put_rule(Name="ci-one", ScheduleExpression="rate(5 days)")
    with answering("ListRules", made_meanwhile):
        applied = reconcile("apply", "--yes")
    assert applied.status == 1
    assert "a rule ci-one has come to be meanwhile" in " ".join(applied.out.split())
    assert world(aws)["EventRule"]["ci-one"]["ScheduleExpression"] == "rate(5 days)"


def test_rules_that_aws_keeps_for_itself_are_not_imported(
    aws: Clients, desired: Desired, reconcile: Any, answering: Any
) -> None:
    aws("events").put_rule(Name="AutoScalingManagedRule", EventPattern='{"source": ["a"]}')

    def managed(_: Any, parameters: Any, onward: Any) -> Any:
        rules = onward(parameters)["Rules"]
        return {"Rules": [{**rule, "ManagedBy": "autoscaling.amazonaws.com"} for rule in rules]}

    desired(BYSTANDER)
    with answering("ListRules", managed):
        assert reconcile("import", "--all").out == ""


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("{}", "give at least one of eventPattern, schedule"),
        ("{eventPattern: {}}", "eventPattern"),
        ("{eventPattern: [a]}", "eventPattern"),
        (f"{{eventPattern: {{source: [{'a' * 2040}]}}}}", "characters of pattern, and AWS takes"),
        ("{schedule: every day}", "is not a schedule: rate(5 minutes) or"),
        ("{schedule: rate(1 day), targets: [{queue: a}]}", "Queue/a is not declared"),
        ("{schedule: rate(1 day), targets: [{queue: 'arn:aws:lambda:x'}]}", "name of a Queue"),
        ("{schedule: rate(1 day), targets: [{queue: b}, {queue: b}]}", "stands here twice"),
    ],
)
def test_what_aws_would_not_take_is_told_before(spec: str, told: str, desired: Desired) -> None:
    desired(document("EventRule", "one", spec), document("Queue", "b", "{}"))
    with pytest.raises(Mistakes) as mistakes:
        load("desired")
    assert told in str(mistakes.value)
