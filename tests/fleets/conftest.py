"""An account for fleets, one clock for AWS and for those who decide, and the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reconciler.cli import walk
from reconciler.kinds import STANDING
from reconciler.loop import clock as loop_clock
from reconciler.sandbox import Sandbox
from tests.fleets.account import Account, Clients
from tests.loop.turned import Clock
from tests.queues.stand_in import Taskcluster
from tests.quick import reads

Run = Callable[..., Any]


@pytest.fixture
def account(sandbox: Sandbox, aws: Clients, monkeypatch: pytest.MonkeyPatch) -> Account:
    found = Account(sandbox, aws)
    monkeypatch.setattr(walk, "now", found.now)
    return found


@pytest.fixture
def run(reconcile: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The loop, and what happens between its passes; after all of that it is stopped."""

    def run(*between: Callable[[], object]) -> Any:
        monkeypatch.setattr(loop_clock, "Clock", lambda: Clock(*between))
        return reconcile("run")

    return run


@pytest.fixture
def fleets_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """An estate that has nothing but fleets is read in a third of the calls, pass after pass."""
    reads(monkeypatch, lambda kind: kind not in STANDING)


@pytest.fixture
def tc(monkeypatch: pytest.MonkeyPatch) -> Iterator[Taskcluster]:
    for name in ("CLIENT_ID", "ACCESS_TOKEN", "CERTIFICATE", "ROOT_URL"):
        monkeypatch.delenv(f"TASKCLUSTER_{name}", raising=False)
    with Taskcluster().serving() as there:
        yield there
