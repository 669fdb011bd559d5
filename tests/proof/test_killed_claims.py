"""Killed anywhere, converges: the lock that people free, and the lease that the next loop takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.aws import lock
from reconciler.loop import clock as loop_clock
from tests.conftest import Ran
from tests.effort import EFFORT
from tests.laws.cases import PARAMETER, document
from tests.loop.turned import Clock
from tests.proof.killed import Point, killed_at
from tests.proof.place import Operation, Place, tried
from tests.quick import reads
from tests.world import world

DECLARED = [document("Parameter", name, "{value: x}") for name in ("one", "two")]
FOLLOWS = 9
"""So many passes a loop needs at most that finds a dead one's lease, and then a dead one's lock."""


def looping(passes: int) -> Callable[[Place], Ran]:
    """A loop that is told to stop after so many passes."""

    def run(place: Place) -> Ran:
        between = [lambda: None] * (passes - 1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop_clock, "Clock", lambda: Clock(*between))
            return place.reconcile("run")

    return run


def died(do: Callable[[Place], object]) -> Callable[[Place], None]:
    """Somebody has died in the middle of this, when it had made a first thing."""

    def prepare(place: Place) -> None:
        place.desired(*DECLARED)
        for call in range(1, 100):
            with killed_at(Point(call, True)):
                do(place)
            if "ci-one" in world(place.aws, ["Parameter"])["Parameter"]:
                return
            place.clear([PARAMETER])

    return prepare


def declared(place: Place) -> None:
    place.desired(*DECLARED)


def applied(place: Place) -> Ran:
    return place.again("apply", "--yes")


OPERATIONS = [
    Operation("unlock and apply", "unlock", [PARAMETER], died(applied), applied, applied),
    Operation("run", "the lease", [PARAMETER], declared, looping(1), looping(FOLLOWS)),
    Operation(
        "follow a dead loop",
        "the lease taken over",
        [PARAMETER],
        died(looping(1)),
        looping(FOLLOWS),
        looping(2 * FOLLOWS),
    ),
]


@pytest.mark.skipif(EFFORT == 1, reason="it takes minutes")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_who_finds_a_dead_run_s_lock_or_lease_goes_on_wherever_one_was_killed(
    operation: Operation,
    place: Place,
    told: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads(monkeypatch, "Parameter".__eq__)
    # How often it asks meanwhile is another test's.
    monkeypatch.setattr(lock, "_ASKED_EVERY", 45.0)
    found = tried(place, operation)
    told("lock and lease", operation.act, found)
    assert found.failures == []
