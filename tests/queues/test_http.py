"""Any JSON: its numbers are found as the document says, and all else is unreadable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from gzip import compress
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reconciler.fields.plain import FOLDER
from reconciler.queues import TaskQueue, http
from reconciler.queues.answers import MOST, Unreadable
from reconciler.queues.demand import Demand, State, Worker
from tests.conftest import Proven
from tests.effort import examples, number
from tests.queues.asking import JSON, NO_JSON, NO_NUMBERS, asked, unreadable
from tests.queues.loopback import Answer, Request, serving

A, B = "i-0123456789abcdef0", "i-01234567"
SECRET = "Bearer s3cret"


class Server:
    """Answers whatever it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.root_url = ""
        self.says = Answer(b"{}")
        self.requests: list[Request] = []

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.says


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server()
    with serving(server.answer) as server.root_url:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.requests.clear()
    return running


def source(server: Server, **others: Any) -> dict[str, Any]:
    return {"http": {"url": f"{server.root_url}/stats?key=t0ken", "pending": "pending", **others}}


def test_jmespath_finds_the_numbers_and_the_workers(server: Server) -> None:
    jobs = [{"runner": None}, {"runner": "a"}, {"runner": None}, {"runner": "b"}, {"runner": "a"}]
    agents = [
        {"host": A, "is": "busy", "os": "linux"},
        {"host": B, "is": "idle", "os": "linux"},
        {"host": "i-89abcdef", "is": "idle", "os": "mac"},
    ]
    server.says = Answer(json.dumps({"jobs": jobs, "agents": agents}).encode())
    demand = asked(
        source(
            server,
            pending="length(jobs[?!runner])",
            claimed="length(jobs[?runner])",
            workers="agents[?os=='linux'].{id: host, state: is}",
        )
    )
    assert demand == Demand(2, 3, {A: Worker(A, State.BUSY), B: Worker(B, State.IDLE)})
    assert server.requests[0].target == "/stats?key=t0ken"


def test_what_is_not_asked_for_is_not_known(server: Server) -> None:
    server.says = Answer(b'{"pending": 3, "claimed": 2, "workers": []}')
    assert asked(source(server)) == Demand(3, None, None)
    assert asked(source(server, workers="workers")) == Demand(3, None, {})


@pytest.mark.parametrize("number", [b"0", b"7", b"7.0", b"1e+06", str(MOST).encode()])
def test_a_whole_number_is_one_however_it_is_written(server: Server, number: bytes) -> None:
    server.says = Answer(b'{"pending": %s}' % number)
    assert asked(source(server)).pending == float(number)


@pytest.mark.parametrize("field", ["pending", "claimed"])
@pytest.mark.parametrize("value", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_a_number_that_is_none_is_unreadable(server: Server, field: str, value: bytes) -> None:
    numbers = {"pending": b"1", "claimed": b"1", field: value}
    body = b", ".join(b'"%s": %s' % (key.encode(), number) for key, number in numbers.items())
    server.says = Answer(b"{%s}" % body)
    unreadable(source(server, claimed="claimed"))


@pytest.mark.parametrize("body", [*NO_JSON.values(), b"{}", b"[]", b"3", b"null"])
def test_an_answer_that_is_none_is_unreadable(server: Server, body: bytes) -> None:
    server.says = Answer(body)
    unreadable(source(server))


def test_an_answer_that_jmespath_can_do_nothing_with_is_unreadable(server: Server) -> None:
    server.says = Answer(b'{"jobs": 3}')
    assert "does not fit" in unreadable(source(server, pending="length(jobs)"))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (None, r"workers[0].id is missing"),
        ({"state": "idle"}, r"workers[0].id is missing"),
        ({"id": 7, "state": "idle"}, r"workers[0].id is a number"),
        ({"id": "", "state": "idle"}, r"workers[0].id is empty"),
        ({"id": "host-7", "state": "idle"}, r"workers[0].id is no EC2 instance's id"),
        ({"id": A.upper(), "state": "idle"}, r"workers[0].id is no EC2 instance's id"),
        ({"id": f"{A}\n", "state": "idle"}, r"workers[0].id is no EC2 instance's id"),
        ({"id": A}, r"workers[0].state is neither idle nor busy"),
        ({"id": A, "state": "Idle"}, r"workers[0].state is neither idle nor busy"),
        ({"id": A, "state": ["idle"]}, r"workers[0].state is neither idle nor busy"),
        ({"id": B, "state": "idle"}, r"two of its workers have one id"),
    ],
    ids=str,
)
def test_a_worker_that_is_none_is_unreadable(server: Server, row: Any, why: str) -> None:
    workers = [row, {"id": B, "state": "busy"}]
    server.says = Answer(json.dumps({"pending": 1, "workers": workers}).encode())
    assert why in unreadable(source(server, workers="workers"))


