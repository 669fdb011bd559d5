"""No answer of AWS's makes it fall over, whatever stands between us and AWS makes of it.

One answer of a pass is another one than AWS gave: cut off, a page of somebody's proxy, JSON or XML
that says something else. Then the pass says in its own words what it could not read, and changes
nothing that it would not change else.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session

from tests.conftest import Proven, Ran
from tests.effort import EFFORT
from tests.laws.cases import BYSTANDER, CASES, Clients, document
from tests.quick import reads
from tests.world import world

FEW = ("Policy", "SecurityGroup", "Parameter", "Queue")
MOST_SECONDS = 5
COUNT = 8 if EFFORT == 1 else 25 * EFFORT

_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body>Who are you?</body></html>"
_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in b"bcdefghijk"
    )
    + b"]><a>&k;</a>"
)
WHOLE = (
    *(b"", _PAGE, _BOMB, b"null", b"[]", b"{}", b"3", b'""', b"<a/>", b"\xff\xfe\0", b"9" * 5000),
    *(b"[" * 100_000, b'{"a":' * 100_000, b"<a>" * 100_000, b"NaN"),
)
"""What may come instead of an answer."""
PARTS = (
    *(b"", b"null", b"[]", b"{}", b'""', b"-1", b"true", b"\0", b"\xe2\x80\xae", b"<a>", b"</a>"),
    *(b"x" * 10_000, b"1e999", b'"', b"&a;", b"]]>"),
)
"""What may come in the middle of one."""


def spoiled(body: bytes, dice: random.Random) -> bytes:
    """Another answer than this."""
    match dice.randrange(4):
        case 0:
            return dice.choice(WHOLE)
        case 1:
            return body[: dice.randint(0, len(body))]
        case 2:
            start = dice.randint(0, len(body))
            return body[:start] + dice.choice(PARTS) + body[start + dice.choice((0, 1, 8, 60)) :]
        case _:
            return _of_another_form(body, dice)


def _of_another_form(body: bytes, dice: random.Random) -> bytes:
    """The same, but for one value or one element."""
    try:
        data = json.loads(body)
    except ValueError:
        names = body.split(b"<")
        at = dice.randrange(len(names))
        return b"<".join([*names[:at], *names[at + 1 :]])
    places = list(_places(data))
    if not places:
        return b"[]"
    holder, key = dice.choice(places)
    holder[key] = dice.choice([None, True, -1, 10**30, "", "\u202e\0", [], {}, [[]], {"a": "b"}])
    return json.dumps(data).encode()


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(data, dict | list):
        for key in list(data) if isinstance(data, dict) else range(len(data)):
            yield data, key
            yield from _places(data[key])


@contextmanager
def one_spoiled(number: int, dice: random.Random) -> Iterator[list[int]]:
    """Of the answers in the block that of this number is spoiled; how many came, in the end."""
    really, count = URLLib3Session.send, [0]

    def send(session: Any, request: Any) -> Any:
        response = really(session, request)
        if b"app/reconcile" in str(request.headers.get("User-Agent")).encode():
            count[0] += 1
            if count[0] == number:
                response._content = spoiled(response.content, dice)
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(URLLib3Session, "send", send)
        yield count


@pytest.fixture
def made(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An estate that is as declared; with EFFORT it has a resource of each kind."""
    if EFFORT == 1:
        reads(monkeypatch, FEW.__contains__)
    monkeypatch.setenv("TOKEN", "a secret")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "second"}])
    some = [case for case in CASES if EFFORT > 1 or case.kind in FEW]
    around = dict.fromkeys(text for case in some for text in (BYSTANDER, *case.around))
    if EFFORT == 1:
        around = {text: None for text in around if any(f"kind: {kind}\n" in text for kind in FEW)}
    desired(*around, *(document(case.kind, "one", case.spec) for case in some))
    assert reconcile("apply", "--yes").status == 0


def test_a_pass_that_got_another_answer_says_so_and_changes_nothing(
    made: None,
    aws: Clients,
    reconcile: Callable[..., Ran],
    proven: Proven,
) -> None:
    before, calls, slowest = world(aws), 12, 0.0
    for number in range(COUNT):
        dice = random.Random(f"answers {number}")
        begun = time.process_time()
        with one_spoiled(1 + dice.randrange(calls), dice) as came:
            ran = reconcile("plan", "--detailed-exitcode")
        calls = max(calls, came[0])
        slowest = max(slowest, time.process_time() - begun)
        assert ran.status in (0, 1, 2, 3), (number, ran)
        assert "Traceback" not in ran.out + ran.err, (number, ran)
        assert ran.status != 1 or ran.err or "could not be read" in ran.out, (number, ran)
        # A sign that turns the direction of text is shown by its number alone.
        assert "\u202e" not in ran.out + ran.err, (number, ran)
    assert slowest < MOST_SECONDS
    assert world(aws) == before
    proven("inputs", ("answers of AWS",), (COUNT,), [])
