"""Workers of a Taskcluster's queue: they ask for work, finish it, are told to leave, and go."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.conftest import Ran
from tests.effort import EFFORT
from tests.fleets.account import LISTENING, NOTICES, Account, Clients, applied, waiting, worker_type
from tests.fleets.conftest import Run
from tests.queues.loopback import Answer
from tests.queues.stand_in import Taskcluster

Desired = Callable[..., None]
Reconcile = Callable[..., Ran]
alone = pytest.mark.usefixtures("fleets_alone")


def fleet(tc: Taskcluster, **words: Any) -> str:
    queue = {"taskcluster": {"rootUrl": tc.root_url, "taskQueueId": tc.task_queue}}
    return worker_type(**{"queue": queue, **words})


class Shift:
    """Workers at their queue: those that run ask for work, and do what they get."""

    def __init__(self, tc: Taskcluster, account: Account, seed: int) -> None:
        self.tc, self.account, self.luck = tc, account, Random(seed)
        self.left: dict[str, int] = {}
        """For how long each claimed task goes on."""
        self.most = 0
        self.done = 0

    def goes_on(self, comes: int = 0) -> None:
        """Half a minute goes by."""
        self.account.turn(30)
        self.most = max(self.most, self.account.count())
        there = self.account.ids("linux", "running")
        for claimed, worker in list(self.tc.claims.items()):
            assert worker in there, "it was ended while it was busy"
            self.left[claimed] -= 1
            if self.left[claimed] <= 0:
                self.tc.finish(claimed)
                self.done += 1
        self.tc.add(comes)
        for worker in sorted(there - set(self.tc.claims.values())):
            if task := self.tc.ask_for_work(worker):
                self.left[task] = self.luck.choice((1, 2, 4, 9))

    def some_come(self) -> None:
        self.goes_on(self.luck.choice((0, 0, 1, 2)))


@alone
@pytest.mark.parametrize("seed", range(EFFORT))
def test_thirty_passes_drain_the_queue_and_end_nobody_who_is_busy(
    seed: int, tc: Taskcluster, account: Account, desired: Desired, run: Run
) -> None:
    desired(fleet(tc, capacity={"min": 1, "max": 8}, lifecycle={"idle": 60}))
    shift = Shift(tc, account, seed)
    tc.add(5)
    run(*[shift.some_come] * 10, *[shift.goes_on] * 20)
    assert not tc.pending
    assert not tc.claims
    assert account.count() == 1
    assert 5 <= shift.most <= 8
    gone = tc.workers.keys() - account.ids()
    assert len(gone) >= 4
    assert all("quarantineUntil" in tc.workers[worker] for worker in gone)


@alone
def test_a_busy_worker_gets_nothing_more_finishes_and_is_ended_then(
    tc: Taskcluster, account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    desired(fleet(tc))
    tc.add(1)
    applied(reconcile)
    account.turn()
    (worker,) = account.ids()
    task = tc.ask_for_work(worker)
    assert task
    applied(reconcile)
    desired(fleet(tc, launch={"userData": {"text": "other"}}))
    tc.add(1)
    applied(reconcile)
    assert account.told_to_leave()[worker].startswith("changed: ")
    account.turn()
    applied(reconcile)
    assert worker in account.ids()
    tc.finish(task)
    assert tc.ask_for_work(worker) is None
    applied(reconcile)
    assert worker not in account.ids()
    assert account.count() == 1, "the other task has a worker of its own on its way"


@alone
def test_a_worker_that_never_asks_for_work_is_told_and_ended(
    tc: Taskcluster, account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    desired(fleet(tc, capacity={"min": 2, "max": 3}, lifecycle={"registerWithin": 600}))
    applied(reconcile)
    account.turn()
    lost, good = sorted(account.ids())
    tc.ask_for_work(good)
    applied(reconcile)
    assert account.told_to_leave() == {}
    account.turn(600)
    applied(reconcile)
    assert [*account.told_to_leave()] == [lost]
    assert account.told_to_leave()[lost].startswith("never-registered: its queue has not seen it")
    applied(reconcile)
    assert lost not in account.ids()
    assert good in account.ids()


@alone
def test_workers_of_a_removed_worker_type_leave_by_the_queue_that_they_remember(
    tc: Taskcluster, account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    other = worker_type("other", queue=waiting(0))
    desired(fleet(tc), other)
    tc.add(2)
    applied(reconcile)
    account.turn()
    busy, idle = sorted(account.ids())
    task = tc.ask_for_work(busy)
    assert task
    tc.finish(str(tc.ask_for_work(idle)))
    desired(other)
    applied(reconcile)
    assert all(tc.workers[one]["quarantineUntil"] for one in (busy, idle))
    applied(reconcile)
    assert account.ids() == {busy}
    tc.finish(task)
    applied(reconcile)
    assert account.ids() == set()


def test_a_notice_stays_until_the_worker_could_be_told(
    tc: Taskcluster,
    account: Account,
    aws: Clients,
    sandbox: Sandbox,
    desired: Desired,
    reconcile: Reconcile,
) -> None:
    desired(*NOTICES, fleet(tc), estate=LISTENING)
    tc.add(1)
    applied(reconcile)
    account.turn()
    (worker,) = account.ids()
    tc.finish(str(tc.ask_for_work(worker)))
    sandbox.recommend_rebalance(worker)
    tc.says["quarantineWorker"] = Answer(b'{"code": "InsufficientScopes"}', 403)
    applied(reconcile, 1)
    assert account.told_to_leave() == {}
    # Whoever has looked at a message hides it for a while.
    count = "ApproximateNumberOfMessagesNotVisible"
    url = aws("sqs").get_queue_url(QueueName="ci-notices")["QueueUrl"]
    left = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[count])
    assert left["Attributes"][count] == "1"
