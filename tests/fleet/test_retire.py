"""Which workers are told to leave, each for its own reason, and which are not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from reconciler.fleet.retire import Reason, Rules, Why, retire
from reconciler.fleet.worker import Life, Notice, Worker
from tests.fleet.retirees import (
    ABSENT,
    IDLE,
    NOW,
    OLD,
    RULES,
    THERE,
    UNKNOWN,
    asked,
    held,
    idler,
    leaving,
    names,
    worker,
)


@pytest.mark.parametrize(
    ("one", "rules", "why"),
    [
        (worker("a", life=Life.STOPPED), RULES, Why(Reason.STOPPED, "it is stopped")),
        (
            worker("a", notice=Notice.INTERRUPTION),
            RULES,
            Why(Reason.INTERRUPTED, "AWS takes it back in two minutes"),
        ),
        (
            worker("a", notice=Notice.REBALANCE),
            RULES,
            Why(Reason.REBALANCE, "AWS recommends to replace it"),
        ),
        (
            worker("a", ABSENT, launched=NOW - 1830),
            RULES,
            Why(
                Reason.NEVER_REGISTERED,
                "its queue has not seen it in 30 min 30 s, and 30 min are allowed",
            ),
        ),
        (
            worker("a", launched=NOW - 90_000),
            replace(RULES, longest=86_400),
            Why(Reason.TOO_OLD, "it is 1 d 1 h old, and may become 1 d"),
        ),
        (
            worker("a"),
            replace(RULES, removed=True),
            Why(Reason.REMOVED, "git no longer has its worker type"),
        ),
        (
            worker("a", **OLD),
            RULES,
            Why(Reason.CHANGED, "its launch template is build-old, and today's is build-new"),
        ),
        (
            worker("a", template=""),
            RULES,
            Why(Reason.CHANGED, "its launch template is gone, and today's is build-new"),
        ),
        (
            worker("a", offering=THERE),
            RULES,
            Why(
                Reason.CHANGED,
                "its worker type no longer uses m9.large in eu-central-1b, spot",
            ),
        ),
        (
            worker("a", capacity=4),
            replace(RULES, max=3),
            Why(Reason.ABOVE_MAX, "the workers take 4 tasks at once, and capacity.max is 3"),
        ),
        (
            idler("a", 723),
            replace(RULES, idle=600),
            Why(Reason.IDLE, "it has been idle for 12 min 3 s, and 10 min are allowed"),
        ),
        (
            idler("a", 600),
            replace(RULES, idle=600),
            Why(Reason.IDLE, "it has been idle for 10 min, and 10 min are allowed"),
        ),
    ],
    ids=lambda value: str(value.name) if isinstance(value, Why) else "",
)
def test_each_reason_tells_a_worker_to_leave_with_its_numbers_and_ends_nobody(
    one: Worker, rules: Rules, why: Why
) -> None:
    assert asked([one], rules) == ({"a": why}, {})


@pytest.mark.parametrize(
    ("one", "rules"),
    [
        (worker("a"), RULES),
        (worker("a", ABSENT, launched=NOW - 1800), RULES),
        (worker("a", UNKNOWN, launched=NOW - 9000), RULES),
        (worker("a", launched=NOW - 86_400), replace(RULES, longest=86_400)),
        (worker("a", launched=NOW - 86_400_000), RULES),
        (worker("a", **OLD), replace(RULES, replace_changed=False)),
        (worker("a", offering=THERE), replace(RULES, templates=None)),
        (worker("a", capacity=3), replace(RULES, max=3)),
        (idler("a", 599), replace(RULES, idle=600)),
        (idler("a", 9000), RULES),
        (worker("a", IDLE), replace(RULES, idle=0)),
        (worker("a", UNKNOWN, idle_since=NOW - 900), replace(RULES, idle=600)),
        (worker("a"), replace(RULES, removed=True, removed_at_once=0)),
    ],
    ids=[
        "nothing is the matter",
        "it may register yet",
        "nobody can tell whether it registered",
        "just as old as it may become",
        "no age is too old",
        "what changed is kept",
        "today's templates are not known",
        "just at max",
        "not idle for long enough",
        "idle for as long as it likes",
        "nobody remembers since when it is idle",
        "it was idle, and may be busy now",
        "the guard lets nobody go",
    ],
)
def test_without_a_reason_it_stays(one: Worker, rules: Rules) -> None:
    assert asked([one], rules) == ({}, {})


def test_where_the_queue_can_not_be_read_nobody_goes() -> None:
    some = [worker("a", life=Life.STOPPED), leaving("b", IDLE), leaving("c", since=NOW - 9000)]
    assert retire(some, replace(RULES, deadline=60, max=0), None, NOW) == ({}, {})


def test_of_several_reasons_that_counts_which_is_the_workers_own() -> None:
    """Nobody uses up the share of the changed who goes anyhow."""
    some = [
        worker("a", life=Life.STOPPED, notice=Notice.REBALANCE, **OLD),
        worker("b", ABSENT, launched=NOW - 9000, notice=Notice.INTERRUPTION, **OLD),
        worker("c", ABSENT, launched=NOW - 9000, **OLD),
        worker("d", launched=NOW - 9000, **OLD),
        worker("e", **OLD),
        worker("f"),
        idler("g"),
    ]
    rules = replace(RULES, longest=8000, max=1, idle=600)
    assert names(asked(some, rules).hold) == {
        "a": Reason.STOPPED,
        "b": Reason.INTERRUPTED,
        "c": Reason.NEVER_REGISTERED,
        "d": Reason.TOO_OLD,
        "e": Reason.CHANGED,
        "g": Reason.ABOVE_MAX,
    }


def test_those_that_are_launched_together_grow_old_one_after_the_other() -> None:
    rules = replace(RULES, longest=1000, jitter=50)
    ages = [500, 600, 700, 800, 900, 1000, 1001]
    gone = [
        len(held([worker(f"i-{n}", launched=NOW - age) for n in range(100)], rules)) for age in ages
    ]
    assert gone == sorted(gone)
    assert (gone[0], gone[-1]) == (0, 100)
    assert all(10 < later - sooner < 30 for sooner, later in pairwise(gone[:-1]))
