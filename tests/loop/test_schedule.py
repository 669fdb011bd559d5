"""When passes begin: apart by the interval, with room for others, and seldom where all fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.loop.clock import Clock as RealClock
from reconciler.loop.done import Ending, Stopped
from reconciler.loop.schedule import BREATH, LONGEST, again_and_again, pause
from tests.effort import examples
from tests.loop.turned import Clock

GOOD, BAD, OTHERS = Ending.UNCHANGED, Ending.FAILED, Ending.STANDBY


@pytest.mark.parametrize(
    ("interval", "ending", "failures", "took", "waits"),
    [
        (30, GOOD, 0, 4, 26),
        (30, GOOD, 0, 29, 5),
        (30, GOOD, 0, 400, 5),
        (30, BAD, 1, 0, 30),
        (30, BAD, 2, 0, 60),
        (30, BAD, 3, 10, 110),
        (30, BAD, 5, 0, 300),
        (30, BAD, 9999, 0, 300),
        (900, BAD, 1, 0, 900),
        (900, BAD, 7, 0, 900),
        (900, OTHERS, 0, 1, 19),
        (10, OTHERS, 0, 1, 9),
    ],
)
def test_how_long_the_loop_waits(
    interval: float, ending: Ending, failures: int, took: float, waits: float
) -> None:
    assert pause(interval, ending, failures, took) == waits


@examples(50)
@given(st.floats(1, 1e5), st.sampled_from(Ending), st.integers(0, 10**6), st.floats(0, 1e6))
def test_others_always_get_their_turn_and_the_loop_its_own(
    interval: float, ending: Ending, failures: int, took: float
) -> None:
    assert BREATH <= pause(interval, ending, failures, took) <= max(LONGEST, interval)


def test_failures_in_a_row_are_counted_and_forgotten_after_the_first_pass_that_works() -> None:
    endings = iter([BAD, BAD, BAD, Ending.REFUSED, BAD])
    clock = Clock(*[lambda: None] * 4)
    again_and_again(lambda: next(endings), 30, clock)
    assert clock.pauses == [30, 60, 120, 30, 30]


def test_a_loop_that_was_stopped_before_it_began_does_nothing() -> None:
    clock = Clock()
    clock.stop()
    again_and_again(lambda: pytest.fail("it went on"), 30, clock)


def test_whoever_waits_is_woken_when_the_loop_is_to_stop() -> None:
    clock = RealClock()
    assert not clock.stopping()
    clock.stop()
    assert clock.stopping(1e6)
    assert clock.stopping()
    with pytest.raises(Stopped):
        clock.sleep(1e6)
