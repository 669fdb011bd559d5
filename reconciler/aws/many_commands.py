"""One command on any number of machines: so many at once, and no more once too many have failed.

SendCommand takes fifty ids. By a tag it would take thousands, and with them each machine that is
not online, to be run there whenever that comes back.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import NamedTuple

from reconciler.aws.commands import IDS_A_CALL, ONLINE, Order, Result, Sent, not_online, pings
from reconciler.aws.session import Aws

NOT_ONLINE = "not online"
NOT_BEGUN = "not begun"

# The first look comes soon, the next ones less and less often.
_FIRST, _GROWTH, _LONGEST = 0.5, 1.5, 5.0
# SSM forgets within minutes who has ended.
_LOST_EVERY = 30.0

now: Callable[[], float] = time.monotonic
"""A clock that never goes back."""
wait: Callable[[Event, float], object] = Event.wait
"""Let so many seconds go by, or less when somebody says stop."""


class Batch(NamedTuple):
    """Machines of one region of an account, no more than one call takes, and what runs there."""

    aws: Aws
    order: Order
    ids: Sequence[str]


def batches(aws: Aws, order: Order, ids: Sequence[str]) -> list[Batch]:
    starts = range(0, len(ids), IDS_A_CALL)
    return [Batch(aws, order, ids[start : start + IDS_A_CALL]) for start in starts]


class Many:
    def __init__(self, to: Sequence[Batch], at_once: int, errors: int) -> None:
        """`at_once` and `errors` bound all batches together."""
        self._waiting = deque(to)
        self._flying: list[Sent] = []
        self._at_once, self._errors = at_once, errors
        self._failed = 0
        self._stop = Event()
        self._over = False

    def stop(self) -> None:
        """Let `results` end soon; a signal's handler may call this."""
        self._stop.set()

    def cancel(self) -> None:
        """Begin nothing more, and end what has begun."""
        self._stop.clear()
        self._over = True
        for sent in self._flying:
            sent.cancel()

    def results(self, seconds: float) -> Iterator[Result]:
        """How it ended on each machine, as it ends; for so long at most."""
        until, looked, pause = now() + seconds, now(), _FIRST
        while self.left and not self._stop.is_set():
            told = False
            for result in self._look(now() - looked >= _LOST_EVERY):
                told = True
                self._failed += not result.well
                yield result
            looked = now() if now() - looked >= _LOST_EVERY else looked
            if now() >= until:
                return
            if self.left:
                pause = _FIRST if told else pause
                wait(self._stop, min(pause, until - now()))
                pause = min(pause * _GROWTH, _LONGEST)

    @property
    def left(self) -> list[str]:
        """The machines of which nothing was told yet."""
        flying = [id_ for sent in self._flying for id_ in sorted(sent.open)]
        return [*flying, *(id_ for batch in self._waiting for id_ in batch.ids)]

    def _look(self, for_lost: bool) -> Iterator[Result]:
        yield from self._begin()
        for sent in self._flying:
            yield from sent.ended()
            if for_lost:
                yield from sent.gone()
        self._flying = [sent for sent in self._flying if sent.open]

    def _begin(self) -> Iterator[Result]:
        """Send what may begin now; gives the machines on which it never will."""
        while self._waiting and (self._over or self._failed > self._errors):
            yield from (Result(id_, NOT_BEGUN) for id_ in self._waiting.popleft().ids)
        while self._waiting and len(self._flying) < max(1, self._at_once // IDS_A_CALL):
            yield from self._send(self._waiting.popleft())

    def _send(self, batch: Batch) -> Iterator[Result]:
        from botocore.exceptions import ClientError

        aws, order, ids = batch
        bounded = order._replace(
            at_once=min(self._at_once, len(ids)), errors=max(0, self._errors - self._failed)
        )
        try:
            self._flying.append(Sent(aws, bounded, ids))
        except ClientError as error:
            known = pings(aws, ids) if not_online(error) else {}
            online = [id_ for id_ in ids if known.get(id_) == ONLINE]
            if not known or len(online) == len(ids):
                self._waiting.appendleft(batch)
                raise
            if online:
                self._waiting.appendleft(batch._replace(ids=online))
            yield from (Result(id_, NOT_ONLINE) for id_ in ids if id_ not in online)