@pytest.mark.parametrize("workers", [None, 3, "i-01234567", {A: "idle"}], ids=str)
def test_workers_that_are_no_list_are_unreadable(server: Server, workers: Any) -> None:
    server.says = Answer(json.dumps({"pending": 1, "workers": workers}).encode())
    assert "no list" in unreadable(source(server, workers="workers"))


def test_headers_come_from_the_environment_and_from_files(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.says = Answer(b'{"pending": 1}')
    monkeypatch.setenv("QUEUE_TOKEN", SECRET)
    (tmp_path / "key").write_text("k3y\n")
    headers = {"authorization": {"env": "QUEUE_TOKEN"}, "X-Key": {"file": "key"}}
    queue = TaskQueue.model_validate(source(server, headers=headers), context={FOLDER: tmp_path})
    assert queue.http
    assert http.read(queue.http, 20).pending == 1
    sent = {name.lower(): value for name, value in server.requests[0].headers.items()}
    assert (sent["authorization"], sent["x-key"]) == (SECRET, "k3y")


@pytest.mark.parametrize("value", ["", "s3cret\nX-Other: 1", "s3crét", "s3cret\x00"])
def test_what_can_be_no_header_is_not_sent_and_not_shown(
    server: Server, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    headers = {"Authorization": {"env": "QUEUE_TOKEN"}}
    if "\x00" not in value:
        monkeypatch.setenv("QUEUE_TOKEN", value)
    why = unreadable(source(server, headers=headers))
    assert "$QUEUE_TOKEN" in why
    assert "s3cr" not in why
    assert not server.requests


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (204, "200 alone"),
        (301, "a redirect"),
        (302, "a redirect"),
        (307, "a redirect"),
        (401, "other headers"),
        (403, "other headers"),
        (404, "answers 404"),
        (500, "answers 500"),
    ],
)
def test_nothing_but_200_is_an_answer(
    server: Server, monkeypatch: pytest.MonkeyPatch, status: int, why: str
) -> None:
    monkeypatch.setenv("QUEUE_TOKEN", SECRET)
    server.says = Answer(b'{"pending": 1}', status, {"Location": f"{server.root_url}/elsewhere"})
    said = unreadable(source(server, headers={"Authorization": {"env": "QUEUE_TOKEN"}}))
    assert why in said
    assert "s3cret" not in said
    assert len(server.requests) == 1


def test_an_address_is_shown_without_its_query(server: Server) -> None:
    server.says = Answer(b"<html>t0ken</html>")
    why = unreadable(source(server))
    assert why.startswith(f"{server.root_url}/stats can't be read")
    assert "t0ken" not in why


def test_an_answer_is_not_read_beyond_its_limit(server: Server) -> None:
    server.says = Answer(b'{"pending": 1}' + b" " * http.LARGEST)
    assert "more than 5,000,000 bytes" in unreadable(source(server))


def test_an_answer_that_goes_on_and_on_is_given_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.says = Answer(b'{"pending": 1}')
    clock = count()
    monkeypatch.setattr(http, "monotonic", lambda: next(clock) * 15)
    assert "within 10 seconds" in unreadable(source(server), seconds=10)


def test_a_packed_answer_is_not_unpacked(server: Server) -> None:
    server.says = Answer(compress(b'{"pending": 1}'), headers={"Content-Encoding": "gzip"})
    assert "no JSON" in unreadable(source(server))
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


