"""The WSGI layer in front of moto: it notes calls, keeps a trail and puts right what is wrong.

In front of all that is the weather.
"""

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
from reconciler.sandbox.clock import Clock, Passing, standing
from reconciler.sandbox.corrections import CORRECTIONS
from reconciler.sandbox.errors import as_aws_error
from reconciler.sandbox.supply import Supply
from reconciler.sandbox.weather import Dropped, sky
from reconciler.sandbox.wire import Answer, Parameters

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from reconciler.sandbox.agent import Agents

# They sleep until another call brings what they wait for.
_WAITING = {("sqs", "ReceiveMessage")}


class Layer:
    """A WSGI application."""

    def __init__(self, passing: Passing = standing) -> None:
        self.requests: list[tuple[str, str]] = []
        self.agents: Agents | None = None
        self._passing = passing
        self._backend = Backend()
        self._turn = threading.Lock()
        # The world outlives a server, since moto keeps it in the process.
        self.reset()

    def reset(self) -> None:
        """Empty the world, forget the calls, clear the sky, and begin to count the time."""
        with self._turn:
            self._backend.reset()
            self.requests.clear()
            self.clock = Clock(self._passing)
            self.supply = Supply()
            self.sky = sky("fair", 0, self.clock)
            if self.agents:
                self.agents.forget(self.clock)

    def begin(self, weather: str, seed: int) -> None:
        """Raises `NoSuchWeather`."""
        with self.between_calls():
            self.sky = sky(weather, seed, self.clock)

    @contextmanager
    def between_calls(self) -> Iterator[None]:
        """A block in which nobody is answered, and what was due by now has happened."""
        with self._turn:
            self._see()
            yield
            self._see()

    def _see(self) -> None:
        self.clock.catch_up()
        if self.agents:
            self.agents.see()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = _read(environ)
        call = Call.of(request, self.clock, self.supply, self.agents)
        with self._in_turn(call):
            self.requests.append((call.service, call.operation))
            response = self._under_the_sky(call, request)
        return response(environ, start_response)

    @contextmanager
    def _in_turn(self, call: Call) -> Iterator[None]:
        """One by one: moto is not made for threads, and corrections look before they act."""
        if (call.service, call.operation) in _WAITING:
            yield
        else:
            with self.between_calls():
                yield

    def _under_the_sky(self, call: Call, request: Request) -> Response:
        if not self.sky.covers(call):
            return self._told(call, request)
        try:
            parameters = wire.read_request(call.service, call.operation, request)
            answer = self.sky.over(
                call, parameters, partial(self._beneath, call, request, parameters)
            )
            return wire.write_response(call.service, call.operation, answer)
        except Dropped:
            raise
        except Exception as error:
            return wire.write_error(call.service, call.by_form, as_aws_error(call, error))

    def _beneath(
        self, call: Call, request: Request, was: Parameters, parameters: Parameters
    ) -> Answer:
        """What is answered in fair weather, to what is asked now."""
        if parameters is not was:
            request = _read(
                wire.write_request(call.service, call.operation, parameters, call.authorization)
            )
        return wire.read_response(call.service, call.operation, self._told(call, request))

    def _told(self, call: Call, request: Request) -> Response:
        """The response, and the trail has it."""
        response = self._respond(call, request)
        trail.keep(call, request, response)
        return response

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
    """The whole request, in such a way that moto can read its body again.

    Who sends it slowly keeps nobody else waiting.
    """
    request = Request(environ, populate_request=False)
    environ["wsgi.input"] = io.BytesIO(request.get_data())
    if request.method == "PUT" and request.mimetype == FORM:
        # S3 keeps it as it comes, and moto would take it apart.
        environ["CONTENT_TYPE"] = "binary/octet-stream"
    return request
