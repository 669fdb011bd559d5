"""Two applies of one estate never run at once, and a dead one's lock can be freed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.apply import apply
from reconciler.aws import lock
from reconciler.aws.claim import Holder
from reconciler.aws.session import connect
from reconciler.cli.walk import compared
from reconciler.kinds.parameter import Parameter
from reconciler.load import load
from reconciler.model import Account, Ended, Estate, Result
from tests.conftest import ESTATE
from tests.effort import EFFORT
from tests.laws.cases import Clients, document
from tests.world import world

NAME = "/reconciler/lock/acme"
MINE = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))
ROOT = str(Path(__file__).parents[2])
AT_ONCE = 16
"""So many steps of a region are under way at the same time."""
SOME = [document("Parameter", f"p{number}", "{value: x}") for number in range(20)]


@contextmanager
def held_by_another() -> Iterator[str]:
    """The lock in another run's hands; gives its id."""
    aws = connect(MINE).home
    me = Holder("arn:aws:iam::123456789012:user/eve", "build-7", "2026-01-01T00:00:00+00:00")
    waiting = lock.Waiting(0, lambda: 0.0, lambda _: None)
    with lock.held(aws, "acme", me, waiting):
        yield me.id


def locks(aws: Clients) -> list[str]:
    return [name for name in world(aws)["Parameter"] if name.startswith("/reconciler")]


def command(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from reconciler.cli import main; main()", *arguments],
        env={**os.environ, "PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("ends", ["done", "nothing to do", "refused", "failed", "no answer"])
def test_no_lock_is_left_however_an_apply_ends(
    ends: str,
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desired(*SOME[:2])
    if ends in ("nothing to do", "refused"):
        reconcile("apply", "--yes")
    if ends == "refused":
        desired()
    if ends == "failed":
        desired(document("Parameter", "a", "{secret: {env: TOKEN}}"))
    if ends == "no answer":
        monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: SIM115
    arguments = ["apply"] if ends == "no answer" else ["apply", "--yes"]
    assert reconcile(*arguments).status == {"done": 0, "nothing to do": 0, "refused": 3}.get(
        ends, 1
    )
    assert locks(aws) == []


def test_who_is_locked_out_is_told_by_whom_and_can_free_a_dead_run_s_lock(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(*SOME[:2])
    with held_by_another() as lock_id:
        for arguments in (["apply", "--yes"], ["destroy", "--yes"]):
            refused = reconcile(*arguments)
            assert refused.status == 4
            for told in ("user/eve", "build-7", "2026-01-01", f"reconcile unlock {lock_id}"):
                assert told in refused.err
        assert reconcile("plan").status == 0
        wrong = reconcile("unlock", "0" * 8)
        assert wrong.status == 1
        assert lock_id in wrong.err
        assert locks(aws) == [NAME]
        assert "user/eve on build-7" in reconcile("unlock", lock_id).out
        assert reconcile("apply", "--yes").status == 0
    assert "is not locked" in reconcile("unlock", lock_id).err


def test_a_run_whose_lock_is_gone_begins_nothing_more(
    aws: Clients, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Parameter.create

    def freed_meanwhile(self: Parameter, *arguments: Any) -> str:
        aws("ssm").delete_parameter(Name=NAME) if locks(aws) else None
        return create(self, *arguments)

    monkeypatch.setattr(Parameter, "create", freed_meanwhile)
    monkeypatch.setattr(lock, "_REMEMBERED", 0.0)
    # What is made at once is under way together, so what notices is what comes after it.
    trust = '{Version: "2012-10-17", Statement: {Effect: Deny, Action: "*", Resource: "*"}}'
    policies = [document("Policy", f"q{number}", f"{{document: {trust}}}") for number in range(3)]
    desired(*SOME, *policies)
    stopped = reconcile("apply", "--yes")
    assert stopped.status == 1
    assert "it was not begun: the lock of estate acme was freed by somebody else" in stopped.out
    assert 0 < len(world(aws)["Parameter"]) < len(SOME)


def test_no_lock_is_put_into_an_account_of_somebody_else(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(*SOME[:1], estate=ESTATE.replace("123456789012", "999999999999"))
    for arguments in (["apply", "--yes"], ["destroy", "--yes"], ["unlock", "x"]):
        assert "the credentials lead to account 123456789012" in reconcile(*arguments).err
    assert world(aws)["Parameter"] == {}


def test_two_applies_at_once_are_one_after_the_other(
    aws: Clients, desired: Callable[..., None]
) -> None:
    for number in range(1 if EFFORT == 1 else 50):
        desired(*(text.replace("value: x", f"value: v{number}") for text in SOME[:4]))
        both = [command("apply", "--yes", "--lock-timeout", "60") for _ in range(2)]
        told = [process.communicate() for process in both]
        assert [process.returncode for process in both] == [0, 0], told
        made = [out.splitlines()[-1] for out, _ in told]
        done = "updated" if number else "created"
        assert sorted(made)[0] == f"Applied: 4 {done}."
        assert sorted(made)[1].startswith("Nothing to do")
    assert locks(aws) == []


def test_a_stop_holds_back_all_that_has_not_begun(
    aws: Clients, desired: Callable[..., None]
) -> None:
    desired(*(document("Parameter", f"p{number}", "{value: x}") for number in range(2 * AT_ONCE)))
    declared, accounts = load("desired"), connect(MINE)
    made = compared(accounts, declared).planned()
    over: list[Ended] = []
    outcomes = apply(accounts, made, stopped=lambda: "enough" if over else "", ended=over.append)
    done = [outcome for outcome in outcomes if outcome.result is Result.DONE]
    assert 0 < len(done) <= AT_ONCE
    assert {one.why for one in outcomes if one not in done} == {"it was not begun: enough"}
    assert len(world(aws)["Parameter"]) == len(done)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_what_was_begun_end_and_leaves_no_lock(
    number: signal.Signals, aws: Clients, desired: Callable[..., None]
) -> None:
    desired(*(document("KeyPair", f"k{i}", "{generate: {type: rsa}}") for i in range(40)))
    process = command("apply", "--yes")
    assert process.stderr
    for line in process.stderr:
        if line.startswith("create"):
            process.send_signal(number)
            break
    out, err = process.communicate()
    assert process.returncode == 1
    assert "stopping: what was begun is finished first" in err
    assert "it was not begun: the run was stopped" in out
    assert locks(aws) == []
    pairs = world(aws)["KeyPair"]
    assert 0 < len(pairs) < 40
    assert len(world(aws)["Parameter"]) == len(pairs)
