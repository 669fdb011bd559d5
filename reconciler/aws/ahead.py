"""EC2's listings page by page: the next one is on its way while a page is read.

A page of a thousand instances takes as long to read as it does to come, and its end says already
what the next one is asked for by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

Page = Mapping[str, Any]
Call = Callable[..., Page]

_TOKEN = re.compile(rb"<nextToken>([^<&]+)</nextToken>")
_NEAR = 1000
"""So many bytes from either end of a page EC2 writes the token: before or after all its items."""

_came: ContextVar[Callable[[str | None], None] | None] = ContextVar("came", default=None)


def seen_ahead(core: Session) -> None:
    """Let what a page ends with be seen before the page is read, once it is unpacked."""
    core.get_component("event_emitter").register_last("before-parse.ec2", _look)


def pages(call: Call, parameters: Mapping[str, Any]) -> Iterator[Page]:
    """All pages of a listing; `call` is a client's method, which says NextToken of all but the
    last one and takes it as a parameter.

    Raises what the call raises, once it comes to that page, and botocore's PaginationError where
    AWS would send a page again and again.
    """
    with ThreadPoolExecutor(2) as threads:
        listing = _Listing(call, parameters, threads)
        token: str | None = ""
        while token is not None:
            page = listing.page(token)
            yield page
            before, token = token, page.get("NextToken") or None
            if token == before:
                raise _again(before)


class _Listing:
    """The pages by their tokens: while who reads is at one of them, the next may come."""

    def __init__(self, call: Call, parameters: Mapping[str, Any], threads: Executor) -> None:
        self._call = call
        self._parameters = parameters
        self._threads = threads
        self._changing = Lock()
        self._at: str | None = None
        self._next: dict[str, str] = {}
        self._read: dict[str, Event] = {}
        self._coming: dict[str, Future[Page]] = {}

    def page(self, token: str) -> Page:
        with self._changing:
            self._at = token
            coming = self._coming.pop(token, None)
            if token in self._next:
                self._begin_after(token)
        return coming.result() if coming else self._asked(token)

    def _asked(self, token: str, before: Event | None = None) -> Page:
        """A page, read once that before it is: each takes much memory while it is."""
        read = self._read[token] = Event()
        came = _came.set(partial(self._come, token, before))
        try:
            return self._call(**self._parameters, **({"NextToken": token} if token else {}))
        finally:
            _came.reset(came)
            read.set()

    def _come(self, token: str, before: Event | None, following: str | None) -> None:
        if following:
            with self._changing:
                self._next[token] = following
                if token == self._at:
                    self._begin_after(token)
        if before:
            before.wait()

    def _begin_after(self, token: str) -> None:
        asked = partial(self._asked, self._next[token], self._read[token])
        self._coming[self._next[token]] = self._threads.submit(copy_context().run, asked)


def _again(token: str) -> BotoCoreError:
    from botocore.exceptions import PaginationError

    again: BotoCoreError = PaginationError(message=f"the token {token} leads to itself")
    return again


def _look(response_dict: Mapping[str, Any], **_: object) -> None:
    """Tell who reads a listing what its next page is asked for by."""
    if (came := _came.get()) and response_dict["status_code"] == 200:
        body = response_dict["body"]
        found = _TOKEN.search(body[:_NEAR]) or _TOKEN.search(body[-_NEAR:])
        came(found[1].decode() if found else None)
