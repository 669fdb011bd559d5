"""The lock of an estate: a claim that a run has while it changes AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from reconciler.aws.claim import SETTLES, Claim, Holder, parsed
from reconciler.aws.session import Aws
from reconciler.errors import Locked, ReconcileError

_ASKED_EVERY = 3.0
_REMEMBERED = 5.0


class Waiting(NamedTuple):
    """For how long a run waits for the lock, by which clock, and who hears whom it waits for."""

    seconds: float
    now: Callable[[], float]
    """A clock that never goes back."""
    sleep: Callable[[float], None]
    tell: Callable[[str], None] = lambda _: None


class Lock:
    """The lock while it is held."""

    def __init__(self, aws: Aws, estate: str, me: Holder, now: Callable[[], float]) -> None:
        self._aws, self._estate, self._now = aws, estate, now
        self.me = me
        self._asked = now()
        self._lost = ""

    def lost(self) -> str:
        """Why nothing more may be changed, or "" while the lock is ours.

        To be asked before each change: AWS is asked only when its last answer is too old. So what
        is begun in the `_REMEMBERED` seconds after somebody frees a living run's lock is begun.
        """
        now = self._now()
        if not self._lost and now - self._asked >= _REMEMBERED:
            self._asked, self._lost = now, self._why_lost()
        return self._lost

    def _why_lost(self) -> str:
        try:
            there = holder(self._aws, self._estate)
        except ReconcileError as error:
            return f"nobody can tell whose the lock is now: {error}"
        if there is None:
            return f"the lock of estate {self._estate} was freed by somebody else"
        return "" if there.id == self.me.id else f"the lock went to {there}"


@contextmanager
def held(aws: Aws, estate: str, me: Holder, waiting: Waiting) -> Iterator[Lock]:
    """Hold the lock of the estate, in its first region; raises `Locked` when another keeps it.

    However the block ends, the lock is freed: only a process that is killed leaves it behind.
    """
    try:
        _take(aws, estate, me, waiting)
        yield Lock(aws, estate, me, waiting.now)
    except BaseException:
        # Also when taking it failed: AWS may have acted and only its answer was lost.
        try:
            _release(aws, estate, me)
        except ReconcileError as left_over:
            # What went wrong first is the thing to raise.
            waiting.tell(str(left_over))
        raise
    _release(aws, estate, me)


def holder(aws: Aws, estate: str) -> Holder | None:
    """Who has the lock; refuses what has the lock's name and is none."""
    return _claim(aws, estate).holder()


def parameter(aws: Aws, estate: str) -> str:
    """The name of the parameter that is the lock."""
    return _claim(aws, estate).name


def free(aws: Aws, estate: str, lock_id: str) -> Holder:
    """Take a dead run's lock away, and tell whose it was.

    The id makes sure that it is the lock that somebody looked at: by now another run may have one.
    """
    there = holder(aws, estate)
    if there is None:
        raise ReconcileError(f"estate {estate} is not locked: there is nothing to unlock")
    if there.id != lock_id:
        raise ReconcileError(f"estate {estate} has another lock than {lock_id}: {there}")
    _delete(aws, estate, lock_id)
    return there


def _take(aws: Aws, estate: str, me: Holder, waiting: Waiting) -> None:
    begun = last_held = waiting.now()
    made, told = False, ""
    while True:
        made = _claim(aws, estate).create(me) or made
        there = holder(aws, estate)
        # True as well when the answer to our creating got lost, and the SDK asked a second time.
        if there and there.id == me.id:
            return
        until = begun + waiting.seconds
        if there and not made:
            last_held = waiting.now()
        else:
            # Nobody is in the way: it is AWS that needs a while.
            until = max(until, last_held + SETTLES)
        left = until - waiting.now()
        if left <= 0:
            raise Locked(_why_locked(estate, there, waiting.seconds))
        goal = f"waiting for the lock of estate {estate}" + (f": {there}" if there else "")
        if goal != told:
            waiting.tell(goal)
            told = goal
        waiting.sleep(min(_ASKED_EVERY, left))


def _why_locked(estate: str, there: Holder | None, seconds: float) -> str:
    if there is None:
        return f"AWS gives nobody the lock of estate {estate} at the moment: try again in a minute"
    passing = "it is a loop's, which frees it after each pass; " if there.loop else ""
    return (
        f"estate {estate} is locked (waited {seconds:g} s): {there}; {passing}"
        f"if that run is dead, `reconcile unlock {there.id}` frees it"
    )


def _release(aws: Aws, estate: str, me: Holder) -> None:
    """Delete the lock if it is still ours.

    SSM deletes by name alone. So if somebody unlocks ours between the look and the deletion, and
    a third run takes the lock in that very moment, we delete the third's. That run notices before
    its next change, or `_REMEMBERED` later, and stops: it takes a mistaken unlock to get there, and
    at worst a change that had begun overlaps with another run's first.
    """
    there = parsed(_claim(aws, estate).text())
    if there and there.id == me.id:
        _delete(aws, estate, me.id)


def _delete(aws: Aws, estate: str, lock_id: str) -> None:
    _claim(aws, estate).delete(
        f"; estate {estate} may still be locked: `reconcile unlock {lock_id}` frees it"
    )


def _claim(aws: Aws, estate: str) -> Claim:
    return Claim(aws, estate, "lock", f"the lock of estate {estate}")
