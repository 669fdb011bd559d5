"""What the tests of single kinds have at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.laws.cases import BYSTANDER, document
from tests.quick import reads

Converge = Callable[..., Any]


@pytest.fixture
def converge(
    aws: object, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> Converge:
    """Declare these specs (kind, name, spec) and nothing else, apply, and see that it is done."""

    kinds = {"Policy"}

    def declare(*specs: tuple[str, str, str]) -> Any:
        kinds.update(kind for kind, *_ in specs)
        reads(monkeypatch, kinds.__contains__)
        desired(*([document(*spec) for spec in specs] or [BYSTANDER]))
        applied = reconcile("apply", "--yes")
        assert applied.status == 0, applied
        planned = reconcile("plan", "--detailed-exitcode")
        assert planned.status == 0, planned
        return applied

    return declare
