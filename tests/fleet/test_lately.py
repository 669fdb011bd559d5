"""What failed or was interrupted is remembered for a while, and then forgotten."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.lately import AVOIDED, CALMING, FORGOTTEN, PENALTY, failing, unrest
from reconciler.fleet.offering import Failure, Interruption, Offering, Purchase
from tests.effort import examples

NOW = 1_700_000_000.0
A = Offering("eu-central-1", "eu-central-1a", "m9.large", Purchase.SPOT)
B = A._replace(zone="eu-central-1b")
AGES = st.lists(st.tuples(st.sampled_from([A, B]), st.floats(-60, 20_000)), max_size=12)


@pytest.mark.parametrize(
    ("age", "remembered"),
    [(0.0, True), (AVOIDED - 1, True), (AVOIDED, False), (-5.0, True)],
    ids=["now", "just under three minutes", "three minutes", "AWS's clock is ahead"],
)
def test_a_failure_is_remembered_for_three_minutes(age: float, remembered: bool) -> None:
    assert (
        A in failing([Failure(A, NOW - age, "InsufficientInstanceCapacity")], NOW)
    ) is remembered


def test_of_several_failures_the_last_is_told() -> None:
    old, new = (
        Failure(A, NOW - 60, "UnfulfillableCapacity"),
        Failure(A, NOW - 5, "VcpuLimitExceeded"),
    )
    assert failing([new, old], NOW) == failing([old, new], NOW) == {A: new}


@pytest.mark.parametrize(
    ("ages", "factor"),
    [
        ([0.0], 1 + PENALTY),
        ([-5.0], 1 + PENALTY),
        ([0.0, 0.0], 1 + 2 * PENALTY),
        ([CALMING], 1 + PENALTY / 2),
        ([0.0, CALMING], 1 + PENALTY * 1.5),
    ],
)
def test_interruptions_make_an_offering_count_dearer_for_a_while(
    ages: list[float], factor: float
) -> None:
    found = unrest([Interruption(A, NOW - age) for age in ages], NOW)
    assert found == {A: pytest.approx(factor)}


def test_an_interruption_of_long_ago_is_as_if_it_never_was() -> None:
    assert unrest([Interruption(A, NOW - FORGOTTEN)], NOW) == {}


@given(AGES, st.randoms())
@examples(200)
def test_the_order_in_which_things_are_told_does_not_matter(
    told: list[tuple[Offering, float]], luck: random.Random
) -> None:
    failures = [Failure(one, NOW - age, "Unsupported") for one, age in told]
    interruptions = [Interruption(one, NOW - age) for one, age in told]
    before = failing(failures, NOW), unrest(interruptions, NOW)
    luck.shuffle(failures)
    luck.shuffle(interruptions)
    assert (failing(failures, NOW), unrest(interruptions, NOW)) == before
