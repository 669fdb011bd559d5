"""Empty means empty: what was applied is no change, however AWS says it; what differs is one.

Many documents of a kind are one estate. It is applied and planned while every answer of AWS's is
said in other words. Then one thing is said otherwise in git of every second of them, and then one
thing is done in AWS to each: the plan has these, field by field, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from reconciler.aws import session
from tests.direct import one_session
from tests.effort import EFFORT
from tests.laws.cases import BYSTANDER
from tests.proof.differences import meddle, otherwise
from tests.proof.lot import Lot
from tests.proof.others import settle
from tests.proof.place import Place
from tests.proof.specs import DRAWN, NEEDS, Around, Declared, estate
from tests.quick import reads

SIDE_BY_SIDE = 100
A_FEW = 4
"""Of what a kind refers to."""


class Batch(NamedTuple):
    """Documents that are tried together."""

    of: str
    seed: int
    counts: Mapping[str, int]

    def __str__(self) -> str:
        return f"{self.of}-{self.seed}"


BATCHES = [
    Batch("each kind", 0, dict.fromkeys(DRAWN, 3)),
    *(
        Batch(kind, seed, {**dict.fromkeys(NEEDS.get(kind, ()), A_FEW), kind: SIDE_BY_SIDE})
        for kind in (DRAWN if EFFORT > 1 else ())
        for seed in range(EFFORT * 5 // 2)
    ),
]


@pytest.mark.parametrize("batch", BATCHES, ids=str)
def test_what_is_applied_is_no_change_and_what_differs_is_one(
    batch: Batch,
    place: Place,
    proven: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads(monkeypatch, {"Policy", *batch.counts}.__contains__)
    monkeypatch.setenv("OTHER", "another secret")
    # What is young is not taken for older than it is: it may only not show yet.
    monkeypatch.setattr(session, "PATIENCE_SECONDS", 0.0)
    with one_session():
        around = settle(place.aws, batch.counts)
        declared = estate(batch.counts, batch.seed, around)
        tried = [one for one in declared if batch.of in ("each kind", one.kind)]
        _declare(place, declared)
        place.sandbox.weather("echo", batch.seed)
        place.done("apply", "--yes")
        place.sandbox.weather("echo", 1000 + batch.seed)
        wrong = _compared(_planned(place), {}, "nowhere")
        in_git = _half(batch, "git", tried)
        wrong += _said_otherwise(place, declared, in_git, Lot(f"{batch} git"), around)
        in_aws = _half(batch, "AWS", tried)
        wrong += _done_by_others(place, declared, in_aws, Lot(f"{batch} AWS"))
    proven("empty", (batch.of,), (len(tried), len(in_git), len(in_aws)), wrong)
    assert wrong == []


def _half(batch: Batch, where: str, of: Sequence[Declared]) -> Sequence[Declared]:
    """Every second one, beginning with one or the other."""
    return of[Lot(f"{batch} {where}").randint(0, 1) :: 2]


def _said_otherwise(
    place: Place, declared: Sequence[Declared], some: Sequence[Declared], lot: Lot, around: Around
) -> list[str]:
    """What is wrong with the plan once git says something else of some of them."""
    changed = [otherwise(one, lot, around) for one in some]
    now = {one.declared.key: one.declared for one in changed}
    _declare(place, [now.get(one.key, one) for one in declared])
    expected = {one.declared.key: (one.field,) for one in changed}
    return _compared(_planned(place), expected, "in git")


def _done_by_others(
    place: Place, declared: Sequence[Declared], some: Sequence[Declared], lot: Lot
) -> list[str]:
    """The same once others have changed some of them in AWS."""
    place.sandbox.weather("fair")
    changed = [meddle(place.aws, one, lot) for one in some]
    place.sandbox.weather("echo", lot.randrange(10**6))
    _declare(place, declared)
    expected = {one.declared.key: one.fields for one in changed}
    return _compared(_planned(place), expected, "in AWS")


def _compared(
    planned: Mapping[str, set[str]], expected: Mapping[str, tuple[str, ...]], where: str
) -> list[str]:
    """Where the plan is not as expected. What is to be made, and is no more than a name, has no
    fields.
    """
    wrong = []
    for key in sorted({*planned, *expected}):
        fields, wanted = planned.get(key), expected.get(key)
        if fields is None or wanted is None or (wanted and not set() < fields <= {*wanted}):
            wrong.append(f"{key}: {wanted} differs {where}, and the plan has {fields}")
    return wrong


def _declare(place: Place, declared: Iterable[Declared]) -> None:
    place.desired(BYSTANDER, *(one.text for one in declared))


def _planned(place: Place) -> dict[str, set[str]]:
    """The fields that the plan has of each resource, by the first of their words.

    What only lets go of something while that is replaced has none.
    """
    plan: Any = json.loads(place.reconcile("plan", "--format", "json").out)
    assert not plan["unreached"], plan["unreached"]
    return {
        f"{change['kind']}/{change['name']}": {
            field["path"].partition(".")[0] for field in change["fields"]
        }
        for change in plan["changes"]
        if change["fields"] or change["action"] != "update"
    }
