"""The embedded AWS asked by calling it: more than half of a call's cost is the network between."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from reconciler.aws import session
from reconciler.sandbox import Sandbox, serving

if TYPE_CHECKING:
    from reconciler.sandbox.layer import Layer

_LAYERS: dict[str, Layer] = {}
"""Of the sandboxes of this process that are asked so, by host and port."""


@contextmanager
def embedded(agent: bool = False) -> Iterator[Sandbox]:
    """A sandbox that botocore asks over no socket where it is in this process.

    Other programs, and other clients, reach it by its endpoint.
    """
    with serving(agent=agent) as sandbox:
        place = urlsplit(sandbox.endpoint).netloc
        _LAYERS[place] = sandbox._layer
        try:
            yield sandbox
        finally:
            del _LAYERS[place]


def called(patch: pytest.MonkeyPatch) -> None:
    """Let botocore call these sandboxes, and send to all others what it sends."""
    from reconciler.sandbox.weather import Dropped

    really = URLLib3Session.send

    def send(self: URLLib3Session, request: Any) -> AWSResponse:
        layer = _LAYERS.get(urlsplit(request.url).netloc)
        if layer is None:
            return really(self, request)
        try:
            answer = Response.from_app(layer, _environ(request), buffered=True)
        except Dropped as dropped:
            raise ConnectionClosedError(error=dropped, endpoint_url=request.url) from dropped
        return _heard(request, answer)

    patch.setattr(URLLib3Session, "send", send)


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


def _heard(request: Any, answer: Response) -> AWSResponse:
    headers = HTTPHeaderDict(answer.headers.items())
    body = io.BytesIO(answer.get_data())
    whole = HTTPResponse(body, headers, answer.status_code, preload_content=False)
    heard = AWSResponse(request.url, whole.status, whole.headers, whole)
    if not request.stream_output:
        assert heard.content is not None
    return heard


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
