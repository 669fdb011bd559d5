"""The lock of an estate: a parameter in SSM that is there while an apply changes AWS.

AWS decides who is first, since a parameter is created only where none has its name.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
It names no order between a write and the reads after it, so nobody holds the lock before a read
has shown the value that was written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from typing import NamedTuple
from uuid import uuid4

from reconciler.aws.errors import code, explained, gone_is_fine
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_pairs
from reconciler.errors import Locked, ReconcileError
from reconciler.fields.tags import ESTATE, RESOURCE

_ASKED_EVERY = 3.0
_REMEMBERED = 5.0

# AWS asks for so many seconds between deleting a parameter and creating one of its name, and says
# TooManyUpdates where tags of the old one are still about. What was just made may not show yet.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html
# https://github.com/awslabs/aws-orbit-workbench/issues/1170
# https://github.com/aws/aws-cdk-cli/pull/830
_SETTLES = 30.0
_NOT_NOW = ("ParameterAlreadyExists", "TooManyUpdates")


@dataclass(frozen=True)
class Holder:
    """Who has the lock, or wants it."""

    who: str
    """The ARN that STS gives the caller."""
    where: str
    """The host's name."""
    since: str
    """When the run asked for the lock, in UTC."""
    commit: str = ""
    id: str = field(default_factory=lambda: str(uuid4()))
    """What this run alone knows itself by, and `reconcile unlock` the lock that is meant."""

    def __str__(self) -> str:
        commit = f", at commit {self.commit}" if self.commit else ""
        line = f"{self.who} on {self.where} since {self.since}{commit} (lock {self.id})"
        return "".join(sign if sign.isprintable() else "?" for sign in line)


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
    text = _value(aws, estate)
    there = _parsed(text)
    if text is not None and there is None:
        raise ReconcileError(
            f"the parameter {_name(estate)} in {aws.region} is where the lock of estate {estate} "
            "belongs, and holds something else, which is left alone: delete it if nobody needs it"
        )
    return there


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
        made = _create(aws, estate, me) or made
        there = holder(aws, estate)
        # True as well when the answer to our creating got lost, and the SDK asked a second time.
        if there and there.id == me.id:
            return
        until = begun + waiting.seconds
        if there and not made:
            last_held = waiting.now()
        else:
            # Nobody is in the way: it is AWS that needs a while.
            until = max(until, last_held + _SETTLES)
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
    return (
        f"estate {estate} is locked (waited {seconds:g} s): {there}; "
        f"if that run is dead, `reconcile unlock {there.id}` frees it"
    )


def _create(aws: Aws, estate: str, me: Holder) -> bool:
    """Whether AWS made the parameter now; what is there is never written over."""
    from botocore.exceptions import ClientError

    with explained(f" (it is the lock of estate {estate})"):
        try:
            aws.client("ssm").put_parameter(
                Name=_name(estate),
                Type="String",
                Tier="Standard",
                Value=json.dumps(asdict(me)),
                Description=f"An apply of estate {estate} is at work while this is here",
                Tags=as_pairs({ESTATE: estate, RESOURCE: f"Lock/{estate}"}),
            )
        except ClientError as error:
            if code(error) not in _NOT_NOW:
                raise
            return False
        return True


def _release(aws: Aws, estate: str, me: Holder) -> None:
    """Delete the lock if it is still ours.

    SSM deletes by name alone. So if somebody unlocks ours between the look and the deletion, and
    a third run takes the lock in that very moment, we delete the third's. That run notices before
    its next change, or `_REMEMBERED` later, and stops: it takes a mistaken unlock to get there, and
    at worst a change that had begun overlaps with another run's first.
    """
    there = _parsed(_value(aws, estate))
    if there and there.id == me.id:
        _delete(aws, estate, me.id)


def _delete(aws: Aws, estate: str, lock_id: str) -> None:
    left_over = f"; estate {estate} may still be locked: `reconcile unlock {lock_id}` frees it"
    with explained(left_over), gone_is_fine("ParameterNotFound"):
        aws.client("ssm").delete_parameter(Name=_name(estate))


def _value(aws: Aws, estate: str) -> str | None:
    """What the lock's parameter holds, if there is one; a secret stays encrypted."""
    with explained(f" (it is the lock of estate {estate})"), gone_is_fine("ParameterNotFound"):
        return str(aws.client("ssm").get_parameter(Name=_name(estate))["Parameter"]["Value"])
    return None


def _parsed(text: str | None) -> Holder | None:
    """The holder that a value names, or None where it is no value of a lock.

    Words that it does not know it leaves out: a later version may write more of them.
    """
    try:
        words = json.loads(text or "")
        known = {word.name: words[word.name] for word in fields(Holder)}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Holder(**known) if all(isinstance(word, str) for word in known.values()) else None


def _name(estate: str) -> str:
    return f"/reconciler/lock/{estate}"
