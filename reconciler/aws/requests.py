"""Which requests a piece of work made: by their ids CloudTrail and AWS's support know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.session import Session

_READS = ("Describe", "Get", "List")
"""How AWS begins the names of calls that change nothing."""

_made: ContextVar[list[str] | None] = ContextVar("made", default=None)


@contextmanager
def changing_requests() -> Iterator[list[str]]:
    """The ids of the changing requests that AWS answers in this thread while the block runs."""
    ids: list[str] = []
    before = _made.set(ids)
    try:
        yield ids
    finally:
        _made.reset(before)


def heard(core: Session) -> None:
    """Let the calls of a session's clients be heard of.

    botocore tells of each answer, an error's too, once it does not try again.
    https://docs.aws.amazon.com/botocore/latest/topics/events.html
    """
    core.register("after-call", _hear)


def _hear(parsed: Mapping[str, Any], model: Any, **_: object) -> None:
    ids, known = _made.get(), parsed.get("ResponseMetadata", {}).get("RequestId")
    if ids is not None and known and not model.name.startswith(_READS):
        ids.append(known)
