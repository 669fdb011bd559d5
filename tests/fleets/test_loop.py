"""The loop over a fleet: it goes round what is scarce, and outlives a queue that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.derive.memory import TOKEN_HOLDS
from reconciler.sandbox import Sandbox
from tests.fleets.account import Account, Clients, waiting, worker_type
from tests.fleets.conftest import Run

Desired = Callable[..., None]


def told(ran: Any, what: str) -> list[str]:
    """The log's lines that begin so, without their times."""
    lines = [line.partition(" ")[2] for line in ran.err.splitlines()]
    return [line for line in lines if line.startswith(what)]


class Messages:
    """A queue of SQS in which each message is a task."""

    def __init__(self, aws: Clients) -> None:
        self.sqs = aws("sqs")
        self.make()

    def make(self) -> None:
        self.url = self.sqs.create_queue(QueueName="builds")["QueueUrl"]

    def send(self, count: int) -> None:
        for number in range(count):
            self.sqs.send_message(QueueUrl=self.url, MessageBody=str(number))

    def drain(self) -> None:
        self.sqs.purge_queue(QueueUrl=self.url)

    def fail(self) -> None:
        self.sqs.delete_queue(QueueUrl=self.url)


QUEUE = {"sqs": {"name": "builds"}}


def test_a_fleet_grows_past_what_is_scarce_and_goes_when_all_is_done(
    account: Account,
    aws: Clients,
    sandbox: Sandbox,
    desired: Desired,
    run: Run,
    fleets_alone: None,
) -> None:
    messages, seen = Messages(aws), []
    messages.send(4)
    sandbox.scarce({("*", "c5.large", "spot"): 1})
    types = [{"type": "c5.large"}, {"type": "c5.9xlarge"}]
    lifecycle = {"idle": 60}
    desired(worker_type(queue=QUEUE, instanceTypes=types, lifecycle=lifecycle))

    def works() -> None:
        seen.append(account.count())
        account.turn()
        for worker in account.ids("*", "running"):
            account.says(worker, "idle" if len(seen) > 1 else "busy")
        if len(seen) == 1:
            messages.drain()

    ran = run(*[works] * 6)
    assert seen[0] == 4
    assert account.count() == 0
    assert told(ran, "warning") == []
    ends = told(ran, "delete Worker/")
    assert len(ends) == 4
    assert all("idle: it was told to leave" in line for line in ends)


def test_a_queue_that_fails_for_some_passes_is_told_of_once_and_ends_nobody(
    account: Account, aws: Clients, desired: Desired, run: Run, fleets_alone: None
) -> None:
    messages = Messages(aws)
    messages.send(2)
    desired(worker_type(queue=QUEUE, lifecycle={"idle": 0}), worker_type("other", queue=waiting(1)))
    there: list[set[str]] = []

    def goes_on(*deeds: Callable[[], object]) -> Callable[[], None]:
        def between() -> None:
            account.turn()
            for worker in account.ids("linux", "running"):
                account.says(worker, "idle")
            there.append(account.ids("linux"))
            for deed in deeds:
                deed()

        return between

    ran = run(
        goes_on(messages.fail),
        goes_on(),
        goes_on(),
        goes_on(messages.make),
        goes_on(),
        goes_on(),
    )
    assert there[0] == there[1] == there[2] == there[3]
    assert len(there[0]) == 2
    assert account.count("linux") == 0
    assert account.count("other") > 1
    troubles = [line for line in ran.err.splitlines() if "can't be read" in line]
    assert len([line for line in troubles if " WorkerType/linux: the SQS queue" in line]) == 1
    assert len(told(ran, "over: WorkerType/linux")) == 1


@pytest.mark.parametrize("phase", [0, 80, 200])
def test_what_aws_has_none_of_is_tried_again_after_a_while(
    phase: int,
    account: Account,
    sandbox: Sandbox,
    desired: Desired,
    run: Run,
    fleets_alone: None,
) -> None:
    account.turn(phase - account.now() % TOKEN_HOLDS + TOKEN_HOLDS)
    sandbox.scarce({("*", "*", "spot"): 0})
    desired(worker_type(queue=waiting(2)))
    asked: list[int] = []

    def goes_on(seconds: float = 30) -> Callable[[], None]:
        def between() -> None:
            asked.append(sum(name == "CreateFleet" for _, name in sandbox.requests))
            account.turn(seconds)

        return between

    def is_there() -> None:
        sandbox.scarce({})

    ran = run(goes_on(), goes_on(200), is_there, goes_on(200), goes_on())
    assert asked[0] == asked[1], "what failed a moment ago is not asked for again"
    assert asked[-1] > asked[0]
    assert account.count() == 2
    assert any(
        "UnfulfillableCapacity" in line for line in told(ran, "warning: WorkerType/linux: 0 of")
    )
    assert told(ran, "over: WorkerType/linux")


def test_what_can_not_be_launched_is_told_of_once_and_backs_off(
    account: Account, sandbox: Sandbox, desired: Desired, run: Run, fleets_alone: None
) -> None:
    desired(worker_type("bad", launch={"securityGroups": ["sg-0123456789abcdef0"]}))

    def goes_on() -> None:
        account.turn(30)

    ran = run(*[goes_on] * 8)
    tries = sum(name == "CreateLaunchTemplate" for _, name in sandbox.requests)
    # After one minute, and then after two more.
    assert tries == 3
    assert ran.err.count("InvalidGroup.NotFound") == 1
    assert account.templates() == set()


def test_a_burst_soon_after_the_last_one_is_launched_for_at_once(
    account: Account, aws: Clients, desired: Desired, run: Run, fleets_alone: None
) -> None:
    messages = Messages(aws)
    messages.send(2)
    desired(worker_type(queue=QUEUE))
    first: set[str] = set()

    def all_is_done() -> None:
        first.update(account.ids())
        messages.drain()
        account.turn()
        account.ec2.terminate_instances(InstanceIds=[*first])

    def comes_again() -> None:
        account.turn(60)
        messages.send(2)

    run(all_is_done, comes_again, lambda: account.turn(30))
    assert account.count() == 2
    assert not account.ids() & first
