"""Taskcluster, by its own client: who waits, who works, and never a guess where it says neither."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.queues.answers import MOST, Unreadable
from reconciler.queues.demand import Demand, State
from tests.conftest import Proven
from tests.effort import examples, number
from tests.queues.asking import JSON, NO_JSON, NO_NUMBERS, asked, unreadable
from tests.queues.loopback import Answer, Request, serving
from tests.queues.stand_in import SEEN, Taskcluster

A, B, C = "i-0123456789abcdef0", "i-0123456789abcdef1", "i-01234567"
METHODS = ["taskQueueCounts", "listWorkers", "listClaimedTasks"]


@pytest.fixture
def tc() -> Iterator[Taskcluster]:
    with Taskcluster().serving() as stand_in:
        yield stand_in


def source(tc: Taskcluster, task_queue: str = "proj/linux") -> dict[str, Any]:
    return {"taskcluster": {"rootUrl": tc.root_url, "taskQueueId": task_queue}}


def states(demand: Demand) -> dict[str, str]:
    assert demand.workers is not None
    return {worker.id: worker.state for worker in demand.workers.values()}


def test_it_counts_who_waits_and_tells_who_is_busy(tc: Taskcluster) -> None:
    tc.add(5)
    tc.ask_for_work(A)
    tc.ask_for_work(B)
    demand = asked(source(tc))
    assert (demand.pending, demand.claimed) == (3, 2)
    assert states(demand) == {A: State.BUSY, B: State.BUSY}


def test_a_worker_registers_when_it_first_asks_for_work_though_there_is_none(
    tc: Taskcluster,
) -> None:
    assert asked(source(tc)) == Demand(0, 0, {})
    tc.ask_for_work(A)
    workers = asked(source(tc)).workers
    assert workers is not None
    assert workers[A].state is State.IDLE
    assert workers[A].registered == datetime.fromisoformat(SEEN)
    assert not workers[A].quarantined


def test_a_worker_is_idle_once_it_is_done(tc: Taskcluster) -> None:
    tc.add(1)
    task = tc.ask_for_work(A)
    assert task
    tc.finish(task)
    assert states(asked(source(tc))) == {A: State.IDLE}


def test_a_worker_that_holds_several_is_busy_until_all_are_done(tc: Taskcluster) -> None:
    tc.add(2)
    tc.ask_for_work(A)
    latest = tc.ask_for_work(A)
    assert latest
    tc.finish(latest)
    assert states(asked(source(tc))) == {A: State.BUSY}


@pytest.mark.parametrize(
    ("until", "quarantined"), [("2999-01-01T00:00:00Z", True), ("1999-01-01T00:00:00Z", False)]
)
def test_a_quarantine_lasts_until_it_ends(tc: Taskcluster, until: str, quarantined: bool) -> None:
    tc.ask_for_work(A)
    tc.quarantine(A, until)
    workers = asked(source(tc)).workers
    assert workers is not None
    assert workers[A].quarantined is quarantined


@pytest.mark.parametrize("page", [1, 2, 5])
def test_all_pages_are_read(tc: Taskcluster, page: int) -> None:
    tc.page = page
    tc.add(3)
    ids = [f"i-0000000{n}" for n in range(5)]
    for worker in ids:
        tc.ask_for_work(worker)
    busy, idle = dict.fromkeys(ids[:3], State.BUSY), dict.fromkeys(ids[3:], State.IDLE)
    assert states(asked(source(tc))) == busy | idle


def test_a_thousand_workers_take_three_requests(tc: Taskcluster) -> None:
    tc.add(1000)
    for n in range(1000):
        tc.ask_for_work(f"i-{n:08x}")
    assert len(states(asked(source(tc)))) == 1000
    assert len(tc.requests) == 3


def test_who_holds_a_claim_is_busy_though_no_page_lists_it(tc: Taskcluster) -> None:
    tc.add(1)
    tc.ask_for_work(A)
    tc.workers.clear()
    assert states(asked(source(tc))) == {A: State.BUSY}


def test_claims_are_asked_for_last(tc: Taskcluster) -> None:
    asked(source(tc))
    assert tc.requests[-1].target.endswith("/claimed")


def test_workers_that_are_no_instances_are_left_out(tc: Taskcluster) -> None:
    for worker in (A, "my-laptop", C):
        tc.ask_for_work(worker)
    assert states(asked(source(tc))) == {A: State.IDLE, C: State.IDLE}


def test_nothing_is_known_of_workers_if_none_has_the_id_of_an_instance(tc: Taskcluster) -> None:
    tc.add(2)
    tc.ask_for_work("worker-1")
    assert asked(source(tc)) == Demand(1, 1, None)


@pytest.mark.parametrize(
    ("lacks", "claimed", "known"),
    [
        ({"taskQueueCounts"}, None, True),
        ({"listClaimedTasks"}, 1, False),
        ({"listWorkers"}, 1, False),
        ({"taskQueueCounts", "listClaimedTasks", "listWorkers"}, None, False),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, set) else None,
)
def test_an_old_deployment_says_what_it_can(
    tc: Taskcluster, lacks: set[str], claimed: int | None, known: bool
) -> None:
    tc.add(3)
    tc.ask_for_work(A)
    tc.lacks = lacks
    demand = asked(source(tc))
    assert (demand.pending, demand.claimed, demand.workers is not None) == (2, claimed, known)


def test_what_has_no_queue_at_all_is_unreadable(tc: Taskcluster) -> None:
    tc.lacks = {"taskQueueCounts", "pendingTasks"}
    assert "answers 404" in unreadable(source(tc))


def test_the_environments_credentials_are_used(
    tc: Taskcluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    tc.tokens = {"project/ci": "s3cret"}
    assert "does not take the credentials" in unreadable(source(tc))
    monkeypatch.setenv("TASKCLUSTER_CLIENT_ID", "project/ci")
    monkeypatch.setenv("TASKCLUSTER_ACCESS_TOKEN", "0ther")
    assert "0ther" not in unreadable(source(tc))
    monkeypatch.setenv("TASKCLUSTER_ACCESS_TOKEN", "s3cret")
    # Where the root URL is said twice, git is right.
    monkeypatch.setenv("TASKCLUSTER_ROOT_URL", "http://127.0.0.1:1")
    assert asked(source(tc)).pending == 0


@pytest.mark.parametrize(
    ("name", "value"), [("ACCESS_TOKEN", "s3crét"), ("CERTIFICATE", '{"s3cret')]
)
def test_broken_credentials_are_not_shown(
    tc: Taskcluster, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("TASKCLUSTER_CLIENT_ID", "project/ci")
    monkeypatch.setenv("TASKCLUSTER_ACCESS_TOKEN", "s3cret")
    monkeypatch.setenv(f"TASKCLUSTER_{name}", value)
    why = unreadable(source(tc))
    assert "no credentials" in why
    assert "s3cr" not in why


def test_missing_scopes_are_said_in_taskclusters_words(tc: Taskcluster) -> None:
    why = unreadable(source(tc, "proj/other"))
    assert "lacks scopes: taskQueueCounts needs other scopes" in why
    assert "task queue proj/other of http://127.0.0.1" in why


@pytest.mark.parametrize("field", ["pendingTasks", "claimedTasks"])
@pytest.mark.parametrize("value", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_a_count_that_is_none_is_unreadable(tc: Taskcluster, field: str, value: bytes) -> None:
    counts = {"pendingTasks": b"1", "claimedTasks": b"1", field: value}
    body = b", ".join(b'"%s": %s' % (key.encode(), number) for key, number in counts.items())
    tc.says["taskQueueCounts"] = Answer(b"{%s}" % body)
    unreadable(source(tc))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", [*NO_JSON.values(), b"{}", b"[]", b"3", b'"a"'])
def test_an_answer_that_is_none_is_unreadable(tc: Taskcluster, method: str, body: bytes) -> None:
    tc.says[method] = Answer(body)
    unreadable(source(tc))


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {},
        {"workerId": ""},
        {"workerId": 3},
        {"workerId": A, "firstClaim": "yesterday"},
        {"workerId": A, "firstClaim": "2026-01-02T03:04:05"},
        {"workerId": A, "quarantineUntil": 3},
    ],
    ids=str,
)
def test_a_worker_that_is_none_is_unreadable(tc: Taskcluster, row: Any) -> None:
    tc.says["listWorkers"] = Answer(json.dumps({"workers": [row]}).encode())
    unreadable(source(tc))


@pytest.mark.parametrize("row", [None, {}, {"workerId": None}, {"workerId": [A]}], ids=str)
def test_a_claim_that_is_nobodys_is_unreadable(tc: Taskcluster, row: Any) -> None:
    tc.says["listClaimedTasks"] = Answer(json.dumps({"tasks": [row]}).encode())
    unreadable(source(tc))


@pytest.mark.parametrize("method", METHODS)
def test_a_redirect_is_no_answer_and_is_not_followed(tc: Taskcluster, method: str) -> None:
    good = b'{"pendingTasks": 0, "claimedTasks": 0, "workers": [], "tasks": []}'
    where = {"Location": f"{tc.root_url}/elsewhere", "Content-Type": "application/json"}
    tc.says[method] = Answer(good, 302, where)
    assert "a redirect" in unreadable(source(tc))
    assert not any("elsewhere" in request.target for request in tc.requests)


@pytest.mark.parametrize("method", METHODS)
def test_a_server_error_is_unreadable_after_some_retries(tc: Taskcluster, method: str) -> None:
    tc.says[method] = Answer(b"{}", 503)
    assert "it answers 503" in unreadable(source(tc))
    assert 1 < len(tc.requests) <= 5


def test_pages_without_end_are_unreadable(tc: Taskcluster) -> None:
    tc.says["listWorkers"] = Answer(b'{"workers": [], "continuationToken": "0"}')
    assert "within 0.5 seconds" in unreadable(source(tc), seconds=0.5)


def test_rows_without_end_are_unreadable(tc: Taskcluster) -> None:
    rows = [{"workerId": A}] * 30_000
    tc.says["listWorkers"] = Answer(
        json.dumps({"workers": rows, "continuationToken": "0"}).encode()
    )
    assert "more than 100,000 workers" in unreadable(source(tc))


def test_a_server_that_answers_too_late_is_unreadable() -> None:
    given_up, too_long, tc = Event(), [], Taskcluster()

    def late(request: Request) -> Answer:
        too_long.append(not given_up.wait(10))
        return tc.answer(request)

    with serving(late) as tc.root_url:
        assert "within 0.1 seconds" in unreadable(source(tc), seconds=0.1)
        assert not too_long
        given_up.set()


def test_nobody_there_is_unreadable() -> None:
    queue = {"taskcluster": {"rootUrl": "http://127.0.0.1:1", "taskQueueId": "proj/linux"}}
    assert "no way to it (ClientConnectorError)" in unreadable(queue)


def test_the_environments_proxy_is_used_but_not_for_this_machine_itself(
    tc: Taskcluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, tc.root_url)
    tc.add(1)
    assert asked(source(tc)).pending == 1
    # What goes through a proxy is asked for with its host.
    assert all(request.target.startswith("/api/") for request in tc.requests)
    tc.requests.clear()
    queue = {"taskcluster": {"rootUrl": "https://tc.example", "taskQueueId": "proj/linux"}}
    assert "no way to it (ClientHttpProxyError)" in unreadable(queue)
    assert tc.requests[0].target == "tc.example:443"


def test_a_slash_after_the_root_url_changes_nothing(tc: Taskcluster) -> None:
    tc.root_url += "/"
    assert asked(source(tc)).pending == 0


def test_without_the_client_it_says_how_to_get_it(
    tc: Taskcluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "taskcluster", None)
    assert "pip install 'reconcile[taskcluster]'" in unreadable(source(tc))


ROWS = st.lists(
    JSON
    | st.fixed_dictionaries(
        {"workerId": st.sampled_from([A, B, "laptop"]) | JSON},
        optional={"quarantineUntil": st.datetimes().map(str) | JSON, "firstClaim": JSON},
    ),
    max_size=3,
)
ANSWERS = st.fixed_dictionaries(
    {
        "taskQueueCounts": st.fixed_dictionaries(
            {"pendingTasks": st.integers(0, 9) | JSON, "claimedTasks": st.integers(0, 9) | JSON}
        ),
        "listWorkers": st.fixed_dictionaries({"workers": ROWS | JSON}) | JSON,
        "listClaimedTasks": st.fixed_dictionaries({"tasks": ROWS | JSON}) | JSON,
    }
)


@pytest.fixture(scope="module")
def any_tc() -> Iterator[Taskcluster]:
    with Taskcluster().serving() as stand_in:
        yield stand_in


def test_whatever_it_answers_is_a_demand_that_makes_sense_or_unreadable(
    any_tc: Taskcluster, proven: Proven
) -> None:
    @examples(100)
    @given(answers=ANSWERS)
    def holds(answers: dict[str, Any]) -> None:
        makes_sense_or_is_unreadable(any_tc, answers)

    holds()
    proven("inputs", ("answers of Taskcluster",), (number(100),), [])


def makes_sense_or_is_unreadable(any_tc: Taskcluster, answers: dict[str, Any]) -> None:
    any_tc.says = {name: Answer(json.dumps(value).encode()) for name, value in answers.items()}
    try:
        demand = asked(source(any_tc))
    except Unreadable:
        return
    counts = answers["taskQueueCounts"]
    assert demand.pending == counts["pendingTasks"] in range(MOST + 1)
    assert demand.claimed == counts["claimedTasks"] in range(MOST + 1)
    claims = {row["workerId"] for row in answers["listClaimedTasks"]["tasks"]}
    for id_, worker in (demand.workers or {}).items():
        assert id_ == worker.id in (A, B)
        assert (worker.state is State.BUSY) == (worker.id in claims)
        assert worker.registered is None or worker.registered.astimezone(UTC)
