"""No saved plan makes it fall over: it is the plan that was saved, or `Stale` says why not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Stale
from reconciler.model import Action
from reconciler.saved import (
    LARGEST,
    Revision,
    SavedChange,
    SavedField,
    SavedPlan,
    Seen,
    Unreached,
    as_json,
    parsed,
)
from tests.conftest import Proven, Ran
from tests.effort import examples, number
from tests.queues.asking import JSON
from tests.schema.generated import mutated

PLAN = SavedPlan(
    version=2,
    made_by="reconcile 1",
    documents="desired",
    revision=Revision(commit="a" * 40, dirty=False),
    estate="acme",
    accounts=["123456789012"],
    unreached=[Unreached(account="123456789012", region="eu-west-1", why="no")],
    declared="0" * 64,
    changes=[
        SavedChange(
            action=Action.UPDATE,
            kind="Parameter",
            name="one",
            account="123456789012",
            region="eu-central-1",
            reason="",
            users=["i-1"],
            fields=[SavedField(path="value", old="a", new=None, forces=False)],
            seen=Seen(name="ci-one", id="ci-one", version="1", fields=[("value", "a")], tags={}),
        )
    ],
    unchanged=3,
    notes=["a note"],
    digest="",
).sealed()
TEXT = as_json(PLAN)
DATA = json.loads(TEXT)


def read(text: str) -> SavedPlan | None:
    """The plan, if it is one that may be used; nothing but `Stale` may say that it is not."""
    try:
        return parsed("a.json", text)
    except Stale as stale:
        told = str(stale)
    assert "plan again" in told
    assert "\n" not in told
    return None


def test_a_plan_comes_back_as_it_was_saved() -> None:
    assert read(TEXT) == PLAN


def test_a_plan_with_other_signs_is_none_or_says_the_same(proven: Proven) -> None:
    @examples(150)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        start = data.draw(st.integers(0, len(TEXT)))
        end = start + data.draw(st.integers(0, 6))
        put = data.draw(
            st.text(max_size=3) | st.sampled_from(["[" * 10_000, "NaN", "1e999", "9" * 5000])
        )
        assert read(TEXT[:start] + put + TEXT[end:]) in (None, PLAN)

    holds()
    proven("inputs", ("saved plans",), (number(150),), [])


def test_a_plan_with_other_values_is_none_or_says_the_same(proven: Proven) -> None:
    @examples(150)
    @given(data=mutated(st.just(DATA)))
    def holds(data: Any) -> None:
        assert read(json.dumps(data)) in (None, PLAN)

    holds()
    proven("inputs", ("saved plans",), (number(150),), [])


def test_a_plan_that_was_sealed_anew_is_read_as_it_stands(proven: Proven) -> None:
    @examples(100)
    @given(word=st.sampled_from(sorted(DATA)), value=JSON)
    def holds(word: str, value: Any) -> None:
        data = {**copy.deepcopy(DATA), word: value}
        found = read(json.dumps(data))
        assert found is None or json.loads(as_json(found)) == data

    holds()
    proven("inputs", ("saved plans",), (number(100),), [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"version": 2, "changes": ' + b"[" * 100_000,
        b" " * (LARGEST + 1),
        b"9" * 10_000,
    ],
    ids=["nothing", "no text", "too deep", "too deep inside", "too large", "a great number"],
)
def test_what_is_no_plan_changes_nothing_and_is_told(
    content: bytes, desired: Callable[..., None], reconcile: Callable[..., Ran], tmp_path: Any
) -> None:
    desired()
    (tmp_path / "plan.json").write_bytes(content)
    ran = reconcile("apply", "plan.json", "--yes")
    assert ran.status in (1, 5), ran
    assert "plan.json" in ran.err
    assert "unforeseen" not in ran.err
