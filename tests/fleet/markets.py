"""Made-up markets, and what any decision in one may be judged by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from reconciler.fleet.lately import failing, unrest
from reconciler.fleet.market import Decision, View
from reconciler.fleet.offering import Failure, Interruption, Offering, Purchase
from reconciler.fleet.price import Basis, Quote
from reconciler.fleet.terms import InstanceType, PriceLimits, Terms

NOW = 1_700_000_000.0
HERE, THERE = "eu-central-1", "us-west-2"


def spot(zone: str, instance_type: str = "m9.large", region: str = HERE) -> Offering:
    return Offering(region, region + zone, instance_type, Purchase.SPOT)


def on_demand(zone: str, instance_type: str = "m9.large", region: str = HERE) -> Offering:
    return spot(zone, instance_type, region)._replace(purchase=Purchase.ON_DEMAND)


def view(
    prices: Mapping[Offering, float],
    *,
    failed: Iterable[Failure] = (),
    interrupted: Iterable[Interruption] = (),
    missing: Iterable[Offering] = (),
) -> View:
    """A market of these prices; what AWS does not sell at all is among the missing."""
    gone = {(one.zone, one.instance_type) for one in missing}
    return View(
        now=NOW,
        offered=frozenset((one.zone, one.instance_type) for one in prices) - gone,
        spot={
            one: Quote(price, price, Basis.SPOT)
            for one, price in prices.items()
            if one.purchase is Purchase.SPOT
        },
        on_demand={
            (one.region, one.instance_type): price
            for one, price in prices.items()
            if one.purchase is Purchase.ON_DEMAND
        },
        failing=failing(failed, NOW),
        unrest=unrest(interrupted, NOW),
    )


def bought(decision: Decision) -> int:
    return sum(order.units for order in decision.orders)


def named(decision: Decision) -> list[Offering]:
    """Every offering that some order names."""
    return [offer.offering for order in decision.orders for offer in order.offers]


_PRICES = st.sampled_from([0.03, 0.04, 0.04, 0.05, 0.08, 0.2, 1.0])
_ZONES = st.frozensets(st.sampled_from("abc"), min_size=1)


@st.composite
def terms(draw: st.DrawFn, *, only_spot: bool = False) -> Terms:
    names = draw(st.lists(st.sampled_from(["m8", "m9", "c9"]), unique=True, min_size=1))
    kinds = [
        InstanceType(name, draw(st.integers(1, 4)), draw(st.sampled_from([0.5, 1.0, 2.0])))
        for name in names
    ]
    zones = {HERE: draw(_ZONES), THERE: draw(_ZONES)}
    return Terms(
        worker_type=draw(st.sampled_from(["build", "test", "sign"])),
        types=tuple(kinds),
        zones={region: frozenset(region + z for z in letters) for region, letters in zones.items()},
        price=PriceLimits(draw(st.sampled_from([0.0, 0.045])), draw(st.sampled_from([None, 0.1]))),
        on_demand_share=0.0 if only_spot else draw(st.sampled_from([0.0, 0.0, 0.3, 1.0])),
        on_demand_afterwards=False if only_spot else draw(st.booleans()),
    )


@st.composite
def views(draw: st.DrawFn) -> View:
    everything = [
        Offering(region, region + zone, kind, purchase)
        for region in (HERE, THERE)
        for zone in "abc"
        for kind in ("m8", "m9", "c9")
        for purchase in Purchase
    ]
    some = st.lists(st.sampled_from(everything), max_size=8)
    ages = st.floats(0, 600)
    return view(
        {
            one: draw(_PRICES)
            for one in draw(st.permutations(everything))[: draw(st.integers(9, 36))]
        },
        failed=[
            Failure(one, NOW - draw(ages), "InsufficientInstanceCapacity") for one in draw(some)
        ],
        interrupted=[Interruption(one, NOW - draw(ages)) for one in draw(some)],
        missing=draw(some),
    )


HELD = st.dictionaries(
    st.sampled_from(
        [spot("a", "m9"), spot("b", "m9"), spot("a", "c9", THERE), on_demand("a", "m9")]
    ),
    st.integers(1, 9),
)
