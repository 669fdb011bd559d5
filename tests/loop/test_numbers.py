"""The fleet's numbers are those that were decided by, and what launches brought."""

from __future__ import annotations

import pytest

from reconciler.derive import Decided
from reconciler.fleet.launched import Launched
from reconciler.fleet.offering import Offering, Purchase
from reconciler.fleet.size import Capacity, Supply, size
from reconciler.fleet.worker import Life, Work, Worker
from reconciler.loop.done import Launches, Workers
from reconciler.loop.numbers import launches, workers
from reconciler.model import Act, Ended, Key, Result, Scope, Step
from reconciler.queues.demand import Demand
from tests.loop.turned import outcome

HERE, THERE = (
    Offering("eu-central-1", f"eu-central-1{zone}", "m5.large", Purchase.SPOT) for zone in "ab"
)
LINUX = Key("WorkerType", "linux", Scope("123456789012"))


@pytest.mark.parametrize(
    ("demand", "pending"), [(Demand(5, None, None), 5), ("it does not answer", None)]
)
def test_a_worker_type_stands_as_it_was_decided(demand: Demand | str, pending: int | None) -> None:
    up = Worker("i-1", HERE, 2, 0, Life.RUNNING, Work.UNKNOWN)
    sized = size(pending, Supply(3, 2), Capacity(0, 9))
    assert workers([Decided(LINUX, demand, [up], sized, leaving=4)]) == (
        Workers("123456789012", "linux", pending, 2, 3, 4, 2),
    )


def test_one_that_git_no_longer_has_is_what_is_left_of_it() -> None:
    left = Worker("i-1", HERE, 2, 0, Life.RUNNING, Work.UNKNOWN)
    (one,) = workers([Decided(LINUX, Demand(0, None, None), [left])])
    assert (one.running, one.booting, one.capacity) == (0, 0, 2)


def test_launches_are_counted_by_what_came_and_what_aws_had_not() -> None:
    step = Step(outcome(Result.DONE).change, Act.CREATE)
    first = Launched("linux", 3, 1, {"i-1": HERE, "i-2": HERE}, {THERE: "None left"})
    second = Launched("linux", 1, 1, {"i-3": THERE}, {})
    ended = [Ended(step, Result.DONE, told=(one, "something else")) for one in (first, second)]
    assert launches(ended) == tuple(
        Launches(LINUX.scope.account, "linux", *one) for one in ((HERE, 2, 0), (THERE, 1, 1))
    )
