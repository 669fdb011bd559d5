"""A worker that was ended soon after its launch does not seem to be on its way."""

from __future__ import annotations

import pytest

from reconciler.derive.memory import Memory
from reconciler.derive.remembered import remembered
from reconciler.fleet.launched import Launched
from reconciler.fleet.offering import Offering, Purchase
from reconciler.model import Act, Action, Change, Ended, Key, Result, Step
from reconciler.queues.demand import Demand
from tests.derive.fleets import (
    ACCOUNT,
    HERE,
    NOW,
    REGION,
    derived,
    launched,
    signals,
    snapshot,
    worker,
    worker_type,
)

STAYS, ENDS = worker(1), worker(2)
BROUGHT = Launched(
    "linux",
    2,
    1,
    {one.id: Offering(REGION, f"{REGION}a", "c5.large", Purchase.SPOT) for one in (STAYS, ENDS)},
    {},
)


@pytest.mark.parametrize(
    ("result", "booting"), [(Result.DONE, 0), (Result.FAILED, 1), (Result.SKIPPED, 1)]
)
def test_only_who_certainly_ended_is_not_waited_for(result: Result, booting: int) -> None:
    key = Key("Worker", ENDS.id, HERE)
    step = Step(Change(Action.DELETE, key, ENDS, None), Act.DELETE, ENDS)
    memory = Memory().launched(ACCOUNT, "token-0", BROUGHT, NOW - 60)
    memory = remembered(memory, [Ended(step, result, id=ENDS.id)], NOW - 6)
    found = derived(worker_type(), snapshot(STAYS), signals(Demand(3, None, None), memory))
    (decided,) = found.decided
    assert decided.size
    assert decided.size.booting == booting
    assert launched(found) == 3 - booting
