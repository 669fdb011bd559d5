"""Deal a batch over what the market offers, so that no offering gets everything: pure.

An order becomes one call of CreateFleet. It counts instances of one capacity and needs no weights:
with weights AWS rounds up, each call anew, and a batch of several calls would buy too much
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateOverridesRequest.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reconciler.fleet.offering import Offering, Purchase
from reconciler.fleet.price import Quote

NEAR = 1.5
"""What costs more than this times the cheapest is bought only once nothing cheaper is left.

On the market of 2021 (us-east-1) two thirds of the pools of four types taken at random lay within
it, and the cheapest one lay there alone in one case of a hundred.
"""


@dataclass(frozen=True)
class Offer:
    """An offering that a worker type may buy."""

    offering: Offering
    capacity: int
    quote: Quote
    unit: float
    """USD per hour and unit of capacity, after utility: what the price limits are about."""
    cost: float
    """What it ranks by: `instance_cost` for each unit of an instance that is wanted."""
    instance_cost: float
    """USD per hour, after utility, the lower price limit, and a penalty for interruptions."""


@dataclass(frozen=True)
class Order:
    """So many instances, of any of these offerings: all of a region, of a purchase, of a size."""

    region: str
    purchase: Purchase
    capacity: int
    instances: int
    offers: tuple[Offer, ...]
    """The best first; AWS picks among them by its own knowledge of what is left of each."""

    @property
    def units(self) -> int:
        return self.instances * self.capacity


T = TypeVar("T")


def near(things: Sequence[T], cost: Callable[[T], float]) -> list[T]:
    """Those that cost about as little as the cheapest, in the same order."""
    limit = NEAR * min(map(cost, things), default=0.0)
    return [thing for thing in things if cost(thing) <= limit]


def spread(
    offers: Sequence[Offer], units: int, most: int, held: Mapping[Offering, int]
) -> tuple[Order, ...]:
    """Orders for so many units, of offers that are ranked and near each other.

    Only the last instance may be bigger than what is left, and never than `most` allows. `held` is
    the capacity that is there already, so that a fleet that grows one by one spreads as well.
    """
    lots = [_Lot(lot, sum(held.get(offer.offering, 0) for offer in lot)) for lot in _dealt(offers)]
    bought = 0
    while bought < units and (lot := _next(lots, units - bought, most - bought)):
        lot.instances += 1
        bought += lot.capacity
    return tuple(lot.order() for lot in lots if lot.instances)


class _Lot:
    """Offers that AWS may pick among, and how many instances of them the batch has so far."""

    def __init__(self, offers: Sequence[Offer], held: int) -> None:
        self.offers = offers
        self.capacity = offers[0].capacity
        self.instances = 0
        self._held = held
        # By the square, what costs half more gets less than half as much.
        self._weight = sum(offer.cost**-2 for offer in offers)

    @property
    def units(self) -> int:
        return self._held + self.instances * self.capacity

    @property
    def claim(self) -> float:
        """How much the next instance should be of this lot.

        Whoever has the highest claim gets it. That shares a batch out by weight, as Webster's
        method shares out seats, and says so for the first instance as for the thousandth.
        """
        return self._weight / (self.units + self.capacity / 2)

    def order(self) -> Order:
        region, _, _, purchase = self.offers[0].offering
        return Order(region, purchase, self.capacity, self.instances, tuple(self.offers))


def _dealt(offers: Iterable[Offer]) -> list[list[Offer]]:
    """Two hands of the offers of each region and size, about as good as each other.

    AWS may take one pool for all that an order asks for, so one order must not ask for all.
    """
    hands: dict[tuple[str, int, bool], list[Offer]] = {}
    counts: dict[tuple[str, int], int] = {}
    for offer in offers:
        group = (offer.offering.region, offer.capacity)
        turn = counts[group] = counts.get(group, -1) + 1
        hands.setdefault((*group, turn % 4 in (0, 3)), []).append(offer)
    return list(hands.values())


def _next(lots: Sequence[_Lot], left: int, most: int) -> _Lot | None:
    """The lot that the next instance is of, or None where no instance is small enough."""
    fitting = [lot for lot in lots if lot.capacity <= left]
    if not fitting:
        small = [lot for lot in lots if lot.capacity <= most]
        fitting = near(small, lambda lot: lot.offers[0].instance_cost)
    elif sum(lot.units > 0 for lot in lots) == 1:
        fitting = [lot for lot in fitting if not lot.units] or fitting
    return max(fitting, key=lambda lot: lot.claim, default=None)
