"""Whatever fails, no more is bought than is needed, and nobody busy is ended."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.derive.memory import Memory
from reconciler.queues.demand import Demand
from tests.derive.fleets import derived, launched, signals
from tests.derive.history import BIGGEST, History
from tests.effort import examples

LIVES: list[dict[str, Any]] = [
    {"capacity": {"min": 0, "max": 20}},
    {"capacity": {"min": 3, "max": 12}, "lifecycle": {"idle": 120}},
    {
        "capacity": {"min": 0, "max": 30, "scalingRatio": 0.5},
        "lifecycle": {"idle": 0, "longest": 600},
    },
]


@given(seed=st.integers(0, 2**32), knows=st.booleans(), life=st.sampled_from(LIVES))
@examples(60)
def test_never_more_than_max_nor_more_than_waits(
    seed: int, knows: bool, life: dict[str, Any]
) -> None:
    history = History(seed, knows, life)
    least, most = life["capacity"]["min"], life["capacity"]["max"]
    for _ in range(25):
        history.goes_on(history.luck.choice((5, 30, 30, 60, 200)))
        before = history.running
        demand = history.passes()
        assert history.total <= most
        if history.bought:
            assert isinstance(demand, Demand)
            needed = max(demand.pending, least - before)
            assert history.booting <= needed + BIGGEST - 1


@given(seed=st.integers(0, 2**32), seconds=st.sampled_from([1, 20, 60]))
@examples(100)
def test_who_remembers_nothing_buys_nothing_twice(seed: int, seconds: int) -> None:
    history = History(seed, True, {"capacity": {"max": 20}})
    history.waiting = 9
    history.passes()
    first = history.total
    # A new run sees as much as has come to show, and the queue as it was.
    history.memory = Memory()
    history.now += seconds
    for _ in range(5):
        if not history.round(Demand(9, 0, {}), everything=False):
            break
    assert history.total <= max(first, 9 + BIGGEST - 1)


def test_the_first_pass_buys_what_waits() -> None:
    history = History(1, True, {"capacity": {"max": 20}})
    found = derived(history.resources, history.seen(), signals(Demand(5, 0, {})))
    assert launched(found) >= 2
