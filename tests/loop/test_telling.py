"""The log tells what was done each time, and what is wrong once."""

from __future__ import annotations

import json

import pytest

from reconciler.loop.done import Done, Ending, Turn
from reconciler.loop.log import Level, Log
from reconciler.loop.telling import QUIET, Telling
from reconciler.model import Result
from tests.loop.turned import BEGUN, Clock, log, outcome, turn

FAILED = Done(Ending.FAILED, troubles={"pass": "no network"})
REFUSED = Done(Ending.REFUSED, troubles={"guard": "too many"})
NOTHING = Ending.UNCHANGED


def told(*turns: Turn, apart: float = 30, as_json: bool = False) -> list[list[str]]:
    """The lines for each turn, without their time."""
    clock, lines = Clock(), list[str]()
    telling = Telling(log(lines, clock, as_json), clock.now)
    found = []
    for one in turns:
        telling.hear(one)
        found.append([line if as_json else line.partition(" ")[2] for line in lines])
        lines.clear()
        clock.seconds += apart
    return found


def test_a_change_is_told_and_then_nothing_as_long_as_nothing_happens() -> None:
    did = Done(Ending.CHANGED, (outcome(Result.DONE),), 3)
    first, second, third = told(turn(did), turn(NOTHING), turn(NOTHING))
    assert first == [
        "the documents of commit c0ffee",
        "create Parameter/one (ci-one, eu-central-1): done",
        "pass changed: 1 done, 3 unchanged (1.2 s)",
    ]
    assert second == ["pass unchanged (1.2 s)"]
    assert third == []


def test_quiet_passes_are_told_of_now_and_then() -> None:
    count = int(QUIET / 30) * 3 + 1
    lines = [len(one) for one in told(*[turn(NOTHING, commit="")] * count)]
    assert sum(lines) == 4


def test_machines_are_told_of_each_pass() -> None:
    lines = told(*[turn(NOTHING, commit="")] * 3, as_json=True)
    (line,) = lines[2]
    assert json.loads(line) == {
        "time": "2026-01-02T03:05:05.000+00:00",
        "level": "info",
        "event": "pass",
        "message": "pass unchanged (1.2 s)",
        "ending": "unchanged",
        "seconds": 1.25,
        "commit": "",
        "done": 0,
        "failed": 0,
        "skipped": 0,
        "unchanged": 0,
    }


def test_what_is_wrong_is_told_when_it_comes_when_it_changes_and_when_it_is_over() -> None:
    other = Done(Ending.REFUSED, troubles={"guard": "far too many"})
    come, same, changed, over = told(turn(REFUSED), turn(REFUSED), turn(other), turn(NOTHING))
    assert come[1:] == ["error: guard: too many", "error: pass refused (1.2 s)"]
    assert same == []
    assert changed == ["error: guard: far too many"]
    assert over == ["over: guard", "pass unchanged (1.2 s)"]


def test_a_pass_that_saw_nothing_ends_no_other_trouble() -> None:
    _, blind, again, over = told(turn(REFUSED), turn(FAILED), turn(REFUSED), turn(NOTHING))
    assert blind == ["error: pass: no network", "error: pass failed (1.2 s)"]
    assert again == ["over: pass", "error: pass refused (1.2 s)"]
    assert over[0] == "over: guard"


def test_mistakes_in_documents_are_told_once_each_on_a_line_of_its_own() -> None:
    wrong = turn(NOTHING, "a.yml:1:1: no\nb.yml:2:2: \x1b[2Jno")
    first, second, fixed = told(wrong, wrong, turn(NOTHING, commit="bad1dea"))
    assert first[1] == (
        "warning: documents: the last good ones stay in force: a.yml:1:1: no\n"
        "    b.yml:2:2: \\x1b[2Jno"
    )
    assert second == []
    assert fixed == ["the documents of commit bad1dea", "over: documents"]


def test_a_line_of_json_is_one_line_whatever_is_in_it() -> None:
    (first,) = told(turn(NOTHING, "a\nb\u2028\x1b"), as_json=True)
    assert all("\n" not in line and line.isascii() for line in first)
    assert json.loads(first[1])["message"].endswith("a\nb\u2028\x1b")


@pytest.mark.parametrize("error", [BrokenPipeError(), RuntimeError("reentrant call")])
def test_a_log_that_nobody_reads_stops_nothing(error: Exception) -> None:
    def broken(_: str) -> None:
        raise error

    Log(False, broken, lambda: BEGUN).say(Level.INFO, "pass", "x")


def test_a_fleet_that_was_changed_is_told_with_why_and_with_what_a_change_has_to_tell() -> None:
    fleets = ("WorkerType/linux: 5 tasks waiting", "WorkerType/mac: none waiting")
    did = Done(Ending.CHANGED, (outcome(Result.DONE, "2 of 3: i-1, i-2"),), fleets=fleets)
    more = Done(Ending.CHANGED, did.outcomes, fleets=("WorkerType/linux: 1 waiting", fleets[1]))
    first, idle, second = told(turn(did), turn(Done(Ending.UNCHANGED, fleets=fleets)), turn(more))
    assert first[1:4] == ["create Parameter/one (ci-one, eu-central-1): 2 of 3: i-1, i-2", *fleets]
    assert idle == ["pass unchanged (1.2 s)"]
    assert [line for line in second if "WorkerType" in line] == ["WorkerType/linux: 1 waiting"]
