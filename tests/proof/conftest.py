"""Time that goes by as fast as somebody waits for it, and one thing done after the other."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest

from reconciler.aws import session
from reconciler.sandbox import Sandbox
from tests.conftest import Proven, Ran
from tests.laws.cases import Clients
from tests.proof.place import Place, Tried

_A_LOOK_AT_THE_CLOCK = 0.001


class OneByOne(ThreadPoolExecutor):
    """Does at once what it is given, so that a history comes the same again to the last call."""

    def submit(self, do: Callable[..., Any], /, *arguments: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(do(*arguments, **more))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def weathered(sandbox: Sandbox, aws: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The sandbox, whose clock and ours are turned by waiting."""
    now, dice = [0.0], random.getstate()
    # By it retries choose how long to wait.
    random.seed(0)

    def wait(seconds: float) -> None:
        now[0] += seconds
        sandbox.turn(seconds)

    def look() -> float:
        now[0] += _A_LOOK_AT_THE_CLOCK
        return now[0]

    monkeypatch.setattr(time, "sleep", wait)
    monkeypatch.setattr(time, "monotonic", look)
    monkeypatch.setattr(session, "PATIENCE_SECONDS", 60.0)
    for module in ("reconciler.observe", "reconciler.apply"):
        monkeypatch.setattr(import_module(module), "ThreadPoolExecutor", OneByOne)
    yield sandbox
    random.setstate(dice)


@pytest.fixture
def place(
    weathered: Sandbox,
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    monkeypatch.setenv("TOKEN", "a secret, and nobody's business")
    return Place(weathered, aws, desired, reconcile)


@pytest.fixture
def told(proven: Proven) -> Callable[[str, str, Tried], None]:
    """The same of an operation that was killed at each of its calls."""

    def tell(of: str, act: str, found: Tried) -> None:
        proven("killed", (of, act), (1, found.calls, found.cases), found.failures)

    return tell
