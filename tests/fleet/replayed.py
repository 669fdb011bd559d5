"""Real weeks of the spot market, and what workers would have cost in them."""

from __future__ import annotations

import csv
import gzip
import json
import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from reconciler.fleet.market import Decision, View, decide
from reconciler.fleet.offering import Offering, PricePoint, Purchase
from reconciler.fleet.price import HALF_LIFE, Quote, spot_quotes
from reconciler.fleet.terms import InstanceType, PriceLimits, Terms

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "spot"
REGION, LINUX = "us-east-1", "Linux/UNIX"
HOUR = 3600.0
ASKED = 6 * HALF_LIFE
"""How far back the price history is asked for."""


class History(NamedTuple):
    """When the price of a pool changed, and to what."""

    times: list[float]
    prices: list[float]

    def at(self, when: float) -> float:
        return self.prices[bisect_right(self.times, when) - 1]

    def told(self, offering: Offering, now: float) -> Iterator[PricePoint]:
        """What AWS would answer: the changes of the last hours, and the one before them."""
        first = max(0, bisect_right(self.times, now - ASKED) - 1)
        for i in range(first, bisect_right(self.times, now)):
            yield PricePoint(offering, LINUX, self.times[i], self.prices[i])


Market = dict[Offering, History]


class Paid(NamedTuple):
    """USD per hour for what costs one on demand, by how the offering was chosen."""

    oracle: float
    """Always on the cheapest, moving at every change."""
    lowest: float
    """The lowest by our price."""
    last: float
    """The lowest by the last known price."""
    spread: float
    """As the market decides, where AWS takes any of what an order names."""
    anywhere: float
    """Any zone and type at random, within the price limit."""


def market(name: str) -> Market:
    """The pools of a file of price changes whose types have an on-demand price."""
    worth = on_demand()
    found: Market = defaultdict(lambda: History([], []))
    with gzip.open(DATA / f"{name}.csv.gz", "rt") as file:
        rows = [row for row in csv.reader(file) if row[2] in worth]
    for when, zone, instance_type, _, price in sorted(rows):
        history = found[Offering(REGION, zone, instance_type, Purchase.SPOT)]
        history.times.append(datetime.fromisoformat(when).timestamp())
        history.prices.append(float(price))
    return dict(found)


def on_demand() -> dict[str, float]:
    prices: dict[str, float] = json.loads((DATA / "on-demand_us-east-1_2026-07.json").read_text())
    return prices


class Launch(NamedTuple):
    """Twenty workers of any of four types, each as good as its on-demand price says."""

    terms: Terms
    decision: Decision
    paid: Paid
    at_once: dict[Offering, float]
    """What each offering costs at that moment, in the unit of the price limit."""


def launches(market: Market, count: int, hours: float) -> Iterator[Launch]:
    """Launches at random moments, for workers that live so many hours."""
    luck, worth = random.Random(7), on_demand()
    types = sorted({one.instance_type for one in market})
    begin = max(history.times[0] for history in market.values()) + ASKED
    end = min(history.times[-1] for history in market.values()) - hours * HOUR
    for _ in range(count):
        kinds = [InstanceType(name, 1, worth[name]) for name in luck.sample(types, 4)]
        yield _launch(market, kinds, luck.uniform(begin, end), hours)


def _launch(market: Market, kinds: Sequence[InstanceType], now: float, hours: float) -> Launch:
    worth = {kind.name: kind.utility for kind in kinds}
    pools = {one: history for one, history in market.items() if one.instance_type in worth}
    at_once = {one: history.at(now) / worth[one.instance_type] for one, history in pools.items()}
    told = [point for one, history in pools.items() for point in history.told(one, now)]
    quotes = spot_quotes(told, LINUX, now)
    terms = Terms(
        "replay",
        tuple(kinds),
        {REGION: frozenset(one.zone for one in pools)},
        PriceLimits(max=max(median(at_once.values()), _cheapest(quotes, worth))),
    )
    seen = View(now, frozenset((one.zone, one.instance_type) for one in pools), quotes)
    decision = decide(terms, seen, 20, 20, {})
    moments = [now + hours * HOUR * i / 16 for i in range(16)]
    costs = {
        one: [history.at(when) / worth[one.instance_type] for when in moments]
        for one, history in pools.items()
    }
    return Launch(terms, decision, _paid(terms, decision, quotes, costs, at_once), at_once)


def _cheapest(quotes: dict[Offering, Quote], worth: dict[str, float]) -> float:
    return min(quote.price / worth[one.instance_type] for one, quote in quotes.items())


def _paid(
    terms: Terms,
    decision: Decision,
    quotes: dict[Offering, Quote],
    costs: dict[Offering, list[float]],
    at_once: dict[Offering, float],
) -> Paid:
    worth = {kind.name: kind.utility for kind in terms.types}
    mean = {one: fmean(paid) for one, paid in costs.items()}
    limit = terms.price.max or 0.0
    bought = [
        (order.units, fmean(mean[offer.offering] for offer in order.offers))
        for order in decision.orders
    ]
    return Paid(
        oracle=fmean(map(min, zip(*costs.values(), strict=True))),
        lowest=mean[min(quotes, key=lambda one: quotes[one].price / worth[one.instance_type])],
        last=mean[min(at_once, key=lambda one: at_once[one])],
        spread=sum(units * price for units, price in bought) / sum(units for units, _ in bought),
        anywhere=fmean(mean[one] for one, price in at_once.items() if price <= limit),
    )
