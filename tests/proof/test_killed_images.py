"""A build that is ended anywhere leaves nothing that is paid for, and the next one has its image.

Killed, it sends nothing more; a signal lets it clean up. With EFFORT each of its calls of AWS is a
point at which it ends; without, those are that begin and end what costs.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from botocore.client import BaseClient

from reconciler.aws.told import why_stop
from reconciler.cli import leading
from reconciler.sandbox import Sandbox
from tests.conftest import Ran
from tests.direct import embedded
from tests.effort import EFFORT
from tests.fleets.account import REGION, Clients
from tests.images.conftest import NOTHING, Workshop, at_work, image, script
from tests.proof.killed import killed_at, points
from tests.proof.place import Place, Tried

COSTS = ("ec2:RunInstances", "ec2:CreateImage")
"""What comes of these is to go, or to be known as what was wanted, though nobody heard of it."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AFTERWARDS = {
    "run --once": ("run", "--once"),
    "purge": ("purge", "--region", REGION, "--yes"),
}


@pytest.fixture(scope="module")
def sandbox(quick_worlds: None) -> Iterator[Sandbox]:
    with embedded(agent=True) as aws:
        yield aws


@pytest.fixture
def workshop(sandbox: Sandbox, aws: Clients, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return at_work(sandbox, aws, monkeypatch)


@pytest.fixture
def place(
    sandbox: Sandbox,
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    """In real threads, since scripts really run; and nobody waits for a dead run's lock."""
    monkeypatch.setattr(leading, "_WAITS", 0.0)
    return Place(sandbox, aws, desired, reconcile)


@contextmanager
def signalled_at(number: int, what: signal.Signals) -> Iterator[None]:
    """The program of this block gets a signal as it sends that call, and hears it first.

    Before it listens the signal just ends it, as it ends this program with an exception.
    """
    really, sent = BaseClient._make_api_call, 0
    main = threading.main_thread().ident
    assert main
    before = signal.signal(what, signal.default_int_handler)

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        nonlocal sent
        if client.meta.config.user_agent_appid == "reconcile":
            sent += 1
            if sent == number:
                signal.pthread_kill(main, what)
                until = time.monotonic() + 1
                while not why_stop() and time.monotonic() < until:
                    time.sleep(0.01)
        return really(client, operation, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        try:
            yield
        finally:
            signal.signal(what, before)


def ends(calls: list[str], signals: bool) -> Iterator[Any]:
    """Where the build ends: contexts in which it does, each with its name."""
    for point in points(calls, all_of_them=True):
        if EFFORT > 1 or (point.sent and calls[point.call - 1] in COSTS):
            yield point.of(calls), partial(killed_at, point)
    for number in range(1, len(calls) + 1) if signals else ():
        for what in SIGNALS:
            told = f"{what.name} at call {number}, {calls[number - 1]}"
            yield told, partial(signalled_at, number, what)


@pytest.mark.parametrize("afterwards", AFTERWARDS)
def test_nothing_is_left_wherever_a_build_ended(
    afterwards: str, place: Place, workshop: Workshop, told: Callable[..., None]
) -> None:
    if afterwards == "purge" and EFFORT == 1:
        pytest.skip("it takes minutes")
    place.desired(image(steps=script("echo hello")))
    with killed_at(None) as whole:
        place.done("apply", "--yes")
    (wanted,) = workshop.names()
    failures, count = [], 0
    for name, ended in ends(whole.calls, EFFORT > 1 and afterwards == "run --once"):
        count += 1
        workshop.clear()
        try:
            with ended():
                place.reconcile("apply", "--yes")
            _nothing_is_left(place, workshop, AFTERWARDS[afterwards], wanted)
        except Exception as wrong:
            failures.append(f"{name}: {wrong!r}")
    told("images", f"build, {afterwards}", Tried(len(whole.calls), count, failures))
    assert count >= len(COSTS)
    assert failures == []


def _nothing_is_left(
    place: Place, workshop: Workshop, afterwards: tuple[str, ...], wanted: str
) -> None:
    """After the next pass, or a purge, there is at most the image that is wanted, and no other
    thing; and the next apply has that image."""
    ran = place.again(*afterwards)
    assert workshop.left() == NOTHING, (ran, workshop.left())
    assert workshop.names() in ([], [wanted]), workshop.names()
    applied = place.again("apply", "--yes")
    assert applied.status == 0, applied
    assert workshop.names() == [wanted]
    assert workshop.left() == NOTHING, (applied, workshop.left())
