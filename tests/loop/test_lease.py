"""The lease of an estate's loop: one has it, keeps it, and is followed when it is heard no more."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.aws.claim import Holder
from reconciler.aws.lease import DEAD, DOUBTED, EVERY, Lease, renewing
from reconciler.aws.session import Aws, connect
from reconciler.errors import ReconcileError
from reconciler.model import Account, Estate
from reconciler.sandbox import Sandbox
from tests.loop.turned import Clock
from tests.world import Clients

NAME = "/reconciler/loop/acme"
ESTATE = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))


@pytest.fixture
def here(aws: Clients) -> Aws:
    return connect(ESTATE).home


@pytest.fixture
def clock() -> Clock:
    return Clock()


def a_lease(clock: Clock, who: str = "ann") -> Lease:
    me = Holder(f"arn:aws:iam::123456789012:user/{who}", "desk-1", "2026-01-02T03:04:05Z")
    return Lease("acme", me, clock.now)


def value(aws: Clients) -> str | None:
    found = aws("ssm").get_parameters(Names=[NAME])["Parameters"]
    return found[0]["Value"] if found else None


def passes(clock: Clock, *renewed: Lease) -> None:
    """Let the time between two renewals go by."""
    clock.seconds += EVERY
    for lease in renewed:
        lease.renew()


def failing(client: Any, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise ClientError(
            {"Error": {"Code": "InternalServerError", "Message": "no"}}, "AnOperation"
        )

    monkeypatch.setattr(client, operation, fails)


def test_it_is_had_from_the_first_look_to_the_end_and_leaves_nothing(
    aws: Clients, here: Aws, clock: Clock
) -> None:
    lease = a_lease(clock)
    assert "is not ours" in lease.lost()
    assert (lease.others(here), lease.lost()) == ("", "")
    for _ in range(10):
        passes(clock, lease)
        assert (lease.lost(), lease.others(here)) == ("", "")
    lease.leave()
    assert value(aws) is None
    assert "it was given back" in lease.lost()


def test_who_comes_second_stands_by_for_as_long_as_the_first_is_heard_of(
    here: Aws, clock: Clock
) -> None:
    first, second = a_lease(clock), a_lease(clock, "bob")
    first.others(here)
    for _ in range(20):
        assert "user/ann on desk-1" in second.others(here)
        passes(clock, first, second)
        assert first.lost() == ""
    assert "is not ours" in second.lost()
    first.leave()
    assert second.others(here) == ""


def test_who_is_silent_is_followed_and_finds_out(aws: Clients, here: Aws, clock: Clock) -> None:
    first, second = a_lease(clock), a_lease(clock, "bob")
    first.others(here)
    began = clock.seconds
    while second.others(here):
        passes(clock, second)
    assert DEAD < clock.seconds - began <= DEAD + 3 * EVERY
    assert first.lost(), "it knows by its own clock"
    passes(clock, first, second)
    assert "user/bob" in first.others(here)
    assert second.lost() == ""
    first.leave()
    assert "user/bob" in (value(aws) or ""), "only who has it may take it away"


def test_of_two_that_follow_in_the_same_moment_one_has_it(
    here: Aws, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, ann, bob = (a_lease(clock, who) for who in ("eve", "ann", "bob"))
    dead.others(here)
    for lease in (ann, bob):
        lease.others(here)
    clock.seconds += DEAD
    put, faster = here.client("ssm").put_parameter, iter([bob])

    def after_bob(**parameters: Any) -> Any:
        for lease in faster:
            assert lease.others(here)
        return put(**parameters)

    monkeypatch.setattr(here.client("ssm"), "put_parameter", after_bob)
    assert ann.others(here), "what is taken is not had before the next look"
    assert "user/ann" in bob.others(here)
    assert (ann.others(here), bool(bob.lost())) == ("", True)


def test_who_can_not_renew_it_takes_it_for_lost_before_others_may_follow(
    here: Aws, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = a_lease(clock)
    lease.others(here)
    failing(here.client("ssm"), "put_parameter", monkeypatch)
    while clock.seconds < DOUBTED:
        assert lease.lost() == ""
        passes(clock, lease)
    assert DOUBTED < DEAD
    assert "could not be renewed in time: AnOperation: InternalServerError" in lease.lost()
    monkeypatch.undo()
    assert lease.others(here) == "", "nobody has followed"


def test_a_renewal_that_took_too_long_does_not_count(
    here: Aws, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease, client = a_lease(clock), here.client("ssm")
    lease.others(here)
    put = client.put_parameter

    def slowly(**parameters: Any) -> Any:
        clock.seconds += DEAD
        return put(**parameters)

    monkeypatch.setattr(client, "put_parameter", slowly)
    lease.renew()
    assert "is not ours" in lease.lost()


@pytest.mark.parametrize("taken", [True, False])
def test_a_lease_that_somebody_takes_away_is_lost_at_the_next_renewal(
    taken: bool, aws: Clients, here: Aws, clock: Clock
) -> None:
    lease, other = a_lease(clock), a_lease(clock, "bob")
    lease.others(here)
    aws("ssm").delete_parameter(Name=NAME)
    if taken:
        other.others(here)
    passes(clock, lease)
    assert ("it went to arn" if taken else "somebody took it away") in lease.lost()
    assert bool(lease.others(here)) is taken


def test_something_else_of_that_name_is_refused_and_left_alone(
    aws: Clients, here: Aws, clock: Clock
) -> None:
    aws("ssm").put_parameter(Name=NAME, Type="String", Value="mine!")
    with pytest.raises(ReconcileError, match="holds something else, which is left alone"):
        a_lease(clock).others(here)
    a_lease(clock).leave()
    assert value(aws) == "mine!"


def test_to_have_it_costs_two_calls_at_each_renewal(
    here: Aws, clock: Clock, sandbox: Sandbox
) -> None:
    lease = a_lease(clock)
    lease.others(here)
    before = len(sandbox.requests)
    for _ in range(100):
        assert (lease.lost(), lease.others(here)) == ("", "")
    passes(clock, lease)
    assert sandbox.requests[before:] == [("ssm", "GetParameter"), ("ssm", "PutParameter")]


def test_what_it_says_is_who_has_it(aws: Clients, here: Aws, clock: Clock) -> None:
    lease = a_lease(clock)
    lease.others(here)
    passes(clock, lease)
    assert json.loads(value(aws) or "") == {**asdict(lease.me), "renewals": 1}
    tags = aws("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)["TagList"]
    assert {"Key": "reconciler:resource", "Value": "Loop/acme"} in tags


def test_it_is_renewed_in_the_background_until_the_block_ends() -> None:
    often = threading.Semaphore(0)
    with renewing(often.release, every=0.001):
        for _ in range(3):
            assert often.acquire(timeout=30)
    assert "lease" not in [thread.name for thread in threading.enumerate()]
