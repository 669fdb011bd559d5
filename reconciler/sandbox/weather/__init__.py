"""Weather for the embedded AWS: AWS on its bad days, seeded, so that they come the same again.

A weather has a name, and commas join several: `late,echo`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconciler.sandbox.clock import Clock
from reconciler.sandbox.errors import NoSuchWeather
from reconciler.sandbox.weather.boots import slow_boots, slow_ends
from reconciler.sandbox.weather.echo import echo
from reconciler.sandbox.weather.expired import Expired
from reconciler.sandbox.weather.flaky import Flaky
from reconciler.sandbox.weather.late import Late
from reconciler.sandbox.weather.pages import pages
from reconciler.sandbox.weather.queues import SlowQueues
from reconciler.sandbox.weather.scarce import scarce
from reconciler.sandbox.weather.sky import Dropped, Piece, Sky
from reconciler.sandbox.weather.throttled import Throttled
from reconciler.sandbox.weather.unmodifiable import Unmodifiable

__all__ = ["WEATHERS", "Dropped", "Sky", "sky"]

Making = Callable[[], Piece]

# The outermost sees the call first. Pages are cut before things in them show late: a cut counts
# entries, and must find the same ones when the rest is asked for.
_OUTERMOST_FIRST = (
    Flaky,
    Expired,
    Throttled,
    echo,
    Late,
    Unmodifiable,
    SlowQueues,
    pages,
    slow_boots,
    slow_ends,
    scarce,
)

WEATHERS: Mapping[str, Sequence[Making]] = {
    "fair": (),
    "drizzle": (
        lambda: Flaky(5),
        lambda: echo,
        Late,
        lambda: pages,
        lambda: slow_boots,
        lambda: slow_ends,
    ),
    "storm": (
        lambda: Flaky(30),
        lambda: Throttled(spent=0.8),
        lambda: echo,
        Late,
        Unmodifiable,
        SlowQueues,
        lambda: pages,
        lambda: slow_boots,
        lambda: slow_ends,
        lambda: scarce,
    ),
    "flaky": (lambda: Flaky(20),),
    "throttled": (lambda: Throttled(spent=0.0),),
    "late": (Late, Unmodifiable, SlowQueues, lambda: slow_boots, lambda: slow_ends),
    "echo": (lambda: echo,),
    "expired": (Expired,),
    "pages": (lambda: pages,),
    "scarce": (lambda: scarce,),
}


def sky(name: str, seed: int, clock: Clock) -> Sky:
    """The sky under which the named weather comes, from its beginning."""
    made = [making() for one in name.split(",") for making in _named(one)]
    return Sky(sorted(made, key=_depth), seed, clock)


def _depth(piece: Piece) -> int:
    return next(n for n, of in enumerate(_OUTERMOST_FIRST) if of in (piece, type(piece)))


def _named(name: str) -> Sequence[Making]:
    if name not in WEATHERS:
        raise NoSuchWeather(f"there is no weather {name!r}: it can be {', '.join(WEATHERS)}")
    return WEATHERS[name]
