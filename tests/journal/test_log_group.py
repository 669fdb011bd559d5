"""A run's stream in a log group: what is sent together, and what becomes of it when AWS says no."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from reconciler.aws.errors import Refused
from reconciler.aws.logs import LONGEST, Event, Stream, Told, batches, told
from reconciler.aws.session import Aws, connect
from reconciler.model import Account, Estate
from reconciler.sandbox import Sandbox
from tests.effort import examples
from tests.laws.cases import Clients

ESTATE = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))
GROUP = "/ci/journal"
DAY = 24 * 3_600_000


class Clock:
    seconds = 0.0

    def now(self) -> float:
        return self.seconds


@pytest.fixture
def here(aws: Clients) -> Aws:
    aws("logs").create_log_group(logGroupName=GROUP)
    return connect(ESTATE).home


@pytest.fixture
def puts(here: Aws, sandbox: Sandbox) -> Callable[[], int]:
    return lambda: sandbox.requests.count(("logs", "PutLogEvents"))


def event(message: str, later: int = 0) -> Event:
    return Event(int(time.time() * 1000) + later, message)


def messages(here: Aws) -> list[str]:
    return [one.message for one in told(here, GROUP)]


def failing(here: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(**_: object) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutLogEvents")

    monkeypatch.setattr(here.client("logs"), "put_log_events", no)


EVENTS = st.lists(
    st.builds(
        lambda time, size: Event(time, "x" * size),
        st.integers(0, 4) | st.integers(0, 3 * DAY),
        st.sampled_from([1, 500, 300_000, 524_262, LONGEST]),
    ),
    max_size=12,
)


@given(EVENTS)
@examples(100)
def test_batches_hold_everything_in_order_and_no_more_than_aws_takes(events: list[Event]) -> None:
    made = batches(events)
    flat = [one for batch in made for one in batch]
    assert sorted(flat) == sorted(events)
    assert [one.time for one in flat] == sorted(one.time for one in events)
    assert all(fits(batch) for batch in made)
    for batch, following in pairwise(made):
        assert not fits([*batch, following[0]])


def fits(batch: list[Event]) -> bool:
    size = sum(len(one.message.encode()) + 26 for one in batch)
    return size <= 1_048_576 and len(batch) <= 10_000 and batch[-1].time - batch[0].time <= DAY


def test_a_batch_has_ten_thousand_events_at_most() -> None:
    assert [len(batch) for batch in batches([Event(0, "x")] * 20_001)] == [10_000, 10_000, 1]


def test_letters_of_several_bytes_are_counted_by_bytes() -> None:
    assert len(batches([Event(0, "€" * 200_000)] * 2)) == 2


def test_what_ends_within_a_second_is_sent_together(here: Aws, puts: Callable[[], int]) -> None:
    clock = Clock()
    stream = Stream(here, GROUP, "run-1", clock.now)
    for clock.seconds, sent in ((0.2, 0), (0.9, 0), (1.0, 1), (1.9, 1), (2.5, 2), (2.6, 2)):
        stream.add(event(f"at {clock.seconds}"))
        assert puts() == sent
    stream.send()
    assert puts() == 3
    assert messages(here) == ["at 0.2", "at 0.9", "at 1.0", "at 1.9", "at 2.5", "at 2.6"]


def test_nothing_is_sent_when_nothing_waits(here: Aws, puts: Callable[[], int]) -> None:
    Stream(here, GROUP, "run-1", Clock().now).send()
    assert puts() == 0


def test_events_are_sent_in_the_order_of_their_time(here: Aws) -> None:
    stream = Stream(here, GROUP, "run-1", Clock().now)
    for message, later in (("b", 20), ("a", 10), ("c", 30)):
        stream.add(event(message, later))
    stream.send()
    assert messages(here) == ["a", "b", "c"]


def test_what_could_not_be_sent_is_sent_at_the_end_and_no_step_waits_for_it_again(
    here: Aws, puts: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    stream = Stream(here, GROUP, "run-1", clock.now)
    with monkeypatch.context() as patch:
        failing(here, patch)
        clock.seconds = 1
        with pytest.raises(Refused, match=f"AccessDenied.*{GROUP} in eu-central-1"):
            stream.add(event("a"))
    clock.seconds = 10
    stream.add(event("b", 1))
    assert puts() == 0
    stream.send()
    assert messages(here) == ["a", "b"]


def test_an_event_that_aws_does_not_take_is_told_and_not_sent_again(
    here: Aws, puts: Callable[[], int]
) -> None:
    stream = Stream(here, GROUP, "run-1", Clock().now)
    stream.add(event("old", -15 * DAY + 60_000))
    stream.add(event("new"))
    with pytest.raises(Refused, match="tooOldLogEventEndIndex"):
        stream.send()
    stream.send()
    assert puts() == 2
    assert messages(here) == ["new"]


def test_a_group_that_is_not_there_is_not_made_and_the_way_to_is_told(aws: Clients) -> None:
    here = connect(ESTATE).home
    advice = "create-log-group --region eu-central-1 --log-group-name /ci/journal"
    with pytest.raises(Refused, match=advice):
        Stream(here, GROUP, "run-1", Clock().now)
    with pytest.raises(Refused, match=advice):
        told(here, GROUP)
    assert aws("logs").describe_log_groups()["logGroups"] == []


def test_a_stream_that_an_answer_got_lost_of_is_used(here: Aws) -> None:
    for message in ("a", "b"):
        stream = Stream(here, GROUP, "run-1", Clock().now)
        stream.add(event(message))
        stream.send()
    assert messages(here) == ["a", "b"]


def test_all_pages_are_read_and_what_was_sent_twice_is_told_once(
    here: Aws, sandbox: Sandbox
) -> None:
    stream = Stream(here, GROUP, "run-1", Clock().now)
    now = int(time.time() * 1000)
    for number in range(10_002):
        stream.add(Event(now, json.dumps(number // 2)))
    stream.send()
    before = len(sandbox.requests)
    assert told(here, GROUP) == [Told("run-1", json.dumps(number)) for number in range(5_001)]
    assert sandbox.requests[before:] == [("logs", "FilterLogEvents")] * 2
