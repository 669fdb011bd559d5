"""What a loop remembers from pass to pass: a value that is passed in, and whose parts expire. Pure.

Without it everything is still right, if less well informed: nobody knows then what failed a moment
ago, nor for how long a worker has been idle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from reconciler.fleet.lately import AVOIDED, FORGOTTEN
from reconciler.fleet.launched import Launched
from reconciler.fleet.offering import Failure, Interruption, Offering

INVISIBLE = 120.0
"""For so long what was launched may not show in a listing.

AWS says only that it may take a while, and asks to try again with growing pauses, up to minutes
(https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
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

    def at(self, now: float) -> Memory:
        """Without what no longer matters."""
        return replace(
            self,
            failures=tuple(f for f in self.failures if now - f.when < AVOIDED),
            interruptions=tuple(i for i in self.interruptions if now - i.when < FORGOTTEN),
            asked=tuple(a for a in self.asked if now - a.when < INVISIBLE),
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
