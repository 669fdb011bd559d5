"""What holds for every decision in any market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.lately import failing
from reconciler.fleet.market import View, decide
from reconciler.fleet.offering import Failure, Offering, Purchase
from reconciler.fleet.terms import Terms
from tests.effort import examples
from tests.fleet.markets import HELD, NOW, bought, named, terms, views

WANTED, ROOM = st.integers(0, 25), st.integers(0, 30)
Held = Mapping[Offering, int]
T = TypeVar("T")


def biggest(terms: Terms) -> int:
    return max(kind.capacity for kind in terms.types)


@given(terms(), views(), WANTED, ROOM, HELD)
@examples(200)
def test_never_more_than_room_and_less_than_one_instance_too_much(
    terms: Terms, view: View, wanted: int, room: int, held: Held
) -> None:
    decision = decide(terms, view, wanted, room, held)
    units, asked = bought(decision), min(wanted, room)
    assert units <= room
    assert units - asked < max((order.capacity for order in decision.orders), default=1)
    assert decision.unfilled == max(0, asked - units)


@given(terms(), views(), WANTED, ROOM, HELD)
@examples(200)
def test_only_what_is_offered_in_budget_and_not_failing_is_ordered(
    terms: Terms, view: View, wanted: int, room: int, held: Held
) -> None:
    utility = {kind.name: kind.capacity * kind.utility for kind in terms.types}
    decision = decide(terms, view, wanted, room, held)
    for order in decision.orders:
        for offer in order.offers:
            one = offer.offering
            assert (one.zone, one.instance_type) in view.offered
            assert one not in view.failing
            assert one.purchase in terms.purchases
            if terms.price.max is not None:
                assert offer.quote.price <= terms.price.max * utility[one.instance_type] + 1e-9


@given(terms(), views(), WANTED, ROOM, HELD)
@examples(200)
def test_every_offering_is_either_kept_or_dropped_with_a_reason(
    terms: Terms, view: View, wanted: int, room: int, held: Held
) -> None:
    decision = decide(terms, view, wanted, room, held)
    seen = [offer.offering for offer in decision.kept] + [one.offering for one in decision.dropped]
    everything = {
        Offering(region, zone, kind.name, purchase)
        for region, zones in terms.zones.items()
        for zone in zones
        for kind in terms.types
        for purchase in terms.purchases
    }
    assert sorted(seen) == sorted(everything)
    assert set(named(decision)) <= {offer.offering for offer in decision.kept}


@given(terms(), views(), WANTED, ROOM, HELD)
@examples(200)
def test_an_order_is_of_one_region_one_purchase_and_one_size(
    terms: Terms, view: View, wanted: int, room: int, held: Held
) -> None:
    decision = decide(terms, view, wanted, room, held)
    for order in decision.orders:
        assert order.instances > 0
        alike = {(o.offering.region, o.offering.purchase, o.capacity) for o in order.offers}
        assert alike == {(order.region, order.purchase, order.capacity)}
        assert list(order.offers) == sorted(order.offers, key=lambda offer: offer.cost)
    assert len(named(decision)) == len(set(named(decision)))


@given(terms(only_spot=True), views(), WANTED)
@examples(200)
def test_no_offering_gets_everything(terms: Terms, view: View, extra: int) -> None:
    wanted = 2 * biggest(terms) + extra
    decision = decide(terms, view, wanted, 100, {})
    if len(decision.kept) > 1:
        assert len(decision.orders) > 1


@given(terms(only_spot=True), views(), WANTED, ROOM, HELD)
@examples(200)
def test_what_can_be_bought_is_bought(
    terms: Terms, view: View, wanted: int, room: int, held: Held
) -> None:
    decision = decide(terms, view, wanted, room, held)
    if decision.unfilled:
        left = room - bought(decision)
        assert all(offer.capacity > left for offer in decision.kept)


def turned(told: Mapping[Offering, T]) -> dict[Offering, T]:
    return dict([*told.items()][::-1])


@given(terms(), views(), WANTED, ROOM, HELD)
@examples(200)
def test_the_order_of_what_is_told_changes_nothing(
    terms: Terms, view: View, wanted: int, room: int, held: Held
) -> None:
    other_terms = replace(
        terms,
        types=terms.types[::-1],
        zones={
            region: frozenset(sorted(terms.zones[region])) for region in sorted(terms.zones)[::-1]
        },
    )
    other_view = replace(
        view,
        offered=sorted(view.offered),
        spot=turned(view.spot),
        failing=turned(view.failing),
        unrest=turned(view.unrest),
    )
    one = decide(terms, view, wanted, room, held)
    other = decide(other_terms, other_view, wanted, room, turned(held))
    assert other == one


@given(terms(), views(), WANTED, ROOM, HELD, st.data())
@examples(150)
def test_a_pass_that_asks_again_with_its_failures_ends_and_never_buys_too_much(
    terms: Terms, view: View, wanted: int, room: int, held: Held, data: st.DataObject
) -> None:
    """Each order is filled in part at most, and what it named is then among the failures."""
    failures = [*view.failing.values()]
    got, sizes = 0, [1]
    for _ in range(len(terms.types) * 6 * len(Purchase) + 1):
        now = replace(view, failing=failing(failures, NOW))
        decision = decide(terms, now, wanted - got, room - got, held)
        if not decision.orders:
            break
        for order in decision.orders:
            filled = data.draw(st.integers(0, order.instances))
            got += filled * order.capacity
            sizes += [order.capacity] * filled
            if filled < order.instances:
                failures += [
                    Failure(o.offering, NOW, "UnfulfillableCapacity") for o in order.offers
                ]
    else:
        raise AssertionError("it asks for ever")
    assert got <= room
    assert got - min(wanted, room) < max(sizes)
