"""How much to launch: the AWS Provisioner's own cases, what it got wrong, and laws."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ReconcileError
from reconciler.fleet.size import Bound, Capacity, Supply, half_up, size
from tests.effort import examples

FEW = st.integers(0, 60)
RATIOS = st.sampled_from([0.0, 0.1, 0.2, 0.5, 1.0, 1.5, 7.0])
SUPPLIES = st.builds(Supply, FEW, FEW, st.none() | st.integers(0, 150))


@st.composite
def capacities(draw: st.DrawFn) -> Capacity:
    low, high = sorted([draw(FEW), draw(FEW)])
    return Capacity(low, high, draw(RATIOS))


@pytest.mark.parametrize(
    ("change", "running", "booting", "pending", "bounds"),
    [
        (0, 0, 0, 0, Capacity(0, 20)),
        (1, 0, 0, 0, Capacity(1, 20)),
        (5, 0, 0, 5, Capacity(0, 20)),
        (5, 5, 0, 5, Capacity(0, 20)),
        (0, 5, 5, 5, Capacity(0, 20)),
        (0, 0, 5, 5, Capacity(0, 20)),
        (-5, 0, 10, 5, Capacity(0, 20)),
        (-5, 5, 10, 5, Capacity(0, 20)),
        (20, 0, 0, 20, Capacity(1, 20)),
        (20, 0, 0, 30, Capacity(1, 20)),
        (0, 0, 0, 0, Capacity(0, 1000, 0.2)),
        (1, 0, 0, 0, Capacity(1, 1000, 0.2)),
        (1000, 0, 0, 10000, Capacity(0, 1000, 0.2)),
        (960, 0, 40, 10000, Capacity(0, 1000, 0.2)),
        # Two that were switched off there, for they expected 80 and 40: but what may wait is a
        # share of what runs, and nothing runs.
        (100, 0, 0, 100, Capacity(0, 1000, 0.2)),
        (60, 0, 40, 100, Capacity(0, 1000, 0.2)),
    ],
)
def test_the_provisioners_cases_come_out_as_there(
    change: int, running: int, booting: int, pending: int, bounds: Capacity
) -> None:
    found = size(pending, Supply(starting=booting, up=running), bounds)
    assert (found.change, found.launch) == (change, max(0, change))


@pytest.mark.parametrize(
    ("pending", "supply", "bounds", "launch", "bound"),
    [
        (4, Supply(0, 4, 0), Capacity(0, 9), 0, Bound.NONE),  # up, but none has registered yet
        (4, Supply(0, 4, 3), Capacity(0, 9), 3, Bound.NONE),
        (4, Supply(2, 0, 1), Capacity(0, 9), 3, Bound.NONE),  # the queue knew it before EC2 did
        (4, Supply(0, 1, 50), Capacity(0, 9), 4, Bound.NONE),  # 49 of them are gone
        (4, Supply(0, 4), Capacity(0, 9), 4, Bound.NONE),  # nobody can tell who has registered
        (4, Supply(0, 10), Capacity(0, 9, 0.1), 0, Bound.MAX),  # above max: others retire
        (9, Supply(0, 8), Capacity(0, 9), 1, Bound.MAX),
        (0, Supply(0, 1), Capacity(3, 9), 2, Bound.MIN),
        (0, Supply(2, 1), Capacity(3, 9), 0, Bound.MIN),
        (0, Supply(0, 0), Capacity(0, 0), 0, Bound.NONE),
        (5, Supply(0, 0), Capacity(0, 0), 0, Bound.MAX),
        (10, Supply(0, 5), Capacity(0, 99, 0.1), 9, Bound.NONE),  # half a task is rounded up
        (10, Supply(0, 4), Capacity(0, 99, 0.1), 10, Bound.NONE),
        (10, Supply(0, 4), Capacity(0, 99, 1.5), 4, Bound.NONE),
        (10, Supply(0, 4), Capacity(0, 99, 3.0), 0, Bound.NONE),
    ],
)
def test_what_is_launched_and_what_bounds_it(
    pending: int, supply: Supply, bounds: Capacity, launch: int, bound: Bound
) -> None:
    found = size(pending, supply, bounds)
    assert (found.launch, found.bound) == (launch, bound)


@pytest.mark.parametrize(
    ("ratio", "count", "share"),
    [(0.5, 1, 1), (0.5, 3, 2), (0.1, 3, 0), (0.29, 50, 15), (0.145, 100, 15), (0.0, 9, 0)],
)
def test_a_half_is_rounded_up_as_it_is_written(ratio: float, count: int, share: int) -> None:
    assert half_up(ratio, count) == share


@given(SUPPLIES, capacities())
@examples(100)
def test_a_queue_that_can_not_be_read_launches_nothing(supply: Supply, bounds: Capacity) -> None:
    found = size(None, supply, bounds)
    assert (found.launch, found.bound, found.pending) == (0, Bound.BLIND, None)


@given(FEW, SUPPLIES, capacities())
@examples(200)
def test_the_bounds_hold(pending: int, supply: Supply, bounds: Capacity) -> None:
    found = size(pending, supply, bounds)
    assert found.launch <= found.room
    assert supply.total + found.launch <= max(bounds.max, supply.total)
    assert supply.total + found.launch >= bounds.min


@given(FEW, SUPPLIES, capacities())
@examples(200)
def test_never_more_than_what_waits_unless_min_asks(
    pending: int, supply: Supply, bounds: Capacity
) -> None:
    found = size(pending, supply, bounds)
    needed = max(0, pending - supply.booting)
    assert found.launch <= max(needed, bounds.min - supply.total)


@given(FEW, SUPPLIES, capacities())
@examples(200)
def test_more_waiting_never_launches_less(pending: int, supply: Supply, bounds: Capacity) -> None:
    here, more = size(pending, supply, bounds), size(pending + 1, supply, bounds)
    assert here.change <= more.change <= here.change + 1


@given(FEW, st.integers(0, 60), st.integers(0, 60), capacities())
@examples(200)
def test_a_launch_is_not_repeated_while_it_boots(
    pending: int, running: int, registered: int, bounds: Capacity
) -> None:
    """Whichever way it comes up, what was launched once for a demand is not launched again."""
    before = Supply(0, running, min(registered, running))
    launch = size(pending, before, bounds).launch
    starting = Supply(launch, running, before.registered)
    up = Supply(0, running + launch, before.registered)
    assert size(pending, starting, bounds).launch == size(pending, up, bounds).launch == 0


@given(SUPPLIES)
@examples(200)
def test_every_unit_either_runs_or_boots(supply: Supply) -> None:
    assert supply.running + supply.booting == supply.starting + supply.up
    assert supply.running >= 0
    assert supply.booting >= 0


@pytest.mark.parametrize(
    ("absurd", "words"),
    [
        (lambda: Capacity(-1, 5), "capacity.min is -1"),
        (lambda: Capacity(5, 1), "capacity.min 5 is above capacity.max 1"),
        (lambda: Capacity(0, 5, -0.2), "capacity.scalingRatio is -0.2"),
        (lambda: Capacity(0, 5, math.nan), "capacity.scalingRatio is nan"),
        (lambda: Capacity(0, 5, math.inf), "capacity.scalingRatio is inf"),
        (lambda: Capacity(0, 2.5), "capacity.max is 2.5"),  # type: ignore[arg-type]
        (lambda: Capacity(True, 5), "capacity.min is True"),
        (lambda: Supply(-1, 0), "the starting capacity is -1"),
        (lambda: Supply(0, -1), "the running capacity is -1"),
        (lambda: Supply(0, 0, -1), "the registered capacity is -1"),
        (lambda: size(-3, Supply(0, 0), Capacity(0, 5)), "the number of pending tasks is -3"),
    ],
)
def test_absurd_numbers_are_refused(absurd: Callable[[], object], words: str) -> None:
    with pytest.raises(ReconcileError, match=words):
        absurd()
