"""A repository for the loop to follow, and a folder for what it keeps of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loop.repository import Repository


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "repository").mkdir()
    return Repository(tmp_path / "repository")
