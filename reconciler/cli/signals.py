"""How a run ends when it is asked to: in order, with nothing left half done and no lock left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

import typer

_Handler = Callable[[int, FrameType | None], Any]
_ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_in_order() -> Iterator[None]:
    """SIGTERM and a closed terminal end the block as Ctrl-C does: what it opened is closed."""

    def end(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with _handling(end, signal.SIGTERM, signal.SIGHUP):
        yield


@contextmanager
def stoppable() -> Iterator[Callable[[], str]]:
    """Why nothing more should be begun, or "": what was begun is finished.

    A second signal does what the first would have done outside of the block.
    """
    asked = threading.Event()

    def stop(*_: object) -> None:
        asked.set()
        typer.echo("stopping: what was begun is finished first", err=True)
        before()

    with _handling(stop, signal.SIGINT, signal.SIGTERM) as before:
        yield lambda: "the run was stopped" if asked.is_set() else ""


@contextmanager
def told_to_stop(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` when a signal asks for an end; the next one ends everything at once.

    What is ignored, as nohup has it, stays ignored.
    """
    heard = [n for n in _ASKING if signal.getsignal(n) is not signal.SIG_IGN]

    def first(*_: object) -> None:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)
        stop()

    with _handling(first, *heard):
        yield


@contextmanager
def _handling(handler: _Handler, *numbers: signal.Signals) -> Iterator[Callable[[], None]]:
    """Let `handler` hear these signals; gives what hands them back."""
    handlers = {number: signal.signal(number, handler) for number in numbers}

    def hand_back() -> None:
        for number, previous in handlers.items():
            signal.signal(number, previous)

    try:
        yield hand_back
    finally:
        hand_back()
