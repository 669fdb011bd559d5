"""The calls that AWS lets an account make in a region, spent rather than run into.

Each of these has a bucket of its own: so many at once, and then so many a second. Whoever waits for
a token waits here for less long than a refusal and its repetition would take, and takes nothing
from the other calls.
https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from botocore.session import Session


class Rate(NamedTuple):
    """How many tokens a bucket holds, and how many come back each second."""

    most: float
    refill: float


RATES = {
    "CreateFleet": Rate(50, 5),
    "CreateLaunchTemplate": Rate(50, 5),
    "CreateTags": Rate(100, 10),
    "RunInstances": Rate(5, 2),
    "TerminateInstances": Rate(100, 5),
}
"""EC2's, of the calls that fleets make many of."""

sleep: Callable[[float], None] = time.sleep


class Bucket:
    """Tokens of one call; whoever comes first gets the first that comes back."""

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.most
        self._when = now

    def take(self, now: float) -> float:
        """Take a token, and give how many seconds it is until that is there."""
        gained = (now - self._when) * self._rate.refill
        self._tokens = min(self._rate.most, self._tokens + gained) - 1
        self._when = now
        return max(0.0, -self._tokens / self._rate.refill)


_buckets: dict[tuple[str, str, str], Bucket] = {}
_taking = threading.Lock()


def budgeted(core: Session, account: str) -> None:
    """Let the calls of a session's clients wait for their tokens."""

    def wait(model: Any, request_signer: Any, **_: object) -> None:
        if rate := RATES.get(model.name):
            key, now = (account, request_signer.region_name, model.name), time.monotonic()
            with _taking:
                pause = _buckets.setdefault(key, Bucket(rate, now)).take(now)
            if pause:
                sleep(pause)

    core.register("before-call.ec2", wait)
