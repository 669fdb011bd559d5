"""What AWS answered once is answered again, so that a client alone can be measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.recording import recording
from bench.replay import again, replaying
from bench.report import row_text
from bench.rows import Row
from bench.standing import standing, written
from reconciler.sandbox import Sandbox
from tests.conftest import Ran


def test_an_apply_goes_as_it_went_before_each_time(
    sandbox: Sandbox,
    reconcile: Callable[..., Ran],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = written(tmp_path / "some.yml", *standing(4))
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    with recording(sandbox.endpoint) as (endpoint, kept):
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        first = reconcile("apply", "--yes", documents)
    assert first.status == 0
    assert "4 created" in first.out
    before = len(sandbox.requests)
    with replaying(kept) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert reconcile("apply", "--yes", documents).out == first.out
        again(url)
        assert reconcile("apply", "--yes", documents).out == first.out
    assert len(sandbox.requests) == before


def test_a_ratio_is_the_median_of_each_round_and_marked_where_it_is_too_much() -> None:
    row = Row("plan", "script", 0.5, [(1.0, 4.0), (1.0, 2.0), (9.0, 10.0)])
    assert row_text(row).endswith("| 0.50 | 0.5 |")
    assert row_text(row._replace(most=0.4)).endswith("| **0.50** | 0.4 |")
    assert row_text(row._replace(most=0.4999)).endswith("| **0.50** | 0.4999 |")
    assert row_text(row._replace(pairs=[(0.5004, 1)])).endswith("| **0.5004** | 0.5 |")
