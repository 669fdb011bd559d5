"""A first estate: it plans, it applies, and it never writes over anything."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

FLAGS = ["--name", "ci", "--account", "123456789012", "--region", "eu-central-1"]


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_init_writes_plans_and_applies(reconcile: Any) -> None:
    assert reconcile("init", *FLAGS).status == 0
    assert "Plan: 3 to create" in reconcile("plan").out
    assert "ci-worker" in reconcile("plan").out
    assert reconcile("apply", "--yes").status == 0
    assert reconcile("plan", "--detailed-exitcode").status == 0
    assert reconcile("schema", "--check").status == 0
    first = Path("desired/estate.yml").read_text().splitlines()[0]
    assert Path("desired", first.split("$schema=")[1]).is_file()


def test_what_no_flag_says_is_asked(reconcile: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = io.TextIOWrapper(io.BytesIO(b"ours\n123456789012\n"))
    monkeypatch.setattr(sys, "stdin", answers)
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert reconcile("init", "--prefix", "x-").status == 0
    written = Path("desired/estate.yml").read_text()
    for told in ("name: ours", "prefix: x-", '["123456789012"]', "[us-west-2]"):
        assert told in written


def test_nothing_is_written_over(reconcile: Any) -> None:
    Path("desired").mkdir()
    refused = reconcile("init", *FLAGS)
    assert refused.status == 1
    assert "desired is there already" in refused.err
    assert list(Path().rglob("*")) == [Path("desired")]


def test_a_wrong_answer_is_told_as_in_any_document(reconcile: Any) -> None:
    ran = reconcile("init", "--name", "ci", "--account", "12", "--region", "moon")
    assert ran.status == 1
    assert "'12' is not an account id" in ran.err
    assert "'moon' is not a region" in ran.err
    assert not Path("desired").exists()
