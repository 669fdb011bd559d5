"""What to buy for one worker type, what is not bought and why: pure.

The same inputs give the same decision, in whatever order they come. It may be asked again in the
same pass with what failed meanwhile, until it orders nothing more: each offering of an order that
came back short must then be among the failures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from typing import NamedTuple

from reconciler.fleet.offering import Failure, Offering, Purchase
from reconciler.fleet.price import Quote, quote
from reconciler.fleet.size import half_up
from reconciler.fleet.spread import Offer, Order, near, spread
from reconciler.fleet.terms import InstanceType, Terms

# A price at the limit is not above it for what a division left in its last digit.
_EXACTLY = 1 + 1e-9


@dataclass(frozen=True)
class View:
    """The market as it is seen at a moment, for one product, the same for all worker types."""

    now: float
    offered: Collection[tuple[str, str]]
    """The (zone, type) that AWS has at all."""
    spot: Mapping[Offering, Quote]
    on_demand: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """USD per hour, by region and type."""
    failing: Mapping[Offering, Failure] = field(default_factory=dict)
    unrest: Mapping[Offering, float] = field(default_factory=dict)


class Reason(Enum):
    """Why an offering is not bought."""

    NOT_OFFERED = "AWS does not offer this type in this zone"
    FAILING = "AWS could not sell it a moment ago"
    NO_PRICE = "its price is not known"
    TOO_EXPENSIVE = "it is above the price limit"
    TOO_BIG = "one instance is more than capacity.max leaves"
    NOT_ITS_TURN = "spot or on-demand, the other serves now"
    DEARER = "others are much cheaper"


@dataclass(frozen=True)
class Dropped:
    offering: Offering
    reason: Reason
    numbers: str = ""


@dataclass(frozen=True)
class Decision:
    """What to buy, and everything that was looked at."""

    orders: tuple[Order, ...]
    kept: tuple[Offer, ...]
    """First those on demand, then those of spot, each the best first."""
    dropped: tuple[Dropped, ...]
    unfilled: int
    """How many of the wanted units no order is for."""


def decide(
    terms: Terms, view: View, wanted: int, room: int, held: Mapping[Offering, int]
) -> Decision:
    """What to buy for `wanted` units of capacity, where no more than `room` may be bought.

    `held` is the worker type's capacity that is there already, by offering.
    """
    wanted = max(0, min(wanted, room))
    offers, refused = _all_judged(terms, view, wanted, room)
    spot = _ranked(terms, offers, Purchase.SPOT)
    on_demand = _ranked(terms, offers, Purchase.ON_DEMAND)
    share = _on_demand_units(terms, wanted, held, bool(spot))
    # The last instance may be too big only where nothing else is bought after it.
    first = _batch(on_demand, share, room if share == wanted else share, wanted, held)
    second = _batch(spot, wanted - first.units, room - first.units, wanted, held)
    return Decision(
        orders=(*first.orders, *second.orders),
        kept=(*first.kept, *second.kept),
        dropped=tuple(sorted([*refused, *first.dropped, *second.dropped], key=_offering)),
        unfilled=max(0, wanted - first.units - second.units),
    )


def ranked(terms: Terms, view: View) -> tuple[list[Offer], list[Dropped]]:
    """What may be bought where one instance is wanted, whatever it holds, and what may not.

    Spot comes before on-demand, and in each of them the cheapest instance first.
    """
    room = max((kind.capacity for kind in terms.types), default=0)
    offers, dropped = _all_judged(terms, view, 1, room)
    in_order = (_ranked(terms, offers, purchase) for purchase in Purchase)
    return [one for some in in_order for one in some], dropped


def _all_judged(
    terms: Terms, view: View, wanted: int, room: int
) -> tuple[list[Offer], list[Dropped]]:
    judged = [
        _judged(terms, view, offering, kind, wanted, room) for offering, kind in _candidates(terms)
    ]
    return (
        [one for one in judged if isinstance(one, Offer)],
        [one for one in judged if isinstance(one, Dropped)],
    )


def _candidates(terms: Terms) -> Iterator[tuple[Offering, InstanceType]]:
    for region, zones in terms.zones.items():
        for zone in zones:
            for kind in terms.types:
                for purchase in terms.purchases:
                    yield Offering(region, zone, kind.name, purchase), kind


def _judged(
    terms: Terms, view: View, offering: Offering, kind: InstanceType, wanted: int, room: int
) -> Offer | Dropped:
    if (offering.zone, kind.name) not in view.offered:
        return Dropped(offering, Reason.NOT_OFFERED)
    if failure := view.failing.get(offering):
        age = max(0, round(view.now - failure.when))
        return Dropped(offering, Reason.FAILING, f"{failure.code} {age} s ago")
    known = quote(offering, view.spot, view.on_demand)
    if known is None:
        return Dropped(offering, Reason.NO_PRICE)
    unit = known.price / kind.capacity / kind.utility
    if terms.price.max is not None and unit > terms.price.max * _EXACTLY:
        return Dropped(offering, Reason.TOO_EXPENSIVE, f"{unit:.6f} of {terms.price.max:.6f}")
    if kind.capacity > room:
        return Dropped(offering, Reason.TOO_BIG, f"{kind.capacity} of {room}")
    instance = max(unit, terms.price.min) * view.unrest.get(offering, 1.0) * kind.capacity
    cost = instance / max(1, min(kind.capacity, wanted))
    return Offer(offering, kind.capacity, known, unit, cost, instance)


def _ranked(terms: Terms, offers: Sequence[Offer], purchase: Purchase) -> list[Offer]:
    """The best first. What costs the same comes in an order that each worker type has its own of.

    By their names all worker types would crowd into the first zone.
    """

    def rank(offer: Offer) -> tuple[float, bytes]:
        words = "\0".join((terms.worker_type, *offer.offering))
        return offer.cost, blake2b(words.encode(), digest_size=8).digest()

    return sorted((one for one in offers if one.offering.purchase is purchase), key=rank)


def _on_demand_units(
    terms: Terms, wanted: int, held: Mapping[Offering, int], spot_left: bool
) -> int:
    """How much of the batch is to be on-demand, so that the whole fleet has its share of it."""
    if terms.on_demand_afterwards and not spot_left:
        return wanted
    there = sum(units for one, units in held.items() if one.purchase is Purchase.ON_DEMAND)
    share = half_up(terms.on_demand_share, sum(held.values()) + wanted)
    return max(0, min(share - there, wanted))


class _Batch(NamedTuple):
    orders: tuple[Order, ...]
    kept: tuple[Offer, ...]
    dropped: tuple[Dropped, ...]

    @property
    def units(self) -> int:
        return sum(order.units for order in self.orders)


def _batch(
    ranked: Sequence[Offer], units: int, most: int, wanted: int, held: Mapping[Offering, int]
) -> _Batch:
    """What is bought in one of the two ways."""
    if wanted and units <= 0:
        turned = (Dropped(offer.offering, Reason.NOT_ITS_TURN) for offer in ranked)
        return _Batch((), (), tuple(turned))
    kept = near(ranked, lambda offer: offer.cost)
    dearer = (
        Dropped(offer.offering, Reason.DEARER, f"{offer.cost:.6f} beside {ranked[0].cost:.6f}")
        for offer in ranked[len(kept) :]
    )
    return _Batch(spread(kept, units, most, held), tuple(kept), tuple(dearer))


def _offering(dropped: Dropped) -> Offering:
    return dropped.offering
