"""Notices: what is told of instances is read, stays until handled, and nonsense is no harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.aws import notices as module
from reconciler.aws.notices import Notice, What, handled, notices
from reconciler.aws.session import Aws, connect
from reconciler.model import Account, Estate
from tests.effort import examples
from tests.world import Clients

ESTATE = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))
QUEUE, INSTANCE = "ci-notices", "i-0123456789abcdef0"
INTERRUPTION = "EC2 Spot Instance Interruption Warning"
REBALANCE = "EC2 Instance Rebalance Recommendation"
GOOD: dict[str, Any] = {
    "version": "0",
    "id": "1e5527d7-bb36-4607-3370-4164db56a40e",
    "detail-type": INTERRUPTION,
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "1970-01-01T01:00:00Z",
    "region": "eu-central-1",
    "resources": [f"arn:aws:ec2:eu-central-1b:instance/{INSTANCE}"],
    "detail": {"instance-id": INSTANCE, "instance-action": "terminate"},
}
Send = Callable[..., None]


@pytest.fixture
def here(aws: Clients) -> Aws:
    return connect(ESTATE).home


@pytest.fixture
def send(aws: Clients, here: Aws) -> Send:
    url = aws("sqs").create_queue(QueueName=QUEUE)["QueueUrl"]

    def put(*bodies: str) -> None:
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(n), "MessageBody": body}
                for n, body in enumerate(bodies[start : start + 10])
            ]
            aws("sqs").send_message_batch(QueueUrl=url, Entries=entries)

    return put


def held(aws: Clients) -> tuple[int, int]:
    """How many messages there are to be read, and how many are hidden."""
    url = aws("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(counts[names[0]]), int(counts[names[1]])


def test_both_sorts_of_notices_are_read_with_instance_and_time(send: Send, here: Aws) -> None:
    later = {**GOOD, "detail-type": REBALANCE, "time": "1970-01-01T02:00:00.5+01:00"}
    send(json.dumps(GOOD), json.dumps(later))
    assert sorted(one[:3] for one in notices(here, QUEUE)) == [
        (INSTANCE, What.INTERRUPTION, 3600.0),
        (INSTANCE, What.REBALANCE, 3600.5),
    ]


def test_what_is_read_stays_until_it_is_handled(
    send: Send, here: Aws, aws: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_HIDDEN_SECONDS", 0)
    monkeypatch.setattr(module, "_MOST_CALLS", 1)
    send(json.dumps(GOOD))
    first = notices(here, QUEUE)
    assert [one[:3] for one in notices(here, QUEUE)] == [one[:3] for one in first]
    assert held(aws) == (1, 0)
    handled(here, QUEUE, notices(here, QUEUE))
    assert notices(here, QUEUE) == []
    assert held(aws) == (0, 0)


def test_a_reading_hides_what_it_read_for_seconds_only(
    send: Send, here: Aws, calls: list[Any]
) -> None:
    send(json.dumps(GOOD))
    notices(here, QUEUE)
    (hidden,) = {c.parameters["VisibilityTimeout"] for c in calls if "Receive" in c.operation}
    assert 0 < hidden <= 15


def test_all_of_a_flood_is_read_and_deleted_by_tens(
    send: Send, here: Aws, aws: Clients, calls: list[Any]
) -> None:
    send(*(json.dumps({**GOOD, "detail": {"instance-id": f"i-{n:017x}"}}) for n in range(25)))
    found = notices(here, QUEUE)
    assert len({one.instance for one in found}) == len(found) == 25
    handled(here, QUEUE, found)
    assert held(aws) == (0, 0)
    made = [c.operation for c in calls]
    assert made.count("DeleteMessageBatch") == 3


def test_a_reading_ends_however_much_there_is(
    send: Send, here: Aws, aws: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_CALLS", 2)
    send(*[json.dumps(GOOD)] * 25)
    assert len(notices(here, QUEUE)) == 20
    assert held(aws) == (5, 20)


def test_a_message_that_comes_twice_is_one_notice_with_the_later_receipt(
    here: Aws, send: Send, aws: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_HIDDEN_SECONDS", 0)
    monkeypatch.setattr(module, "_MOST_CALLS", 3)
    send(json.dumps(GOOD))
    (notice,) = notices(here, QUEUE)
    handled(here, QUEUE, [notice])
    assert held(aws) == (0, 0)


def test_where_there_is_no_queue_yet_nothing_is_told_and_nothing_is_wrong(here: Aws) -> None:
    assert notices(here, QUEUE) == []
    handled(here, QUEUE, [Notice(INSTANCE, What.INTERRUPTION, 0.0, "gone")])


BROKEN = {
    "no JSON": "hello",
    "cut off": json.dumps(GOOD)[:-5],
    "no object": "[1]",
    "null": "null",
    "too deep": "[" * 100_000,
    "another event": json.dumps({**GOOD, "detail-type": "EC2 Instance State-change Notification"}),
    "another source": json.dumps({**GOOD, "source": "acme"}),
    "a type that is a list": json.dumps({**GOOD, "detail-type": [INTERRUPTION]}),
    "no detail": json.dumps({**GOOD, "detail": None}),
    "no instance": json.dumps({**GOOD, "detail": {}}),
    "an odd instance": json.dumps({**GOOD, "detail": {"instance-id": "i-*"}}),
    "a number for an instance": json.dumps({**GOOD, "detail": {"instance-id": 5}}),
    "no time": json.dumps({key: value for key, value in GOOD.items() if key != "time"}),
    "a time of no place": json.dumps({**GOOD, "time": "1970-01-01T01:00:00"}),
    "no such time": json.dumps({**GOOD, "time": "1970-13-01T01:00:00Z"}),
}


def test_nonsense_is_counted_and_deleted_and_the_rest_is_read(
    send: Send, here: Aws, aws: Clients
) -> None:
    send(*BROKEN.values(), json.dumps(GOOD))
    found = notices(here, QUEUE)
    others = [one for one in found if one.what is What.OTHER]
    assert len(others) == len(BROKEN)
    assert {one.instance for one in others} == {""}
    assert [one.instance for one in found if one not in others] == [INSTANCE]
    handled(here, QUEUE, found)
    assert held(aws) == (0, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@examples(100)
@given(st.sampled_from([*GOOD]), JSON)
def test_whatever_stands_in_an_event_it_is_a_notice_or_nonsense(field: str, value: Any) -> None:
    message = {"ReceiptHandle": "r", "Body": json.dumps({**GOOD, field: value})}
    notice = module._notice(message)
    assert notice.receipt == "r"
    assert (notice.what is What.OTHER) == (notice.instance == "")
