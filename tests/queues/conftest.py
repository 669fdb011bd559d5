"""An environment that asks for no proxy and gives no credentials of Taskcluster."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("TASKCLUSTER_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
