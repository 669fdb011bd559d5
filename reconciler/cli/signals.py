"""How a run ends when it is asked to: in order, with nothing left half done and no lock left."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from reconciler.aws.removal import Patience

now: Callable[[], float] = time.monotonic
"""A clock that never goes back."""

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
        before()
        # Of a terminal that was closed nothing more is to be had.
        with suppress(OSError):
            typer.echo("stopping: what was begun is finished first", err=True)

    with _handling(stop, *_ASKING) as before:
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


def wait(wakes: SimpleQueue[None], seconds: float) -> None:
    """Let so many seconds go by, or less where something wakes who waits."""
    with suppress(Empty):
        wakes.get(timeout=seconds)


@contextmanager
def giving_up() -> Iterator[Patience]:
    """How to wait for what the first signal gives up; it ends the wait, too.

    No later one keeps anybody from cleaning up. What is ignored, as nohup has it, stays ignored.
    """
    from reconciler.aws.removal import Patience

    heard = [n for n in _ASKING if signal.getsignal(n) is not signal.SIG_IGN]
    # A handler may use this one in the middle of anything.
    # https://docs.python.org/3/library/queue.html#queue.SimpleQueue
    wakes: SimpleQueue[None] = SimpleQueue()
    why: list[str] = []

    def give_up(number: int, _: object) -> None:
        name = signal.Signals(number).name
        if why:
            _say(f"{name}: it is being given up, and cleaned up first")
        else:
            why.append(f"given up: {name}")
            wakes.put(None)
            _say(f"{name}: giving up, and cleaning up first")

    with _handling(give_up, *heard):
        yield Patience(now, lambda seconds: wait(wakes, seconds), lambda: "".join(why))


def _say(text: str) -> None:
    """From a handler, which may have come in the middle of other writing."""
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())


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
