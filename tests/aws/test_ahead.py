"""A listing of EC2's: each page once and in its order, asked for before the one ahead is read."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, PaginationError
from botocore.session import get_session
from urllib3 import HTTPResponse

from reconciler.aws.ahead import pages, seen_ahead

PATIENCE = 20.0
"""Seconds in which a request that is sent ahead surely comes."""


class Ec2:
    """Answers a listing of VPCs: page 0 leads to page 1, and so on to the last."""

    def __init__(self, last: int, status: dict[str, int] | None = None) -> None:
        self.asked: list[str] = []
        self.coming = {str(page): threading.Event() for page in range(10)}
        self._last = last
        self._status = status or {}
        core = get_session()
        core.set_credentials("key", "secret")
        self.events = core.get_component("event_emitter")
        self.events.register_last("before-send.ec2", self._answer)
        seen_ahead(core)
        self.client = core.create_client("ec2", region_name="us-west-2")

    def listing(self) -> Iterator[Any]:
        return pages(self.client.describe_vpcs, {})

    def body(self, page: str) -> str:
        number = int(page)
        token = f"<nextToken>{number + 1}</nextToken>" if number < self._last else "<nextToken/>"
        return f"<R><vpcSet><item><vpcId>{page}</vpcId></item></vpcSet>{token}</R>"

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        body = request.body if isinstance(request.body, str) else request.body.decode()
        page = dict(part.split("=", 1) for part in body.split("&")).get("NextToken", "0")
        self.asked.append(page)
        self.coming[page].set()
        raw = HTTPResponse(BytesIO(self.body(page).encode()), preload_content=False)
        return AWSResponse(request.url, self._status.get(page, 200), {}, raw)


def names(listing: Iterator[Any]) -> list[str]:
    return [vpc["VpcId"] for page in listing for vpc in page["Vpcs"]]


@pytest.mark.parametrize("last", [0, 1, 2, 7])
def test_each_page_comes_once_and_in_its_order(last: int) -> None:
    ec2 = Ec2(last)
    every = [str(page) for page in range(last + 1)]
    assert names(ec2.listing()) == every
    assert sorted(ec2.asked) == every


def test_the_next_page_is_asked_for_before_one_is_read() -> None:
    ec2 = Ec2(4)
    came: list[bool] = []

    def wait(response_dict: dict[str, Any], **_: object) -> None:
        if token := re.search(b"<nextToken>(.*)</nextToken>", response_dict["body"]):
            came.append(ec2.coming[token[1].decode()].wait(PATIENCE))

    ec2.client.meta.events.register_last("before-parse.ec2", wait)
    assert names(ec2.listing()) == ["0", "1", "2", "3", "4"]
    assert came == [True] * 4


def test_no_more_than_the_next_page_is_asked_for() -> None:
    ec2 = Ec2(9)
    listing = ec2.listing()
    next(listing)
    next(listing)
    listing.close()  # type: ignore[attr-defined]
    assert sorted(ec2.asked) == ["0", "1", "2"]


def test_what_goes_wrong_with_a_page_is_said_once_it_is_its_turn() -> None:
    ec2 = Ec2(3, {"2": 400})
    listing = ec2.listing()
    assert names(islice(listing, 2)) == ["0", "1"]
    with pytest.raises(ClientError):
        next(listing)


def test_a_page_that_leads_to_itself_ends_the_listing() -> None:
    class Stuck(Ec2):
        def body(self, _: str) -> str:
            return super().body("0")

    with pytest.raises(PaginationError):
        names(Stuck(1).listing())


MUCH = "<a>b</a>" * 500
PLACES = {
    "before the items": lambda items, token: token + items,
    "far from either end": lambda items, token: MUCH + token + items + MUCH,
    "elsewhere, too": lambda items, token: "<a><nextToken>9</nextToken></a>" + items + token,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_token_counts_where_the_model_has_it(place: str) -> None:
    class Other(Ec2):
        def body(self, page: str) -> str:
            items, token, _ = re.split("(<nextToken.*)</R>", super().body(page)[3:])
            return f"<R>{PLACES[place](items, token)}</R>"

    assert names(Other(2).listing()) == ["0", "1", "2"]
