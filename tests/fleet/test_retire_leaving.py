"""What becomes of workers that were told to leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.fleet.retire import Reason, Why
from reconciler.fleet.worker import Life, Work, Worker
from tests.fleet.retirees import ABSENT, BUSY, IDLE, NOW, RULES, UNKNOWN, asked, leaving


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (leaving("a", IDLE), "it was told to leave 1 min ago, and it is idle"),
        (leaving("a", IDLE, since=NOW + 5), "it was told to leave 0 s ago, and it is idle"),
        (leaving("a", IDLE, held=None), "it was told to leave 1 min ago, and it is idle"),
        (leaving("a", IDLE, seen=NOW - 59), "it was told to leave 1 min ago, and it is idle"),
        (
            leaving("a", ABSENT, held=False),
            "it was told to leave 1 min ago, and its queue has never seen it",
        ),
        (leaving("a", life=Life.STOPPED), "it was told to leave 1 min ago, and it is stopped"),
        (
            leaving("a", since=NOW - 1800),
            "it was told to leave 30 min ago, and had 30 min to finish",
        ),
        (
            leaving("a", UNKNOWN, since=NOW - 1800, held=False),
            "it was told to leave 30 min ago, and had 30 min to finish",
        ),
    ],
)
def test_who_was_told_is_ended_once_that_loses_nothing_or_the_deadline_is_over(
    one: Worker, words: str
) -> None:
    rules = replace(RULES, deadline=1800)
    assert asked([one], rules) == ({}, {"a": Why(Reason.IDLE, words)})


@pytest.mark.parametrize(
    ("one", "deadline"),
    [
        (leaving("a", BUSY, since=NOW - 9000), None),
        (leaving("a", UNKNOWN, since=NOW - 9000), None),
        (leaving("a", BUSY, since=NOW - 1799), 1800),
        (leaving("a", BUSY, since=0.0), 1800),
        (leaving("a", IDLE, seen=NOW - 60), None),
    ],
    ids=[
        "it is busy and there is no deadline",
        "nobody can tell and there is no deadline",
        "its deadline is not over",
        "nobody knows when it was told",
        "it was seen idle before it was told",
    ],
)
def test_who_was_told_and_may_be_busy_is_left_alone(one: Worker, deadline: float | None) -> None:
    assert asked([one], replace(RULES, deadline=deadline, max=0)) == ({}, {})


@pytest.mark.parametrize("work", [BUSY, IDLE, UNKNOWN])
def test_whom_its_queue_still_gives_tasks_is_told_again_and_not_ended(work: Work) -> None:
    words = "it was told to leave 1 min ago, and its queue still gives it tasks"
    one = leaving("a", work, held=False, leaving="too-old: it is 2 d old")
    assert asked([one]) == ({"a": Why(Reason.TOO_OLD, words)}, {})


@pytest.mark.parametrize(
    ("remembered", "name"),
    [
        ("changed", Reason.CHANGED),
        (str(Why(Reason.REMOVED, "git no longer has its worker type")), Reason.REMOVED),
        ("somebody wants to look at it", Reason.OTHER),
    ],
)
def test_who_is_ended_is_counted_by_what_it_was_told_for(remembered: str, name: Reason) -> None:
    one = leaving("a", IDLE, leaving=remembered, since=0.0)
    assert asked([one]).end == {"a": Why(name, "it was told to leave, and it is idle")}
