"""The lock of an estate: one run at a time, whoever comes, and however it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from reconciler.aws.claim import Holder
from reconciler.aws.errors import Refused
from reconciler.aws.lock import Lock, Waiting, free, held, holder
from reconciler.aws.session import Aws, connect
from reconciler.errors import Locked, ReconcileError
from reconciler.model import Account, Estate
from reconciler.sandbox import Sandbox
from tests.effort import EFFORT
from tests.laws.cases import document
from tests.world import Clients

NAME = "/reconciler/lock/acme"
ESTATE = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))
FOREVER = 1e9


def a_run(who: str = "ann") -> Holder:
    return Holder(
        f"arn:aws:iam::123456789012:user/{who}", "desk-1", "2026-01-02T03:04:05Z", "c0ffee"
    )


class Time:
    """A clock that goes on only while somebody sleeps; `meanwhile` is what happens then."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.seconds = 0.0
        self.meanwhile = meanwhile

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.seconds += seconds
        self.meanwhile()


@pytest.fixture
def here(aws: Clients) -> Aws:
    return connect(ESTATE).home


def hold(
    here: Aws,
    me: Holder,
    seconds: float = 0,
    time: Time | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> AbstractContextManager[Lock]:
    time = time or Time()
    return held(here, "acme", me, Waiting(seconds, time.now, time.sleep, tell))


def value(aws: Clients) -> str | None:
    """What the lock's parameter holds."""
    found = aws("ssm").get_parameters(Names=[NAME])["Parameters"]
    return found[0]["Value"] if found else None


def takes_over(aws: Clients, who: Holder) -> None:
    """Another run has the lock, whatever was there."""
    aws("ssm").put_parameter(
        Name=NAME, Type="String", Value=json.dumps(asdict(who)), Overwrite=True
    )


def says_no(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "AnOperation")


def fails_first(client: Any, operation: str, error: Exception, times: int = 1) -> None:
    """Let a client's call fail so many times, without anything having happened."""
    call, failures = getattr(client, operation), iter([error] * times)

    def failing(**parameters: Any) -> Any:
        for failure in failures:
            raise failure
        return call(**parameters)

    setattr(client, operation, failing)


def test_a_lock_says_who_has_it_while_it_is_held_and_is_gone_afterwards(
    aws: Clients, here: Aws
) -> None:
    me = a_run()
    assert holder(here, "acme") is None
    with hold(here, me) as lock:
        assert holder(here, "acme") == me
        assert holder(here, "other") is None
        assert not lock.lost()
        tags = aws("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)
        assert {tag["Key"]: tag["Value"] for tag in tags["TagList"]} == {
            "reconciler:estate": "acme",
            "reconciler:resource": "Lock/acme",
        }
    assert value(aws) is None


def test_a_holder_is_one_line_whatever_it_is_made_of() -> None:
    told = str(Holder("arn:x", "a\nb\x1b[2J", "2026-01-02T03:04:05Z", "c0ffee", "id-7"))
    assert told == "arn:x on a?b?[2J since 2026-01-02T03:04:05Z, at commit c0ffee (lock id-7)"
    assert "commit" not in str(Holder("arn:x", "b", "2026-01-02T03:04:05Z"))


def test_of_many_that_want_it_at_once_one_is_inside_and_nothing_is_left_over(aws: Clients) -> None:
    many, rounds = 8, 10 if EFFORT == 1 else 50
    start, somebody_left = threading.Barrier(many), threading.Semaphore(0)
    inside: list[Holder] = []
    entered: list[int] = []

    def contend(here: Aws) -> None:
        for _ in range(rounds):
            me, clock = a_run(), count(step=6)
            start.wait(30)
            waiting = Waiting(FOREVER, clock.__next__, lambda _: wait_for(somebody_left))
            with held(here, "acme", me, waiting) as lock:
                inside.append(me)
                assert not lock.lost()
                assert inside == [me]
                entered.append(1)
                inside.remove(me)
            somebody_left.release()

    runs = [connect(ESTATE).home for _ in range(many)]
    with ThreadPoolExecutor(many) as threads:
        for done in [threads.submit(contend, run) for run in runs]:
            done.result()
    assert len(entered) == many * rounds
    assert value(aws) is None


def wait_for(event: threading.Semaphore) -> None:
    assert event.acquire(timeout=30)


def test_who_waits_gets_it_when_it_is_freed_and_was_told_once_whom_it_waited_for(
    aws: Clients, here: Aws
) -> None:
    other, told = a_run("bob"), list[str]()
    with hold(here, other):
        time = Time(lambda: time.seconds > 8 and free(here, "acme", other.id))
        with hold(here, me := a_run(), 60, time, tell=told.append):
            assert holder(here, "acme") == me
            time.meanwhile = lambda: None
    assert time.seconds == 9
    assert told == [f"waiting for the lock of estate acme: {other}"]


@pytest.mark.parametrize("timeout", [0, 1, 10])
def test_who_waits_in_vain_hears_who_has_it_and_how_to_unlock_it(here: Aws, timeout: float) -> None:
    time, other = Time(), a_run("bob")
    with hold(here, other):
        with pytest.raises(Locked) as locked, hold(here, a_run(), timeout, time):
            pytest.fail("two are inside")
        assert holder(here, "acme") == other
    assert time.seconds == timeout
    assert str(other) in str(locked.value)
    assert f"(waited {timeout} s)" in str(locked.value)
    assert f"`reconcile unlock {other.id}`" in str(locked.value)


def test_a_holder_notices_that_somebody_freed_its_lock(aws: Clients, here: Aws) -> None:
    time, me = Time(), a_run()
    with hold(here, me, time=time) as lock:
        time.sleep(5)
        assert not lock.lost()
        assert free(here, "acme", me.id) == me
        time.sleep(5)
        assert "freed by somebody else" in lock.lost()
        takes_over(aws, me)
        time.sleep(5)
        assert lock.lost(), "once lost, others may have been inside"


def test_a_lock_that_became_anothers_is_noticed_and_left_to_it(aws: Clients, here: Aws) -> None:
    time, other = Time(), a_run("bob")
    with hold(here, a_run(), time=time) as lock:
        takes_over(aws, other)
        time.sleep(5)
        assert lock.lost() == f"the lock went to {other}"
    assert holder(here, "acme") == other


def test_a_lock_that_nobody_can_read_counts_as_lost(here: Aws) -> None:
    time = Time()
    with hold(here, a_run(), time=time) as lock:
        fails_first(here.client("ssm"), "get_parameter", says_no("ExpiredTokenException"))
        time.sleep(5)
        assert "ExpiredTokenException" in lock.lost()


def test_asking_often_costs_a_call_every_five_seconds(here: Aws, sandbox: Sandbox) -> None:
    time = Time()
    with hold(here, a_run(), time=time) as lock:
        before = sandbox.requests
        for _ in range(100):
            time.sleep(0.25)
            assert not lock.lost()
        assert sandbox.requests[len(before) :] == [("ssm", "GetParameter")] * 5


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_it_is_free_after_any_end(aws: Clients, here: Aws, error: type[BaseException]) -> None:
    with pytest.raises(error), hold(here, a_run()):
        raise error
    assert value(aws) is None


def test_an_interrupt_while_waiting_leaves_the_lock_to_its_holder(here: Aws) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    other = a_run("bob")
    with hold(here, other):
        with pytest.raises(KeyboardInterrupt), hold(here, a_run(), 60, Time(interrupt)):
            pytest.fail("two are inside")
        assert holder(here, "acme") == other


def test_what_went_wrong_first_is_raised_where_freeing_fails_too(aws: Clients, here: Aws) -> None:
    told, me = list[str](), a_run()
    fails_first(here.client("ssm"), "delete_parameter", says_no("AccessDeniedException"))
    with pytest.raises(ValueError, match="first"), hold(here, me, tell=told.append):
        raise ValueError("first")
    assert f"`reconcile unlock {me.id}`" in told[0]
    assert free(here, "acme", me.id) == me


def test_a_lock_that_can_not_be_freed_is_told_with_what_frees_it(here: Aws) -> None:
    fails_first(here.client("ssm"), "delete_parameter", says_no("AccessDeniedException"))
    with pytest.raises(Refused) as refused, hold(here, me := a_run()):
        pass
    assert f"acme may still be locked: `reconcile unlock {me.id}` frees it" in str(refused.value)


def test_when_the_answer_got_lost_and_the_sdk_asked_again_the_lock_is_ours(
    aws: Clients, here: Aws, sandbox: Sandbox
) -> None:
    def once_more(attempts: int, **_: Any) -> float | None:
        return 0 if attempts == 1 else None

    here.client("ssm").meta.events.register_first("needs-retry.ssm.PutParameter", once_more)
    with hold(here, me := a_run()):
        assert sandbox.requests.count(("ssm", "PutParameter")) == 2
        assert holder(here, "acme") == me
    assert value(aws) is None


def test_when_aws_acted_and_no_answer_ever_came_nothing_is_left_over(
    aws: Clients, here: Aws, sandbox: Sandbox
) -> None:
    def cut(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://ssm.example")

    here.client("ssm").meta.events.register_first("needs-retry.ssm.PutParameter", cut)
    with pytest.raises(Refused, match="Could not connect"), hold(here, a_run()):
        pytest.fail("nobody said that it is ours")
    assert ("ssm", "PutParameter") in sandbox.requests
    assert value(aws) is None


@pytest.mark.parametrize(
    ("operation", "code"),
    [("get_parameter", "ParameterNotFound"), ("put_parameter", "TooManyUpdates")],
)
def test_aws_may_be_slow_to_show_or_to_make_it(here: Aws, operation: str, code: str) -> None:
    time, me = Time(), a_run()
    fails_first(here.client("ssm"), operation, says_no(code), times=9)
    with hold(here, me, 0, time):
        assert holder(here, "acme") == me
    assert 0 < time.seconds < 30


def test_what_shows_late_while_the_former_lock_is_still_seen_is_waited_for(
    here: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, former = here.client("ssm"), json.dumps(asdict(a_run("bob")))
    real, stale = client.get_parameter, iter([former, former])

    def read(**parameters: Any) -> Any:
        for old in stale:
            return {"Parameter": {"Value": old}}
        return real(**parameters)

    monkeypatch.setattr(client, "get_parameter", read)
    with hold(here, me := a_run()):
        assert holder(here, "acme") == me


def test_what_aws_needs_after_a_long_wait_does_not_count_as_waiting(here: Aws) -> None:
    def freed() -> None:
        if time.seconds == 60 - 3:
            free(here, "acme", other.id)
            fails_first(here.client("ssm"), "put_parameter", says_no("TooManyUpdates"), times=9)

    time, other = Time(freed), a_run("bob")
    with hold(here, other), hold(here, me := a_run(), 60, time):
        assert holder(here, "acme") == me
    assert time.seconds > 60


def test_an_aws_that_never_gives_it_is_not_waited_for_without_end(here: Aws) -> None:
    time = Time()
    fails_first(here.client("ssm"), "put_parameter", says_no("TooManyUpdates"), times=99)
    with pytest.raises(Locked, match="try again"), hold(here, a_run(), 0, time):
        pytest.fail("nothing was made")
    assert time.seconds == 30


def test_what_aws_refuses_is_told_with_what_it_was_for(here: Aws) -> None:
    fails_first(here.client("ssm"), "put_parameter", says_no("AccessDeniedException"))
    with pytest.raises(Refused) as refused, hold(here, a_run()):
        pytest.fail("nothing was made")
    assert "AccessDeniedException: no (it is the lock of estate acme)" in str(refused.value)


FOREIGN = {
    "a text": "do not touch",
    "a number": "7",
    "a list": "[]",
    "another object": '{"id": "x"}',
    "words that are no texts": json.dumps(dict.fromkeys(asdict(a_run()), 7)),
    "nested beyond measure": "[" * 4000,
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_somebodys_parameter_of_that_name_is_refused_and_left_alone(
    aws: Clients, here: Aws, text: str
) -> None:
    aws("ssm").put_parameter(Name=NAME, Type="String", Value=text)
    with pytest.raises(ReconcileError, match=NAME) as held_, hold(here, a_run(), 60):
        pytest.fail("it is no lock")
    with pytest.raises(ReconcileError, match=NAME):
        free(here, "acme", "x")
    assert not isinstance(held_.value, Locked)
    assert value(aws) == text


def test_a_secret_of_that_name_is_refused_and_not_told(aws: Clients, here: Aws) -> None:
    aws("ssm").put_parameter(Name=NAME, Type="SecureString", Value="canary-3f9a")
    with pytest.raises(ReconcileError, match=NAME) as refused, hold(here, a_run()):
        pytest.fail("it is no lock")
    assert "canary" not in str(refused.value)


def test_a_lock_that_turned_into_something_else_is_lost_and_left_alone(
    aws: Clients, here: Aws
) -> None:
    time = Time()
    with hold(here, a_run(), time=time) as lock:
        aws("ssm").put_parameter(Name=NAME, Type="String", Value="mine!", Overwrite=True)
        time.sleep(5)
        assert NAME in lock.lost()
    assert value(aws) == "mine!"


def test_what_a_later_version_writes_beside_is_still_a_lock(aws: Clients, here: Aws) -> None:
    text = json.dumps({**asdict(a_run("bob")), "why": "nightly"})
    aws("ssm").put_parameter(Name=NAME, Type="String", Value=text)
    with pytest.raises(Locked, match="user/bob"), hold(here, a_run()):
        pytest.fail("two are inside")


def test_unlocking_takes_the_id_of_the_very_lock(aws: Clients, here: Aws) -> None:
    with pytest.raises(ReconcileError, match="acme is not locked"):
        free(here, "acme", "x")
    takes_over(aws, dead := a_run("bob"))
    with pytest.raises(ReconcileError) as refused:
        free(here, "acme", "x")
    assert str(dead) in str(refused.value)
    assert holder(here, "acme") == dead
    assert free(here, "acme", dead.id) == dead
    assert value(aws) is None


def test_to_a_plan_the_lock_is_nothing_of_the_estates(
    here: Aws, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(document("Parameter", "a", "{value: one}"))
    assert reconcile("apply", "--yes").status == 0
    with hold(here, a_run()):
        planned = reconcile("plan", "--detailed-exitcode")
    assert planned.status == 0, planned


def test_a_lock_that_goes_while_it_is_unlocked_is_as_good_as_unlocked(
    aws: Clients, here: Aws
) -> None:
    takes_over(aws, dead := a_run("bob"))
    fails_first(here.client("ssm"), "delete_parameter", says_no("ParameterNotFound"))
    assert free(here, "acme", dead.id) == dead