def test_a_server_that_answers_too_late_is_unreadable() -> None:
    given_up, too_long = Event(), []

    def late(_: Request) -> Answer:
        too_long.append(not given_up.wait(10))
        return Answer(b'{"pending": 1}')

    with serving(late) as root_url:
        queue = {"http": {"url": f"{root_url}/", "pending": "pending"}}
        assert "within 0.1 seconds" in unreadable(queue, seconds=0.1)
        assert not too_long
        given_up.set()


def test_a_server_that_stops_halfway_is_unreadable(server: Server) -> None:
    server.says = Answer(b'{"pending": 1}', headers={"Content-Length": "20"})
    assert "within 0.1 seconds" in unreadable(source(server), seconds=0.1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/?t0ken", "https://127.0.0.1:1/?t0ken"])
def test_nobody_there_is_unreadable(url: str) -> None:
    why = unreadable({"http": {"url": url, "pending": "pending"}})
    assert "no way to it (NewConnectionError)" in why
    assert "t0ken" not in why


def test_a_server_that_is_not_the_one_it_says_is_unreadable(server: Server) -> None:
    url = server.root_url.replace("http:", "https:")
    assert "no way to it (SSLError)" in unreadable({"http": {"url": f"{url}/", "pending": "a"}})


def test_the_environments_proxy_is_used_but_not_for_this_machine_itself(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, server.root_url.replace("//", "//me:p%40ss@"))
    server.says = Answer(b'{"pending": 1}')
    assert asked(source(server)).pending == 1
    server.says = Answer(b"", 403)
    unreadable({"http": {"url": "https://queue.example/", "pending": "pending"}})
    direct, tunnel = server.requests
    assert direct.target.startswith("/stats")
    assert (tunnel.method, tunnel.target) == ("CONNECT", "queue.example:443")
    assert tunnel.headers["proxy-authorization"] == "Basic bWU6cEBzcw=="


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://queue.example/"},
        {"url": "http://127.0.0.1.example/"},
        {"url": "https://me:password@queue.example/"},
        {"url": "https://queue.example"},
        {"url": "https://queue.example/#part"},
        {"url": "ftp://queue.example/"},
        {"url": "file:///etc/passwd"},
        {"pending": "jobs["},
        {"pending": "(" * 2000},
        {"pending": ""},
        {"claimed": "a..b"},
        {"workers": "{"},
        {"headers": {"Authorization": SECRET}},
        {"headers": {"Two Words": {"env": "A"}}},
    ],
    ids=str,
)
def test_what_could_never_be_asked_is_refused_in_the_document(wrong: dict[str, Any]) -> None:
    right = {"url": "https://queue.example/", "pending": "jobs"}
    TaskQueue.model_validate({"http": right})
    with pytest.raises(ValidationError):
        TaskQueue.model_validate({"http": {**right, **wrong}})


WORKERS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from([A, B]) | JSON, "state": st.just("idle") | JSON}),
    max_size=3,
)
ANSWERS = JSON | st.fixed_dictionaries(
    {"pending": st.integers(-1, 9) | JSON, "claimed": JSON, "workers": WORKERS | JSON}
)


def test_whatever_it_answers_is_a_demand_that_makes_sense_or_unreadable(
    running: Server, proven: Proven
) -> None:
    @examples(100)
    @given(answer=ANSWERS, claimed=st.booleans(), workers=st.booleans())
    def holds(answer: Any, claimed: bool, workers: bool) -> None:
        makes_sense_or_is_unreadable(running, answer, claimed, workers)

    holds()
    proven("inputs", ("answers of queues over HTTP",), (number(100),), [])


def makes_sense_or_is_unreadable(
    running: Server, answer: Any, claimed: bool, workers: bool
) -> None:
    running.says = Answer(json.dumps(answer).encode())
    asks = [("claimed", claimed), ("workers", workers)]
    try:
        demand = asked(source(running, **{name: name for name, is_asked in asks if is_asked}))
    except Unreadable:
        return
    assert demand.pending == answer["pending"] in range(MOST + 1)
    assert demand.claimed == (answer["claimed"] if claimed else None)
    rows = answer["workers"] if workers else []
    expected = {row["id"]: Worker(row["id"], State(row["state"])) for row in rows}
    assert demand.workers == (expected if workers else None)
    assert len(expected) == len(rows)
