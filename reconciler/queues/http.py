"""Anything that answers with JSON: where the numbers are in it is said by JMESPath."""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from reconciler.fields.plain import text
from reconciler.fields.secret import SecretSource
from reconciler.queues.addresses import Url, proxy, shown
from reconciler.queues.answers import Unreadable, count, field, is_instance, name, reading, rows
from reconciler.queues.demand import Demand, State, Worker
from reconciler.spec import Spec

if TYPE_CHECKING:
    import urllib3

LARGEST = 5_000_000
"""Bytes; an answer with more is not read to its end."""
_PIECE = 65_536


def _compiles(expression: str) -> str:
    from jmespath import compile as compiled  # type: ignore[import-untyped]
    from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]

    try:
        compiled(expression)
    except (JMESPathError, RecursionError):
        raise PydanticCustomError(
            "jmespath", "{value} is no JMESPath: see https://jmespath.org", {"value": expression}
        ) from None
    return expression


Expression = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_compiles)]
# https://www.rfc-editor.org/rfc/rfc9110#name-tokens
Header = Annotated[str, text(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", "a header's name")]


class Http(Spec):
    """An address that answers a GET with JSON, in which JMESPath (https://jmespath.org) finds it.

    Nothing but status 200 is an answer, and a redirect is followed to nowhere. An answer may have
    5 MB. A proxy is taken from the environment, as HTTPS_PROXY and NO_PROXY say.
    """

    url: Url
    """https, or http to this machine itself."""
    pending: Expression
    """How many tasks wait that nobody has taken: `queue.waiting`, or `length(jobs[?!runner])`."""
    claimed: Expression | None = None
    """How many tasks workers hold."""
    workers: Expression | None = None
    """Every registered worker with `id`, its EC2 instance, and `state`, which is idle or busy:
    `agents[].{id: instance, state: status}`. Without it nobody knows who is idle."""
    headers: dict[Header, SecretSource] = Field(default_factory=dict)
    """Headers to send; each is given whole, as in `Bearer …`, by the environment or by a file."""


def read(spec: Http, seconds: float) -> Demand:
    """What the address says, if it does so within about this many seconds."""
    with reading(shown(spec.url)):
        answer = _parsed(_fetched(spec.url, _headers(spec), seconds))
        return Demand(
            count(_found(spec.pending, answer), "pending"),
            count(_found(spec.claimed, answer), "claimed") if spec.claimed else None,
            _workers(_found(spec.workers, answer)) if spec.workers else None,
        )


def _headers(spec: Http) -> dict[str, str]:
    values = {header: _value(header, source) for header, source in spec.headers.items()}
    return {"Accept": "application/json", **values}


def _value(header: str, source: SecretSource) -> str:
    value = source.read()
    if value is None:
        raise Unreadable(f"there is nothing in {source} to send as the header {header}")
    if not value.isascii() or not value.isprintable():
        raise Unreadable(f"what is in {source} can be no header, as {header} should be")
    return value


def _fetched(url: str, headers: Mapping[str, str], seconds: float) -> bytes:
    import urllib3

    deadline, timeout = monotonic() + seconds, urllib3.Timeout(total=seconds)
    try:
        with (
            _way(url) as way,
            way.request(
                "GET",
                url,
                headers=headers,
                timeout=timeout,
                redirect=False,
                retries=False,
                preload_content=False,
                # What is packed has a size that nobody knows before; nobody asks for it, either.
                decode_content=False,
            ) as response,
        ):
            _must_be_fine(response.status)
            return _body(response, deadline)
    except (urllib3.exceptions.HTTPError, TimeoutError) as error:
        raise Unreadable(_why(error, seconds)) from None


def _why(error: Exception, seconds: float) -> str:
    """In words of ours: urllib3's may hold the address with its query."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

    late = isinstance(error, ConnectTimeoutError | ReadTimeoutError | TimeoutError)
    # urllib3 counts a refused connection among the late ones.
    if late and not isinstance(error, NewConnectionError):
        return f"it did not answer within {seconds:g} seconds"
    return f"there is no way to it ({type(error).__name__})"


def _way(url: str) -> urllib3.PoolManager:
    import urllib3

    through = proxy(url)
    if not through:
        return urllib3.PoolManager()
    user = unquote(urlsplit(through).netloc.rpartition("@")[0])
    return urllib3.ProxyManager(
        through, proxy_headers=urllib3.make_headers(proxy_basic_auth=user or None)
    )


def _must_be_fine(status: int) -> None:
    if 300 <= status < 400:
        raise Unreadable(f"it answers {status}, a redirect: give the address that it leads to")
    if status in (401, 403):
        raise Unreadable(f"it answers {status}: it wants other headers than it gets")
    if status != 200:
        raise Unreadable(f"it answers {status}, and 200 alone is an answer")


def _body(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    body = bytearray()
    while piece := response.read1(_PIECE):
        body += piece
        if len(body) > LARGEST:
            raise Unreadable(f"it answers with more than {LARGEST:,} bytes")
        # urllib3 limits the wait for each piece alone.
        if monotonic() > deadline:
            raise TimeoutError
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("what it answers is no JSON: is this the right address?") from None


def _found(expression: str, answer: Any) -> Any:
    from jmespath import search
    from jmespath.exceptions import JMESPathError

    try:
        return search(expression, answer)
    except JMESPathError:
        raise Unreadable(f"its answer does not fit the JMESPath {expression}") from None


def _workers(found: Any) -> dict[str, Worker]:
    workers = [_worker(row, f"workers[{i}]") for i, row in enumerate(rows(found, "workers"))]
    by_id = {worker.id: worker for worker in workers}
    if len(by_id) < len(workers):
        raise Unreadable("two of its workers have one id")
    return by_id


def _worker(row: Any, what: str) -> Worker:
    worker, state = name(field(row, "id"), f"{what}.id"), field(row, "state")
    # With other names every instance would look as if it had never registered.
    if not is_instance(worker):
        raise Unreadable(f"{what}.id is no EC2 instance's id, such as i-0123456789abcdef0")
    if state not in list(State):
        raise Unreadable(f"{what}.state is neither idle nor busy")
    return Worker(worker, State(state))
