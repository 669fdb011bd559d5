"""The loop as people start it: what it does in each pass, and when it ends."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.aws import lock
from reconciler.aws.claim import Claim, Holder
from reconciler.aws.lease import DEAD, EVERY, Lease
from reconciler.aws.session import connect
from reconciler.cli import walk
from reconciler.derive.memory import INVISIBLE
from reconciler.kinds.parameter import Parameter
from reconciler.loop import clock as loop_clock
from reconciler.loop.done import Stopped
from reconciler.model import Account, Estate
from tests.laws.cases import document
from tests.loop.repository import Repository
from tests.loop.turned import Clock
from tests.permissions.allowed import WORKER_TYPE
from tests.world import Clients, world

MINE = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))

Desired = Callable[..., None]
Run = Callable[..., Any]


def setting(name: str = "one", value: str = "x") -> str:
    return document("Parameter", name, f"{{value: {value}}}")


def nothing() -> None:
    """What happens between two passes of which only the second is of interest."""


@pytest.fixture
def run(reconcile: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command with a clock of ours, and deeds of others between its passes."""

    def run(*arguments: str, between: tuple[Callable[[], object], ...] = ()) -> Any:
        monkeypatch.setattr(loop_clock, "Clock", lambda: Clock(*between))
        # Whether it asks once or often for what it does not get is another test's.
        monkeypatch.setattr(lock, "_ASKED_EVERY", 45.0)
        return reconcile("run", *arguments)

    return run


def lines(text: str) -> list[str]:
    """The log's lines without their times."""
    return [line.partition(" ")[2] for line in text.splitlines()]


def settings(aws: Clients) -> dict[str, str]:
    return {name: one["Value"] for name, one in world(aws)["Parameter"].items()}


def holder(loop: str = "") -> Holder:
    return Holder("arn:aws:iam::1:user/eve", "pod-7", "2026-01-01T00:00:00+00:00", loop=loop)


def lock_of(who: Holder) -> None:
    """Somebody has the estate's lock."""
    assert Claim(connect(MINE).home, "acme", "lock", "the lock").create(who)


def test_git_and_drift_are_followed_pass_after_pass(
    aws: Clients, desired: Desired, run: Run
) -> None:
    def drifts() -> None:
        aws("ssm").put_parameter(Name="ci-two", Value="drifted", Overwrite=True)

    desired(setting())
    seen: list[dict[str, str]] = []

    def look(deed: Callable[[], object] = nothing) -> Callable[[], object]:
        def looks() -> None:
            seen.append(settings(aws))
            deed()

        return looks

    edits = look(lambda: desired(setting(), setting("two")))
    ran = run(between=(edits, look(drifts), look()))
    held = {"/reconciler/loop/acme"}
    assert [{k: v for k, v in one.items() if k not in held} for one in seen] == [
        {"ci-one": "x"},
        {"ci-one": "x", "ci-two": "x"},
        {"ci-one": "x", "ci-two": "x"},
    ]
    assert held <= seen[0].keys(), "the lease is held, and the lock is not"
    assert settings(aws) == {"ci-one": "x", "ci-two": "x"}
    assert ran.status == 0
    told = [line.partition(" (")[0] for line in lines(ran.err)]
    assert told == [
        *["a pass every 30 s", "create Parameter/one", "pass changed: 1 done"],
        *["create Parameter/two", "pass changed: 1 done, 1 unchanged"],
        *["update Parameter/two", "pass changed: 1 done, 1 unchanged"],
        *["pass unchanged: 2 unchanged", "stopped"],
    ]
    assert ran.out == ""


def test_what_it_did_is_in_the_journal(
    aws: Clients, desired: Desired, run: Run, reconcile: Any
) -> None:
    desired(setting())
    run()
    assert "+ create Parameter/one" in reconcile("log").out


def test_a_plan_that_the_guard_refuses_changes_nothing_and_is_told_once(
    aws: Clients, desired: Desired, run: Run
) -> None:
    many = [setting(f"p{number}") for number in range(12)]
    desired(*many)
    run("--once")
    refused = run(between=(lambda: desired(many[0]), nothing, lambda: desired(*many)))
    assert len(world(aws)["Parameter"]) == 12
    assert refused.err.count("11 of 12 Parameter would be deleted or replaced") == 1
    assert lines(refused.err)[-3:-1] == ["over: guard", lines(refused.err)[-2]]
    desired()
    emptied = run("--once")
    assert (emptied.status, "nothing is declared" in emptied.err) == (3, True)
    assert len(world(aws)["Parameter"]) == 12


