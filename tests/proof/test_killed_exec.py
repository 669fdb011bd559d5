"""Killed anywhere, converges: of a machine for one command, and its files, nothing is ever left.

Signals end the run in order: then nothing is left when it has ended. SIGKILL leaves nobody to do
that: then it is gone after a purge at any time, or after the loop's next pass past its time.
The machine's own end is off.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.client import BaseClient

from reconciler.aws import machine
from reconciler.cli import walk
from tests.conftest import Ran
from tests.effort import EFFORT
from tests.ephemeral.conftest import NOTHING, Exec, Lab, execute, lab, sandbox  # noqa: F401
from tests.proof.killed import Point, killed_at, points
from tests.proof.place import Tried

LIFE = 600
OPTIONS = ("--timeout", str(LIFE), "--upload", "up:up", "--download", "up:down")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Reconcile = Callable[..., Ran]


class End(NamedTuple):
    """Something that ends a run, and who cleans up after it, if anybody must."""

    name: str
    at: Callable[[Point], Any]
    after: Callable[[Lab, Reconcile], object] = lambda *_: None


@contextmanager
def _signalled(number: signal.Signals, end: Point) -> Iterator[None]:
    """The program hears a signal just before a call of AWS, or just after its answer."""
    really, count = BaseClient._make_api_call, [0]

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        send = partial(really, client, operation, parameters)
        if client.meta.config.user_agent_appid != "reconcile":
            return send()
        count[0] += 1
        if count[0] == end.call and not end.sent:
            signal.raise_signal(number)
        answer = send()
        if count[0] == end.call and end.sent:
            signal.raise_signal(number)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        yield


def _purged(lab: Lab, reconcile: Reconcile) -> None:  # noqa: F811
    reconcile("purge", "--region", "eu-central-1", "--yes")


def _passed(lab: Lab, reconcile: Reconcile) -> None:  # noqa: F811
    """The loop ends the machine; what it had on its way is a purge's."""
    lab.sandbox.turn(LIFE + 60)
    assert reconcile("run", "--once").status == 0
    assert lab.alive() == []
    assert lab.left()["volumes"] == []
    _purged(lab, reconcile)


ENDS = (
    *(End(number.name, partial(_signalled, number)) for number in SIGNALS),
    End("SIGKILL, purge", killed_at, _purged),
    End("SIGKILL, run --once", killed_at, _passed),
)


@pytest.fixture
def begun(lab: Lab, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:  # noqa: F811
    """Begins anew each time it is called."""
    monkeypatch.setattr(machine, "user_data", lambda *_: "")
    monkeypatch.setattr(walk, "now", sandbox.now)
    Path("up").write_bytes(os.urandom(40_000))

    def begin() -> None:
        lab.clear()
        lab.bucket()

    return begin


@pytest.mark.parametrize("end", ENDS if EFFORT > 1 else ENDS[1::2], ids=lambda end: end.name)
def test_nothing_is_left_of_it_wherever_it_ends(
    end: End,
    begun: Callable[[], None],
    lab: Lab,  # noqa: F811
    execute: Exec,  # noqa: F811
    reconcile: Reconcile,
    told: Callable[[str, str, Tried], None],
) -> None:
    begun()
    with killed_at(None) as whole:
        assert execute("true", options=OPTIONS).status == 0
    assert lab.left() == NOTHING
    tried, failures = [*_chosen(whole.calls)], []
    for point in tried:
        begun()
        with end.at(point) or nullcontext():
            execute("true", options=OPTIONS)
        try:
            end.after(lab, reconcile)
            assert lab.left() == NOTHING
        except Exception as wrong:
            failures.append(f"{end.name}, {point.of(whole.calls)}: {wrong!r}")
    told("exec", end.name, Tried(len(whole.calls), len(tried), failures))
    assert failures == []


def _chosen(calls: list[str]) -> Iterator[Point]:
    """All points or, of fewer, where the machine is there and nobody has heard of it."""
    launch = Point(calls.index("ec2:RunInstances") + 1, True)
    return points(calls, True) if EFFORT > 1 else iter([launch])
