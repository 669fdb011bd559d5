"""The embedded AWS asked by calling it: half of what a call costs here is the network between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from reconciler.aws import session
from reconciler.sandbox import Sandbox
from reconciler.sandbox.weather import Dropped


@contextmanager
def asked_directly(sandbox: Sandbox) -> Iterator[None]:
    """Within this block every call of botocore's goes to the sandbox, and over no socket."""

    def send(_: URLLib3Session, request: Any) -> AWSResponse:
        try:
            answer = Response.from_app(sandbox._layer, _environ(request), buffered=True)
        except Dropped as dropped:
            raise ConnectionClosedError(error=dropped, endpoint_url=request.url) from dropped
        return _Answer(request.url, answer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(URLLib3Session, "send", send)
        yield


class _Answer(AWSResponse):  # type: ignore[misc]
    def __init__(self, url: str, answer: Response) -> None:
        super().__init__(url, answer.status_code, dict(answer.headers), None)
        self._content = answer.get_data()


def _environ(request: Any) -> dict[str, Any]:
    place = urlsplit(request.url)
    headers = {name: _text(value) for name, value in request.headers.items()}
    return EnvironBuilder(
        method=request.method,
        base_url=f"{place.scheme}://{place.netloc}",
        path=place.path or "/",
        query_string=place.query,
        headers=headers,
        data=request.body or b"",
    ).get_environ()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


@contextmanager
def one_session() -> Iterator[None]:
    """Within this block all passes share their clients, which cost more to make than to use."""
    sessions: dict[str, Any] = {}
    clients: dict[Any, Any] = {}
    configured, client = session._configured, session.Aws.client

    def one(account: str, *more: Any) -> Any:
        if account not in sessions:
            sessions[account] = configured(account, *more)
        return sessions[account]

    def same(self: session.Aws, service: str, region: str | None = None, **more: Any) -> Any:
        wanted = (service, region or self.region, *more.items())
        if wanted not in clients:
            clients[wanted] = client(self, service, region, **more)
        return clients[wanted]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "_configured", one)
        patch.setattr(session.Aws, "client", same)
        yield
