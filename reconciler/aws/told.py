"""What a piece of work has to tell of itself beside how it ended, such as what a launch bought."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_told: ContextVar[list[object] | None] = ContextVar("told", default=None)


@contextmanager
def listening() -> Iterator[list[object]]:
    """What is told in this thread while the block runs."""
    found: list[object] = []
    before = _told.set(found)
    try:
        yield found
    finally:
        _told.reset(before)


def tell(what: object) -> None:
    """Say something to whoever listens."""
    found = _told.get()
    if found is not None:
        found.append(what)
