"""What a piece of work has to tell of itself: at its end, such as what a launch bought, and while
it goes on, such as what a machine prints; and whether it is to be given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Listener(NamedTuple):
    """Who listens to a piece of work."""

    told: list[object]
    output: Callable[[str], object]
    """Hears lines of text as they come, each with its end."""
    stopped: Callable[[], str]
    """Why the work is to be given up, or ""."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(
    output: Callable[[str], object] = lambda _: None, stopped: Callable[[], str] = lambda: ""
) -> Iterator[list[object]]:
    """What is told in this thread while the block runs."""
    listener = Listener([], output, stopped)
    before = _listener.set(listener)
    try:
        yield listener.told
    finally:
        _listener.reset(before)


def tell(what: object) -> None:
    """Say something to whoever listens."""
    if listener := _listener.get():
        listener.told.append(what)


def say(text: str) -> None:
    """Let whoever listens see some output."""
    if listener := _listener.get():
        listener.output(text)


def why_stop() -> str:
    """Why this piece of work is to be given up, or ""."""
    listener = _listener.get()
    return listener.stopped() if listener else ""
