"""How many workers go at once, and which of them: what is idle first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.fleet.retire import Reason
from reconciler.fleet.worker import Work, Worker
from tests.fleet.retirees import (
    ABSENT,
    BUSY,
    IDLE,
    NOW,
    OLD,
    RULES,
    UNKNOWN,
    asked,
    held,
    idler,
    leaving,
    names,
    worker,
)


def test_while_the_queue_knows_nobody_only_a_share_of_them_goes_for_it_at_once() -> None:
    late = [worker(f"{number:02}", ABSENT, launched=NOW - 9000) for number in range(20)]
    assert held(late) == ["00", "01", "02", "03"]
    assert held([*late, worker("known")]) == [one.id for one in late]
    told = [leaving(one.id, ABSENT, leaving="never-registered") for one in late[:3]]
    assert held([*told, *late[3:]]) == ["03"]


def test_of_the_changed_only_a_share_leaves_at_once_idle_ones_first_then_the_oldest() -> None:
    def other(name: str, work: Work, age: float) -> Worker:
        return worker(name, work, **OLD, launched=NOW - age)

    some = [
        other("busy", BUSY, 900),
        other("older", BUSY, 1000),
        other("boots", ABSENT, 60),
        other("idle", IDLE, 60),
        other("unknown", UNKNOWN, 60),
        *(worker(f"same-{number}") for number in range(5)),
    ]

    def at_once(percent: int) -> list[str]:
        return held(some, replace(RULES, at_once=percent))

    assert at_once(1) == ["idle"]
    assert at_once(14) == ["idle"]
    assert at_once(15) == ["idle", "boots"]
    assert at_once(40) == ["idle", "boots", "unknown", "older"]
    assert at_once(100) == ["idle", "boots", "unknown", "older", "busy"]


def test_those_that_leave_already_for_it_are_part_of_the_share() -> None:
    old = [worker(name, **OLD) for name in "abcdefgh"]
    assert held([*old, leaving("y", leaving="changed: x"), leaving("z")]) == ["a"]
    for many in ("yz", "wxyz"):
        assert held([*old, *(leaving(name, leaving="changed") for name in many)]) == []


@pytest.mark.parametrize(
    ("some", "bounds", "gone"),
    [
        (["busy 1", "idle 1", "boots 1", "unknown 1"], (0, 3), ["idle"]),
        (["busy 1", "idle 1", "boots 1", "unknown 1"], (0, 1), ["idle", "boots", "unknown"]),
        (["busy 1", "idle 1"], (0, 0), ["idle", "busy"]),
        (["busy 4", "busier 4", "idle 4"], (0, 10), ["idle"]),
        (["busy 4", "busier 4", "idle 4"], (9, 10), []),
        (["busy 8", "busier 8", "idle 2"], (0, 10), ["busier"]),
        (["busy 6", "idle 6", "boots 2"], (0, 8), ["idle"]),
    ],
    ids=[
        "idle ones first",
        "then those that boot, then those that may be busy",
        "busy ones are told as well",
        "max is kept though workers are whole",
        "but min comes first",
        "who fits in beside the others stays, idle or not",
        "nobody who fits goes for one who doesn't",
    ],
)
def test_above_max_as_few_go_as_have_to(
    some: list[str], bounds: tuple[int, int], gone: list[str]
) -> None:
    work = {"idle": IDLE, "boots": ABSENT, "unknown": UNKNOWN}
    workers = []
    for number, one in enumerate(some):
        name, capacity = one.split()
        workers.append(
            worker(
                name,
                work.get(name, BUSY),
                capacity=int(capacity),
                launched=NOW - 900 + number,
            )
        )
    assert held(workers, replace(RULES, min=bounds[0], max=bounds[1])) == gone


def test_above_max_the_youngest_go_first() -> None:
    some = [worker(f"{age}", launched=NOW - age) for age in (300, 100, 200)]
    assert held(some, replace(RULES, max=1)) == ["100", "200"]


@pytest.mark.parametrize(
    ("least", "pending", "gone"),
    [
        (0, 0, ["c", "a", "b"]),
        (1, 0, ["c", "a"]),
        (2, 0, ["c"]),
        (3, 0, []),
        (0, 1, ["c", "a"]),
        (0, 2, ["c"]),
        (0, 3, []),
    ],
)
def test_of_the_idle_the_longest_idle_go_that_neither_min_nor_the_queue_needs(
    least: int, pending: int, gone: list[str]
) -> None:
    some = [idler("a", 800), idler("b", 700), idler("c", 900)]
    assert held(some, replace(RULES, idle=600, min=least), pending) == gone


def test_what_leaves_is_no_capacity_for_min() -> None:
    some = [idler("a"), leaving("b", capacity=9)]
    assert held(some, replace(RULES, idle=600, min=1)) == []
    assert held([idler("a"), worker("b")], replace(RULES, idle=600, min=1)) == ["a"]


def test_of_a_removed_worker_type_so_many_go_in_a_pass_as_the_guard_allows() -> None:
    """And nobody beside them for being one too many, changed or idle: git says no bounds."""
    some = [*(worker(name) for name in "ab"), *(idler(name, **OLD) for name in "cde"), leaving("f")]
    rules = replace(RULES, removed=True, removed_at_once=2, max=0, idle=600)
    assert names(asked(some, rules).hold) == dict.fromkeys("cd", Reason.REMOVED)
