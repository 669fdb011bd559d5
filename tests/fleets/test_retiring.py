"""Workers that should go are told first and ended later, and what they leave is launched anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.conftest import ESTATE, Ran
from tests.fleets.account import (
    LISTENING,
    NOTICES,
    REGION,
    Account,
    Clients,
    waiting,
    worker_type,
)
from tests.laws.cases import BYSTANDER

Desired = Callable[..., None]
Reconcile = Callable[..., Ran]
alone = pytest.mark.usefixtures("fleets_alone")
Passes = Callable[[], Ran]


@pytest.fixture
def passes(account: Account, reconcile: Reconcile) -> Passes:
    """One pass: all are idle and say so, and a minute and a half later all is done."""

    def one() -> Ran:
        account.turn()
        for worker in account.ids("*", "running"):
            account.says(worker, "idle")
        ran = reconcile("apply", "--yes")
        assert ran.status == 0, ran
        return ran

    return one


def three(**words: Any) -> str:
    """A worker type of which three workers are always there."""
    return worker_type(**{"queue": waiting(0), "capacity": {"min": 3, "max": 3}, **words})


@alone
def test_a_new_image_comes_by_shares_and_the_old_template_goes(
    account: Account, sandbox: Sandbox, desired: Desired, passes: Passes
) -> None:
    desired(three(lifecycle={"atOnce": 40}))
    passes()
    (before,) = account.templates()
    account.turn()
    newest = sandbox.image("worker-2", REGION)
    seen = []
    for _ in range(8):
        told = len(account.told_to_leave())
        passes()
        assert account.count() <= 3
        assert len(account.told_to_leave()) <= 1
        seen.append(told)
    assert sum(seen) >= 3
    assert {one["ImageId"] for one in account.instances()} == {newest}
    assert account.count() == 3
    (after,) = account.templates()
    assert after != before


@alone
def test_a_busy_worker_stays_until_it_is_idle_or_its_deadline_is_over(
    account: Account, desired: Desired, reconcile: Reconcile, passes: Passes
) -> None:
    desired(three(lifecycle={"deadline": 300}))
    passes()
    account.turn()
    for worker in account.ids():
        account.says(worker, "busy")
    changed = {"launch": {"userData": {"text": "other"}}}
    desired(three(lifecycle={"deadline": 300}, **changed))
    assert reconcile("apply", "--yes").status == 0
    (going,) = account.told_to_leave()
    account.turn(240)
    account.says(going, "busy")
    assert reconcile("apply", "--yes").status == 0
    assert going in account.ids()
    account.turn(60)
    account.says(going, "busy")
    ran = reconcile("apply", "--yes")
    assert "it was told to leave 5 min ago, and had 5 min to finish" in ran.out
    assert going not in account.ids()


def test_workers_of_a_removed_worker_type_drain(
    account: Account, desired: Desired, passes: Passes
) -> None:
    desired(BYSTANDER, three())
    passes()
    desired(BYSTANDER)
    assert "git no longer has it, and 3 workers of it; 3 told to leave" in passes().out
    assert len(account.told_to_leave()) == 3
    passes()
    assert account.count() == 0
    assert account.templates() == set()


@alone
def test_an_empty_desired_ends_nobody(
    account: Account, desired: Desired, reconcile: Reconcile, passes: Passes
) -> None:
    desired(three())
    passes()
    account.turn()
    desired()
    ran = reconcile("apply", "--yes")
    assert ran.status == reconcile("plan").status == 3
    assert "refused: nothing is declared" in ran.err
    assert account.count() == 3
    assert account.told_to_leave() == {}
    assert account.templates()


@alone
def test_what_ended_at_once_is_launched_again_at_once(
    account: Account, desired: Desired, passes: Passes
) -> None:
    desired(three())
    passes()
    first = account.ids()
    account.ec2.terminate_instances(InstanceIds=[*first])
    passes()
    assert account.count() == 3
    assert not account.ids() & first


@alone
def test_a_stopped_worker_is_told_and_ended_and_another_one_comes(
    account: Account, desired: Desired, passes: Passes
) -> None:
    desired(three(purchase="on-demand"))
    passes()
    account.turn()
    stopped = min(account.ids())
    account.ec2.stop_instances(InstanceIds=[stopped])
    passes()
    assert account.told_to_leave() == {stopped: "stopped: it is stopped"}
    passes()
    assert stopped not in account.ids()
    passes()
    assert account.count() == 3


@pytest.mark.parametrize("by", ["EC2 itself", "a queue"])
def test_an_interrupted_worker_is_told_and_another_one_comes(
    by: str,
    account: Account,
    aws: Clients,
    sandbox: Sandbox,
    desired: Desired,
    passes: Passes,
) -> None:
    queued = by == "a queue"
    estate = LISTENING if queued else ESTATE
    capacity = {"min": 3, "max": 4}
    desired(three(capacity=capacity), *(NOTICES if queued else ()), estate=estate)
    passes()
    account.turn()
    taken, shaky, _ = sorted(account.ids())
    sandbox.interrupt(taken)
    sandbox.recommend_rebalance(shaky)
    passes()
    told = {taken: "interrupted: AWS takes it back in two minutes"}
    if queued:
        told[shaky] = "rebalance: AWS recommends to replace it"
        url = aws("sqs").get_queue_url(QueueName="ci-notices")["QueueUrl"]
        assert "Messages" not in aws("sqs").receive_message(QueueUrl=url)
    assert account.told_to_leave() == told
    assert account.count() == 4
    passes()
    passes()
    assert not account.ids() & told.keys()
    assert account.count() == 3
