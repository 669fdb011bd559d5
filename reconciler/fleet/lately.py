"""What the market did to us lately, as far as it should still matter: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import fsum

from reconciler.fleet.offering import Failure, Interruption, Offering

AVOIDED = 180.0
"""Three minutes: how long an offering is left alone that AWS could not sell."""

PENALTY = 0.25
"""How much dearer an offering counts for each interruption, at first."""

CALMING = 1800.0
"""After half an hour an interruption counts half.

In six weeks of three pools of p3.2xlarge (us-west-2, 2023), half of those that ran dry still were
so half an hour later, and a quarter six hours later.
"""

FORGOTTEN = 3 * 3600.0


def failing(failures: Iterable[Failure], now: float) -> dict[Offering, Failure]:
    """What not to ask for again yet, each with its last failure."""
    recent = (failure for failure in failures if now - failure.when < AVOIDED)
    ordered = sorted(recent, key=lambda failure: (failure.when, failure.code))
    return {failure.offering: failure for failure in ordered}


def unrest(interruptions: Iterable[Interruption], now: float) -> dict[Offering, float]:
    """By what its price is to be multiplied, for each offering that was interrupted lately.

    AWS's clock may be a little ahead of ours: what seems to come is taken as just happened.
    """
    penalties = defaultdict(list)
    for interruption in interruptions:
        age = max(0.0, now - interruption.when)
        if age < FORGOTTEN:
            penalties[interruption.offering].append(PENALTY * 2.0 ** (-age / CALMING))
    return {offering: 1.0 + fsum(found) for offering, found in penalties.items()}