def test_fleets_go_on_while_the_guard_keeps_what_stands(
    aws: Clients, desired: Desired, run: Run
) -> None:
    many = [setting(f"number-{number}") for number in range(12)]
    desired(*many)
    assert run("--once").status == 0
    desired(many[0], WORKER_TYPE.replace("pending: 0", "pending: 1"))
    refused = run("--once")
    assert refused.status == 3
    assert len(settings(aws)) == 12
    reservations = aws("ec2").describe_instances()["Reservations"]
    assert len(reservations) == 1


def test_documents_with_mistakes_leave_the_last_good_ones_in_force(
    aws: Clients, desired: Desired, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> None:
        desired(setting("two", "[x]"))
        aws("ssm").delete_parameter(Name="ci-one")
        # By then what was made must show if it is there.
        monkeypatch.setattr(walk, "now", lambda: time.time() + INVISIBLE)

    desired(setting())
    ran = run(between=(breaks, nothing, Path("desired/all.yml").unlink))
    assert settings(aws) == {"ci-one": "x"}
    assert ran.err.count("Parameter/two: spec.value") == 1
    assert ran.err.count("no .yml or .yaml file in this directory") == 1


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_loop_without_documents_does_not_begin(
    form: str, aws: Clients, desired: Desired, run: Run
) -> None:
    desired(setting("two", "[x]"))
    ran = run("--log", form)
    assert ran.status == 1
    assert "Parameter/two: spec.value" in ran.err
    if form == "json":
        assert json.loads(ran.err.splitlines()[-1])["event"] == "start"


def test_whatever_goes_wrong_in_a_pass_the_next_one_comes(
    aws: Clients, desired: Desired, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Any:
        raise KeyError("canary-3f9a")

    desired(setting())
    with monkeypatch.context() as broken:
        broken.setattr(Parameter, "create", fails)
        ran = run(between=(nothing, broken.undo))
    assert "Traceback" not in ran.err
    assert ran.err.count("error: pass: unforeseen: KeyError at reconciler/") == 1
    assert "canary" not in ran.err
    assert settings(aws) == {"ci-one": "x"}
    assert ran.status == 0


def test_an_aws_that_can_not_be_reached_is_told_once_and_asked_again(
    aws: Clients, desired: Desired, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired(setting())
    with monkeypatch.context() as away:
        away.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        away.setenv("AWS_MAX_ATTEMPTS", "1")
        ran = run(between=(nothing, away.undo))
    assert ran.err.count("Could not connect to the endpoint URL") == 1
    assert settings(aws) == {"ci-one": "x"}


def test_what_fails_is_told_once_and_the_rest_is_done(
    aws: Clients, desired: Desired, run: Run
) -> None:
    aws("ssm").put_parameter(Name="ci-two", Type="String", Value="theirs")
    desired(setting(), setting("two"))
    ran = run(between=(nothing,))
    assert ran.err.count("conflict Parameter/two") == 1
    assert settings(aws) == {"ci-one": "x", "ci-two": "theirs"}
    assert run("--once").status == 1


def test_once_is_an_apply_that_asks_nobody(aws: Clients, desired: Desired, run: Run) -> None:
    desired(setting())
    assert run("--once", "--log", "json").status == 0
    again = run("--once", "--log", "json")
    assert again.status == 0
    (line,) = map(json.loads, again.err.splitlines())
    assert (line["event"], line["ending"], line["unchanged"]) == ("pass", "unchanged", 1)
    assert list(settings(aws)) == ["ci-one"], "neither lock nor lease is left"


def test_who_has_the_lock_is_waited_for_and_told(aws: Clients, desired: Desired, run: Run) -> None:
    lock_of(other := holder())
    desired(setting())
    once = run("--once")
    assert once.status == 4
    assert f"user/eve on pod-7 since 2026-01-01T00:00:00+00:00 (lock {other.id})" in once.err
    ran = run(between=(nothing, lambda: lock.free(connect(MINE).home, "acme", other.id)))
    assert ran.status == 0, "the lock of no loop is left to whoever has it"
    assert ran.err.count("is locked (waited 45 s)") == 1
    assert settings(aws) == {"ci-one": "x"}


def test_a_loop_that_waits_for_the_lock_stops_at_once_and_leaves_it_to_its_holder(
    aws: Clients, desired: Desired, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopping(Clock):
        def sleep(self, _: float) -> None:
            self.stop()
            raise Stopped

    monkeypatch.setattr(loop_clock, "Clock", Stopping)
    lock_of(other := holder())
    desired(setting())
    assert reconcile("run").status == 0
    assert settings(aws).keys() == {"/reconciler/lock/acme"}
    assert lock.holder(connect(MINE).home, "acme") == other


def test_an_apply_gets_in_between_two_passes_and_a_plan_sees_no_lease(
    aws: Clients, desired: Desired, run: Run, reconcile: Any
) -> None:
    others: list[int] = []

    def applies() -> None:
        others.append(reconcile("apply", "--yes").status)
        others.append(reconcile("plan", "--detailed-exitcode").status)

    desired(setting())
    assert (run(between=(applies,)).status, others) == (0, [0, 0])


def test_a_repository_is_followed_and_its_commit_is_in_the_journal(
    aws: Clients, run: Run, repository: Repository
) -> None:
    commits = [repository.commit(setting())]
    edit = lambda: commits.append(repository.commit(setting("one", "later")))  # noqa: E731
    ran = run("--source", repository.url, between=(edit,))
    assert settings(aws) == {"ci-one": "later"}
    journal = Path(os.environ["RECONCILE_JOURNAL"]).read_text().splitlines()
    assert [json.loads(line)["commit"] for line in journal] == commits
    assert [f"the documents of commit {commit}" in ran.err for commit in commits] == [True, True]


def test_a_second_loop_stands_by_and_changes_nothing(
    aws: Clients, desired: Desired, run: Run
) -> None:
    clock = Clock()
    other = Lease("acme", holder(), clock.now)
    other.others(connect(MINE).home)
    desired(setting())

    def lives() -> None:
        clock.seconds += EVERY
        other.renew()

    ran = run(between=(lives,) * 6)
    assert ran.err.count("user/eve on pod-7") == 1
    assert "pass standby" in ran.err
    assert settings(aws).keys() == {"/reconciler/loop/acme"}
    # It is given back, and the second has its turn.
    ran = run(between=(other.leave,))
    assert settings(aws) == {"ci-one": "x"}


def test_a_dead_loop_is_followed_and_what_it_left_locked_is_freed(
    aws: Clients, desired: Desired, run: Run
) -> None:
    dead = Lease("acme", holder(), lambda: 0.0)
    dead.others(connect(MINE).home)
    lock_of(holder(loop=dead.me.id))
    desired(setting())
    ran = run(between=(nothing,) * 7)
    assert f"who let {DEAD:g} s go by" in ran.err
    assert "is locked (waited 45 s)" in ran.err
    assert settings(aws) == {"ci-one": "x"}
    assert "pass changed: 1 done" in ran.err


def test_a_loop_that_loses_its_lease_begins_nothing_more(
    aws: Clients, desired: Desired, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Parameter.create
    trust = '{Version: "2012-10-17", Statement: {Effect: Deny, Action: "*", Resource: "*"}}'
    desired(setting(), *(document("Policy", f"q{n}", f"{{document: {trust}}}") for n in range(3)))

    def loses(self: Parameter, *arguments: Any) -> str:
        monkeypatch.setattr(Lease, "lost", lambda _: "the lease went to eve")
        return create(self, *arguments)

    monkeypatch.setattr(Parameter, "create", loses)
    monkeypatch.setattr(lock, "_REMEMBERED", 0.0)
    monkeypatch.setattr("reconciler.apply._IN_A_REGION", 1)
    ran = run(between=())
    assert "warning: pass: the lease went to eve" in ran.err
    assert ran.status == 0


def test_heartbeat_and_metrics_come_with_each_pass(
    aws: Clients, desired: Desired, run: Run, tmp_path: Path
) -> None:
    desired(setting())
    beat = tmp_path / "beat"
    seen: list[str] = []
    run("--heartbeat", str(beat), between=(lambda: seen.append(beat.read_text()),))
    assert [json.loads(text)["outcome"] for text in [*seen, beat.read_text()]] == [
        *["changed", "unchanged"]
    ]
    assert "neither PORT nor HOST:PORT" in run("--metrics", "x").err


def test_a_secret_is_in_no_line(
    aws: Clients, desired: Desired, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "canary-3f9a")
    desired(document("Parameter", "one", "{secret: {env: TOKEN}}"))
    ran = run("--log", "json", between=(lambda: monkeypatch.setenv("TOKEN", "canary-4e0b"),))
    assert "canary" not in ran.out + ran.err
    assert settings(aws) == {"ci-one": "canary-4e0b"}
