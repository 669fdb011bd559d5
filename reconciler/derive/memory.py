"""What a loop remembers from pass to pass: a value that is passed in, and whose parts expire. Pure.

Without it everything is still right, if less well informed: nobody knows then what failed a moment
ago, nor for how long a worker has been idle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from reconciler.fleet.lately import AVOIDED, FORGOTTEN
from reconciler.fleet.launched import Launched
from reconciler.fleet.offering import Failure, Interruption, Offering
from reconciler.model import Key, Observed, Snapshot
from reconciler.references import by_name

INVISIBLE = 120.0
"""For so long what was launched may not show in a listing.

AWS says only that it may take a while, and asks to try again with growing pauses, up to minutes
(https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
"""

TOKEN_HOLDS = 300.0
"""For so long at most the same workers mean the same token.

By then what was launched shows. And AWS gives its answer again even where that was that it has
nothing: who remembers no such answers, as a single `apply`, hears it for so long.
"""

SEPARATOR = "-"
"""Stands in a token before the number of the launch among those that are asked for together."""

_PRICES_HOLD = 24 * 3600.0
"""On-demand prices change a few times a year."""

_FIRST_WAIT = 60.0
_LONGEST_WAIT = 1800.0


class Whose(NamedTuple):
    """A worker type of an account."""

    account: str
    worker_type: str


@dataclass(frozen=True)
class Asked:
    """A launch that was asked for, and the instances that came, or None where no answer came."""

    whose: Whose
    token: str
    when: float
    instances: int
    capacity: int
    """Of each."""
    came: Mapping[str, Offering] | None

    @property
    def together(self) -> str:
        """What the launches of one worker type that were asked for together have in common."""
        return self.token.partition(SEPARATOR)[0]


@dataclass(frozen=True)
class Broken:
    """A worker type that can't be launched as it is, and when that is to be tried again."""

    why: str
    times: int
    until: float


class Price(NamedTuple):
    """USD per hour on demand, and when it was read."""

    usd: float
    when: float


class Made(NamedTuple):
    """What was made, as it was made, and when."""

    one: Observed
    when: float


@dataclass(frozen=True)
class Memory:
    """What happened lately."""

    failures: tuple[Failure, ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    asked: tuple[Asked, ...] = ()
    broken: Mapping[Whose, Broken] = field(default_factory=dict)
    prices: Mapping[tuple[str, str], Price] = field(default_factory=dict)
    """On demand, by region and type."""
    idle: Mapping[str, float] = field(default_factory=dict)
    """Since when each idle worker has been seen so."""

    made: Mapping[Key, Made] = field(default_factory=dict)
    """What was made lately and may not show yet; launches are told of by `asked`."""
    ended: Mapping[str, float] = field(default_factory=dict)
    """The workers that we ended lately, and when: they don't show, and are not about to."""

    def recalled(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with what was made lately and does not show yet."""
        unseen = {
            key: made.one
            for key, made in self.made.items()
            if key not in snapshot.ours and snapshot.reached(key.scope)
        }
        if not unseen:
            return snapshot
        foreign = {key: one for key, one in snapshot.foreign.items() if key not in unseen}
        # What refers to it by AWS's id had no name for that.
        names = {(key.kind, one.id): key.name for key, one in unseen.items()}
        return replace(snapshot, ours=by_name({**snapshot.ours, **unseen}, names), foreign=foreign)

    def has_made(self, key: Key, one: Observed, now: float) -> Memory:
        """With what was just made."""
        return replace(self, made={**self.made, key: Made(one, now)})

    def no_longer(self, key: Key) -> Memory:
        """Without what is gone or was changed: it showed, or it would not have been."""
        return replace(self, made={one: made for one, made in self.made.items() if one != key})

    def has_ended(self, worker: str, now: float) -> Memory:
        """With a worker that was just ended."""
        return replace(self, ended={**self.ended, worker: now})

    def asked_by(self, whose: Whose) -> Sequence[Asked]:
        """The launches that were asked for, for one worker type."""
        return self._asked_by.get(whose, ())

    @cached_property
    def _asked_by(self) -> Mapping[Whose, Sequence[Asked]]:
        found: dict[Whose, list[Asked]] = {}
        for one in self.asked:
            found.setdefault(one.whose, []).append(one)
        return found

    def at(self, now: float) -> Memory:
        """Without what no longer matters."""
        return replace(
            self,
            failures=tuple(f for f in self.failures if now - f.when < AVOIDED),
            interruptions=tuple(i for i in self.interruptions if now - i.when < FORGOTTEN),
            asked=tuple(a for a in self.asked if now - a.when < TOKEN_HOLDS),
            made={key: made for key, made in self.made.items() if now - made.when < INVISIBLE},
            ended={one: when for one, when in self.ended.items() if now - when < INVISIBLE},
            prices={what: p for what, p in self.prices.items() if now - p.when < _PRICES_HOLD},
        )

    def launched(self, account: str, token: str, what: Launched, now: float) -> Memory:
        """With what came of a launch."""
        whose = Whose(account, what.worker_type)
        asked = Asked(whose, token, now, what.wanted, what.capacity, what.instances)
        failures = (Failure(offering, now, code) for offering, code in what.short.items())
        broken = {one: why for one, why in self.broken.items() if one != whose}
        if what.wrong:
            broken[whose] = _again(self.broken.get(whose), what.wrong, now)
        return replace(
            self,
            failures=(*self.failures, *failures),
            asked=(*self.asked, asked),
            broken=broken,
        )

    def unanswered(self, asked: Asked) -> Memory:
        """With a launch of which nobody knows what came of it."""
        return replace(self, asked=(*self.asked, asked))

    def refused(self, whose: Whose, why: str, now: float) -> Memory:
        """With a worker type that AWS won't launch as it is."""
        return replace(
            self, broken={**self.broken, whose: _again(self.broken.get(whose), why, now)}
        )

    def seen_idle(self, workers: Iterable[str], now: float) -> Memory:
        """With the workers that are idle now, and no others."""
        return replace(self, idle={one: self.idle.get(one, now) for one in workers})

    def interrupted(self, offerings: Iterable[Offering], now: float) -> Memory:
        return replace(
            self,
            interruptions=(
                *self.interruptions,
                *(Interruption(offering, now) for offering in offerings),
            ),
        )


def _again(before: Broken | None, why: str, now: float) -> Broken:
    times = before.times + 1 if before else 1
    return Broken(why, times, now + min(_FIRST_WAIT * 2.0 ** (times - 1), _LONGEST_WAIT))
