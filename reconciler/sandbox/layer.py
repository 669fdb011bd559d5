"""The WSGI layer in front of moto: it notes calls, keeps a trail and puts right what is wrong."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from reconciler.sandbox import trail, wire
from reconciler.sandbox.backend import Backend
from reconciler.sandbox.call import FORM, Call, Correction, Onward
from reconciler.sandbox.corrections import CORRECTIONS
from reconciler.sandbox.errors import as_aws_error
from reconciler.sandbox.wire import Answer, Parameters

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# They sleep until another call brings what they wait for.
_WAITING = {("sqs", "ReceiveMessage")}


class Layer:
    """A WSGI application."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self._backend = Backend()
        self._turn = threading.Lock()

    def reset(self) -> None:
        """Empty the world, and forget the calls."""
        with self._turn:
            self._backend.reset()
            self.requests.clear()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = _read(environ)
        call = Call.of(request)
        with self._in_turn(call):
            self.requests.append((call.service, call.operation))
            response = self._respond(call, request)
            trail.keep(call, request, response)
        return response(environ, start_response)

    @contextmanager
    def _in_turn(self, call: Call) -> Iterator[None]:
        """One by one: moto is not made for threads, and corrections look before they act."""
        if (call.service, call.operation) in _WAITING:
            yield
        else:
            with self._turn:
                yield

    def _respond(self, call: Call, request: Request) -> Response:
        corrections = CORRECTIONS.get(call.service, {}).get(call.operation, ())
        try:
            if not corrections:
                return self._backend(request.environ)
            onward: Onward = partial(self._ask, call)
            for correction in reversed(corrections):
                onward = _before(onward, correction, call)
            answer = onward(wire.read_request(call.service, call.operation, request))
            return wire.write_response(call.service, call.operation, answer)
        except Exception as error:
            return wire.write_error(call.service, call.by_form, as_aws_error(call, error))

    def _ask(self, call: Call, parameters: Parameters) -> Answer:
        """What moto answers."""
        asked = wire.write_request(call.service, call.operation, parameters, call.authorization)
        return wire.read_response(call.service, call.operation, self._backend(asked))


def _before(onward: Onward, correction: Correction, call: Call) -> Onward:
    return lambda parameters: correction(call, parameters, onward)


def _read(environ: WSGIEnvironment) -> Request:
    """The request, in such a way that moto can read its body again."""
    request = Request(environ, populate_request=False)
    if request.headers.get("X-Amz-Target") or request.mimetype == FORM:
        environ["wsgi.input"] = io.BytesIO(request.get_data())
    return request
