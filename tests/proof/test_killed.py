"""Killed anywhere, converges: each thing that is done to a kind, killed at each call of AWS.

With EFFORT all of it; without, kinds that take several calls to make are made, and killed after
each call that changes anything.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler import apply, observe
from tests.effort import EFFORT
from tests.laws.cases import CASES, Case
from tests.proof.operations import EVERYTHING, operations
from tests.proof.place import Operation, Place, tried
from tests.quick import reads

Told = Callable[..., None]

SEVERAL = ("SecurityGroup",)
ALONE = [
    pytest.param(case, operation, id=f"{operation.name} {number}")
    for case in CASES
    for number, operation in enumerate(operations(case))
    if EFFORT > 1 or (operation.act == "create" and case.kind in SEVERAL)
]


@pytest.mark.parametrize(("case", "operation"), ALONE)
def test_what_is_done_to_a_kind_comes_true_wherever_it_is_killed(
    case: Case, operation: Operation, place: Place, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads(monkeypatch, case.kinds.__contains__)
    found = tried(place, operation)
    told(case.kind, operation.act, found)
    assert found.failures == []


@pytest.mark.skipif(EFFORT == 1, reason="it takes minutes")
@pytest.mark.parametrize("operation", EVERYTHING, ids=lambda operation: operation.name)
def test_what_is_done_to_all_kinds_side_by_side_comes_true_wherever_it_is_killed(
    operation: Operation, place: Place, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (apply, observe):
        monkeypatch.setattr(module, "ThreadPoolExecutor", ThreadPoolExecutor)
    found = tried(place, operation)
    told("all kinds", operation.act, found)
    assert found.failures == []
