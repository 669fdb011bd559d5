"""botocore's own parser is used where ours is not wanted, and where it may not fit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.parsers import (
    BaseXMLResponseParser,
    EC2QueryParser,
    ResponseParser,
)
from botocore.session import Session, get_session

from reconciler.aws.parsing import PLAIN, factory, quickened
from reconciler.aws.session import connect
from tests.aws.answers import output, response
from tests.derive.fleets import ESTATE_OF, HERE

LEFT_OUT = "AmiLaunchIndex"
"""What no long answer is read for."""
ANSWER = (
    b"<DescribeInstancesResponse><reservationSet><item><instancesSet><item>"
    b"<amiLaunchIndex>7</amiLaunchIndex></item></instancesSet></item></reservationSet>"
    b"<nextToken>%s</nextToken></DescribeInstancesResponse>"
)


def parser(session: Session, protocol: str = "ec2") -> Any:
    return session.get_component("response_parser_factory").create_parser(protocol)


def is_ours(session: Session, length: int = factory.LONG) -> bool:
    """Whether an answer is read by ours, which leaves out what nobody looks at."""
    body = ANSWER % (b"a" * length)
    found = parser(session).parse(response(body), output("DescribeInstances"))
    ((instance,),) = (one["Instances"] for one in found["Reservations"])
    return LEFT_OUT not in [*instance]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.delenv(PLAIN, raising=False)
    # Tests have every answer read by ours.
    monkeypatch.setattr(factory, "LONG", 1_000)
    factory.quick.cache_clear()
    yield get_session()
    factory.quick.cache_clear()


def test_the_installed_botocore_is_one_that_ours_knows(session: Session) -> None:
    quickened(session)
    assert is_ours(session)


def test_what_is_short_is_left_to_botocore(session: Session) -> None:
    quickened(session)
    assert not is_ours(session, factory.LONG // 2)


def test_clients_of_ours_have_it_and_others_have_botocores(aws: Callable[[str], Any]) -> None:
    made: list[type] = []
    for client in (connect(ESTATE_OF).at(HERE).client("ec2"), aws("ec2")):
        found = client._endpoint._response_parser_factory.create_parser("ec2")
        made.append(type(found))
    assert made == [factory.ByLength, EC2QueryParser]


def test_what_is_not_ec2s_is_left_to_botocore(session: Session) -> None:
    plain = get_session()
    quickened(session)
    for protocol in ("query", "json", "rest-json", "rest-xml"):
        assert type(parser(session, protocol)) is type(parser(plain, protocol))


def test_a_variable_turns_it_off(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLAIN, "1")
    quickened(session)
    assert not is_ours(session)


def test_who_wants_values_read_otherwise_gets_botocores(session: Session) -> None:
    quickened(session)
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    assert not is_ours(session)


@pytest.mark.parametrize("module", ["lxml", "botocore.parsers"])
def test_without_what_it_needs_it_is_off(
    module: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("reconciler.aws.parsing.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    quickened(session)
    assert not is_ours(session)


def another_argument(self: Any, response: Any, shape: Any) -> Any:
    return {**self._do_parse(response, shape, "operation"), "ResponseMetadata": {}}


def other_booleans(self: Any, shape: Any, node: Any) -> Any:
    return node.text.lower() in ("true", "yes", "1") or None


def other_metadata(self: Any, root: Any, response: Any, parsed: Any) -> Any:
    parsed["ResponseMetadata"] = {"RequestId": root.findtext("requestId")}


def none_for_empty_lists(self: Any, shape: Any, node: Any) -> Any:
    return [self._parse_shape(shape.member, item) for item in node] or None


@pytest.mark.parametrize(
    ("where", "name", "method"),
    [
        (ResponseParser, "parse", another_argument),
        (BaseXMLResponseParser, "_handle_boolean", other_booleans),
        (BaseXMLResponseParser, "_handle_list", none_for_empty_lists),
        (EC2QueryParser, "_inject_response_metadata", other_metadata),
    ],
)
def test_with_a_botocore_that_it_does_not_know_it_is_off(
    where: type, name: str, method: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, method)
    quickened(session)
    assert factory.quick() is None


def test_where_botocore_reads_in_another_way_altogether_ours_is_never_asked(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"ResponseMetadata": {"RequestId": "a"}}
    monkeypatch.setattr(EC2QueryParser, "parse", lambda *_: answer)
    quickened(session)
    assert parser(session).parse(response(b"a" * factory.LONG), None) is answer
