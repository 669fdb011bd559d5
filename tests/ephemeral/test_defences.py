"""What ends a machine of `reconcile exec`: each of three by itself, where the others can't."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from reconciler.cli import walk
from reconciler.sandbox import Sandbox
from tests.conftest import ApiCall, Ran
from tests.ephemeral.conftest import NOTHING, Exec, Lab
from tests.proof.killed import Point, killed_at

ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONG = 600


@pytest.fixture
def left(lab: Lab, execute: Exec, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> str:
    """The machine of a run that was killed while its command ran."""
    monkeypatch.setattr(walk, "now", sandbox.now)
    with killed_at(None) as whole:
        execute("true")
    sent = whole.calls.index("ssm:SendCommand") + 1
    lab.meanwhile = [lambda: None] * 1000
    with killed_at(Point(sent, True)):
        execute("sleep 1000", options=("--timeout", str(LONG)))
    (machine,) = lab.alive()
    return machine


@pytest.fixture
def no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine does not end itself."""
    from reconciler.aws import machine

    monkeypatch.setattr(machine, "user_data", lambda *_: "")


@pytest.mark.parametrize("number", ASKING, ids=lambda number: number.name)
def test_the_first_signal_ends_the_machine_and_no_other_keeps_that_from_happening(
    no_timer: None, lab: Lab, execute: Exec, calls: list[ApiCall], number: signal.Signals
) -> None:
    def ask() -> None:
        for one in (number, *ASKING):
            signal.raise_signal(one)

    lab.meanwhile = [lambda: None, ask, *[lambda: None] * 30]
    ran = execute("sleep 1000")
    assert ran.status == 1
    assert f"given up: {number.name}" in ran.err
    assert lab.left() == NOTHING
    assert [call.operation for call in calls].count("CancelCommand") == 1


def test_output_that_nobody_reads_ends_it(
    no_timer: None, lab: Lab, execute: Exec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Any:
        raise BrokenPipeError(32, "Broken pipe")

    from reconciler.cli import exec as command

    monkeypatch.setattr(command, "_nobody_reads", lambda _: None)
    monkeypatch.setattr(command, "sys", _Sys(gone))
    ran = execute("echo one")
    assert ran.status == 1
    assert "its output can't be written any more: Broken pipe" in ran.err
    assert lab.left() == NOTHING


class _Sys:
    """Standard output and standard error that nobody reads any more."""

    def __init__(self, write: Callable[..., Any]) -> None:
        self.stdout = self.stderr = self
        self.write = write


def test_the_machine_ends_by_itself_where_nobody_is_left(left: str, lab: Lab) -> None:
    lab.sandbox.turn(LONG - 60)
    assert lab.alive() == [left]
    lab.sandbox.turn(120)
    assert lab.left() == NOTHING


def test_the_loop_leaves_it_alone_until_its_deadline_and_ends_it_then(
    no_timer: None, left: str, lab: Lab, reconcile: Callable[..., Ran]
) -> None:
    lab.declare(capacity={"min": 1, "max": 1})
    plan = reconcile("plan")
    assert "capacity 0 running, 0 booting" in plan.out
    assert left not in plan.out
    lab.declare()
    assert reconcile("run", "--once").status == 0
    assert lab.alive() == [left]
    lab.sandbox.turn(LONG + 60)
    assert f"Job/{left}" in reconcile("plan").out
    assert reconcile("run", "--once").status == 0
    assert lab.left() == NOTHING


@pytest.mark.parametrize("command", [("purge",), ("terminate", "linux")])
def test_who_wants_it_gone_need_not_wait_for_that(
    no_timer: None, left: str, lab: Lab, reconcile: Callable[..., Ran], command: tuple[str, ...]
) -> None:
    ran = reconcile(*command, "--region", "eu-central-1", "--yes")
    assert ran.status == 0, ran
    assert lab.left() == NOTHING


def test_an_end_that_aws_does_not_hear_is_asked_for_again_and_told(
    no_timer: None, lab: Lab, execute: Exec, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    really, refused = BaseClient._make_api_call, iter([1, 2, 3])
    over = {"Error": {"Code": "RequestExpired", "Message": "Request has expired."}}

    def call(client: Any, operation: str, parameters: Any) -> Any:
        if operation == "TerminateInstances" and next(refused, None):
            raise ClientError(over, operation)
        return partial(really, client, operation, parameters)()

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    ran = execute("echo done; exit 4")
    assert (ran.status, ran.out, lab.left()) == (4, "done\n", NOTHING)
    (told,) = [line for line in ran.err.splitlines() if "can't be ended yet" in line]
    assert "ends by itself at " in told
    assert "those of AWS_ACCESS_KEY_ID in the environment are over" in told
