"""A program that is killed at one of its calls of AWS: it sends nothing more and hears nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple

import pytest
from botocore.client import BaseClient

_READS = ("Describe", "Get", "List")


class Killed(BaseException):
    """The end of a process, as near as it can be had inside of one that goes on."""


class Point(NamedTuple):
    """Where a run ends."""

    call: int
    """From 1, in the order in which they are sent."""
    sent: bool
    """Whether AWS got that call, so that it is the answer alone that nobody hears."""

    def of(self, calls: list[str]) -> str:
        """For who reads of it."""
        name = calls[self.call - 1] if self.call <= len(calls) else "no call any more"
        return f"killed {'after' if self.sent else 'before'} call {self.call}, {name}"


class Run:
    """The calls that a run sends, until it is killed."""

    def __init__(self, end: Point | None) -> None:
        self.calls: list[str] = []
        self.dead = False
        self._end = end
        self._counting = threading.Lock()

    def sends(self, name: str, send: Callable[[], Any]) -> Any:
        """What AWS answers, if the run lives to send this and to hear that."""
        last = self._is_last(name)
        try:
            return send()
        finally:
            if last:
                self.dead = True
            # What others had sent by then arrives, too.
            if self.dead:
                raise Killed

    def _is_last(self, name: str) -> bool:
        """Whether no answer is heard to this call nor to any after it."""
        with self._counting:
            if self.dead:
                raise Killed
            self.calls.append(name)
            last = self._end is not None and len(self.calls) == self._end.call
            if last and self._end and not self._end.sent:
                self.dead = True
                raise Killed
            return last


@contextmanager
def killed_at(end: Point | None) -> Iterator[Run]:
    """The program of this block is killed at a point, if at any; of others it knows nothing."""
    run, really = Run(end), BaseClient._make_api_call

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        send = partial(really, client, operation, parameters)
        if client.meta.config.user_agent_appid != "reconcile":
            return send()
        return run.sends(f"{client.meta.service_model.service_name}:{operation}", send)

    with pytest.MonkeyPatch.context() as patch, suppress(Killed):
        patch.setattr(BaseClient, "_make_api_call", call)
        yield run


def points(calls: list[str], all_of_them: bool) -> Iterator[Point]:
    """Before and after each of the calls or, of fewer, after each that changes something.

    Before the next one nothing more has changed, so what they leave out is what AWS holds twice.
    """
    for number, name in enumerate(calls, 1):
        if all_of_them:
            yield Point(number, False)
        if all_of_them or not name.partition(":")[2].startswith(_READS):
            yield Point(number, True)
