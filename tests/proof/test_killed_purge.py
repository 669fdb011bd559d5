"""Killed anywhere, converges: a purge, after which the next one leaves nothing of the estate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.commands.machines import OURS
from tests.commands.test_purge import IN_A_CIRCLE, everything, machinery
from tests.effort import EFFORT
from tests.laws.cases import document
from tests.proof.killed import killed_at, points
from tests.proof.place import Place, Tried
from tests.quick import reads

KINDS = ("KeyPair", "SecurityGroup")
DECLARED = (*IN_A_CIRCLE, document("KeyPair", "made", "{generate: {type: ed25519}}"))
PURGE = ("purge", "--region", "eu-central-1", "--yes")


@pytest.mark.skipif(EFFORT == 1, reason="it takes minutes")
def test_nothing_of_ours_is_left_and_all_of_others_wherever_a_purge_was_killed(
    place: Place, told: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads(monkeypatch, KINDS.__contains__)
    _others_and_ours(place)
    with killed_at(None) as whole:
        place.done(*PURGE)
    failures, ends = [], [*points(whole.calls, all_of_them=True)]
    for end in ends:
        others = _others_and_ours(place)
        try:
            with killed_at(end) as run:
                place.reconcile(*PURGE)
            assert run.dead, "it was not killed"
            assert place.again(*PURGE).status == 0
            assert everything(place.aws) == others
        except Exception as wrong:
            failures.append(f"{end.of(whole.calls)}: {wrong!r}")
    told("all sorts", "purge", Tried(len(whole.calls), len(ends), failures))
    assert failures == []


def _others_and_ours(place: Place) -> dict[str, Any]:
    """Make what others have, which is given, and the same sorts of things of the estate's."""
    place.sandbox.reset()
    machinery(place.aws, "nobody", {})
    others = everything(place.aws)
    machinery(place.aws, "nobody-2", OURS)
    place.desired(*DECLARED)
    place.done("apply", "--yes")
    return others
