"""What holds whichever workers go."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.retire import Reason, Rules, retire
from reconciler.fleet.size import half_up
from reconciler.fleet.worker import Life, Work, Worker
from tests.effort import examples
from tests.fleet.retirees import NOW, after, rules, staying, told, workers

PENDING = st.integers(0, 6)


@given(workers(), rules(), PENDING)
@examples(100)
def test_nobody_ends_who_may_be_busy_before_the_deadline_or_who_was_not_told(
    some: list[Worker], rules: Rules, pending: int
) -> None:
    end = retire(some, rules, pending, NOW).end
    for one in some:
        late = rules.deadline is not None and 0 < one.since <= NOW - rules.deadline
        if one.id in end:
            assert one.leaving
            assert one.work in (Work.IDLE, Work.ABSENT) or late or one.life is Life.STOPPED


@given(workers(), rules())
@examples(30)
def test_where_the_queue_can_not_be_read_nobody_goes(some: list[Worker], rules: Rules) -> None:
    assert retire(some, rules, None, NOW) == ({}, {})


@given(workers(), rules(), PENDING)
@examples(100)
def test_neither_max_nor_idleness_takes_the_fleet_below_min(
    some: list[Worker], rules: Rules, pending: int
) -> None:
    hold = retire(some, rules, pending, NOW).hold
    theirs = {name for name, why in hold.items() if why.name in (Reason.ABOVE_MAX, Reason.IDLE)}
    others = [one for one in some if one.leaving or one.id in theirs or one.id not in hold]
    left = staying([one for one in others if one.id not in theirs])
    assert left >= min(rules.min, staying(others))


@given(workers(), rules(), PENDING)
@examples(100)
def test_what_is_above_max_goes_and_nobody_who_fits(
    some: list[Worker], rules: Rules, pending: int
) -> None:
    """Unless the minimum needs it, or git no longer has the worker type."""
    hold = retire(some, rules, pending, NOW).hold
    surplus = {name for name, why in hold.items() if why.name is Reason.ABOVE_MAX}
    idle = {name for name, why in hold.items() if why.name is Reason.IDLE}
    kept = [one for one in some if one.id not in hold or one.id in idle]
    biggest = max((one.capacity for one in some), default=0)
    if not rules.removed:
        assert staying(kept) <= max(rules.max, rules.min + biggest - 1)
    for one in some:
        if one.id in surplus:
            assert staying(kept) + one.capacity > rules.max


@given(workers(), rules(), PENDING)
@examples(100)
def test_no_more_than_a_share_leaves_for_being_changed(
    some: list[Worker], rules: Rules, pending: int
) -> None:
    already = sum(one.leaving.startswith("changed") for one in some)
    hold = retire(some, rules, pending, NOW).hold
    fresh = [hold[one.id] for one in some if one.id in hold and not one.leaving]
    new = sum(why.name is Reason.CHANGED for why in fresh)
    share = max(1, half_up(rules.at_once / 100, len(some)))
    assert not new or already + new <= share


@given(workers(), rules(), PENDING, st.randoms())
@examples(60)
def test_the_order_of_the_workers_does_not_matter(
    some: list[Worker], rules: Rules, pending: int, luck: random.Random
) -> None:
    before = retire(some, rules, pending, NOW)
    mixed = list(some)
    luck.shuffle(mixed)
    again = retire(mixed, rules, pending, NOW)
    assert [list(phase.items()) for phase in again] == [list(phase.items()) for phase in before]


@given(workers(), rules(), PENDING)
@examples(60)
def test_asked_again_once_all_are_told_it_tells_nobody_more(
    some: list[Worker], rules: Rules, pending: int
) -> None:
    """But for those of a removed worker type, so many of whom go with each pass."""
    rules = replace(rules, removed=False)
    first = retire(some, rules, pending, NOW)
    second = retire(told(some, first), rules, pending, NOW)
    assert second.hold == {}
    assert second.end.keys() >= first.end.keys()


@given(workers(), rules(), PENDING)
@examples(60)
def test_after_some_passes_nothing_is_left_to_do(
    some: list[Worker], rules: Rules, pending: int
) -> None:
    fleet: Sequence[Worker] = some
    for _ in range(2 * len(some) + 1):
        fleet = after(fleet, retire(fleet, rules, pending, NOW))
    assert retire(fleet, rules, pending, NOW) == ({}, {})


@given(workers(), rules(), PENDING)
@examples(60)
def test_what_stays_has_nothing_against_it_that_needs_no_share(
    some: list[Worker], rules: Rules, pending: int
) -> None:
    hold = retire(some, rules, pending, NOW).hold
    for one in some:
        if not one.leaving and one.id not in hold:
            assert one.life is not Life.STOPPED
            assert one.notice is None
            assert rules.longest is None or NOW - one.launched <= rules.longest
