"""What is bought where, what is not and why: one thing at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from reconciler.errors import ReconcileError
from reconciler.fleet.market import Decision, Reason, View, decide
from reconciler.fleet.offering import Failure, Interruption, Offering, Purchase
from reconciler.fleet.price import Basis, Quote
from reconciler.fleet.terms import InstanceType, PriceLimits, Terms
from tests.fleet.markets import HERE, NOW, THERE, bought, named, on_demand, spot, view

TYPE = InstanceType("m9.large")
BUILD = Terms("build", (TYPE,), {HERE: frozenset({f"{HERE}a", f"{HERE}b"})})
A, B = spot("a"), spot("b")
EVEN = {A: 0.04, B: 0.04}


def asked(
    prices: Mapping[Offering, float] | View,
    wanted: int,
    terms: Terms = BUILD,
    room: int = 100,
    held: Mapping[Offering, int] | None = None,
) -> Decision:
    seen = prices if isinstance(prices, View) else view(prices)
    return decide(terms, seen, wanted, room, held or {})


def reasons(decision: Decision) -> dict[Offering, Reason]:
    return {one.offering: one.reason for one in decision.dropped}


@pytest.mark.parametrize(
    ("seen", "terms", "room", "reason", "numbers"),
    [
        (view(EVEN, missing=[B]), BUILD, 9, Reason.NOT_OFFERED, ""),
        (
            view(EVEN, failed=[Failure(B, NOW - 40, "InsufficientInstanceCapacity")]),
            BUILD,
            9,
            Reason.FAILING,
            "InsufficientInstanceCapacity 40 s ago",
        ),
        (
            replace(view(EVEN), spot=dict([*view(EVEN).spot.items()][:1])),
            BUILD,
            9,
            Reason.NO_PRICE,
            "",
        ),
        (
            view({A: 0.04, B: 0.05}),
            replace(BUILD, price=PriceLimits(0, 0.045)),
            9,
            Reason.TOO_EXPENSIVE,
            "0.050000 of 0.045000",
        ),
        (view({A: 0.04, B: 0.061}), BUILD, 9, Reason.DEARER, "0.061000 beside 0.040000"),
    ],
    ids=lambda value: value.name if isinstance(value, Reason) else "",
)
def test_what_is_not_bought_has_its_reason_and_its_numbers(
    seen: View, terms: Terms, room: int, reason: Reason, numbers: str
) -> None:
    decision = asked(seen, 2, terms, room)
    assert [(one.offering, one.reason, one.numbers) for one in decision.dropped] == [
        (B, reason, numbers)
    ]
    assert named(decision) == [A]


def test_an_instance_bigger_than_max_leaves_is_not_bought() -> None:
    big = replace(BUILD, types=(InstanceType("m9.large", capacity=4),))
    assert bought(asked(EVEN, 1, big, room=4)) == 4
    decision = asked(EVEN, 1, big, room=3)
    assert reasons(decision) == {A: Reason.TOO_BIG, B: Reason.TOO_BIG}
    assert (decision.orders, decision.unfilled) == ((), 1)


def test_a_price_is_compared_for_each_unit_of_capacity_after_utility() -> None:
    kinds = (InstanceType("plain"), InstanceType("strong", capacity=2, utility=1.5))
    terms = replace(BUILD, types=kinds, price=PriceLimits(0, 0.1))
    prices = {spot("a", "plain"): 0.1, spot("b", "plain"): 0.11, spot("a", "strong"): 0.3}
    decision = asked(prices, 4, terms)
    assert {offer.offering: offer.unit for offer in decision.kept} == {
        spot("a", "plain"): pytest.approx(0.1),
        spot("a", "strong"): pytest.approx(0.1),
    }
    assert reasons(decision)[spot("b", "plain")] is Reason.TOO_EXPENSIVE


def test_a_price_at_the_limit_is_not_above_it_for_the_last_digit_of_a_division() -> None:
    assert 0.033 / 3 > 0.011
    kinds = (InstanceType("m9.large", capacity=3),)
    terms = replace(BUILD, types=kinds, price=PriceLimits(0, 0.011))
    assert named(asked({A: 0.033}, 1, terms)) == [A]


def test_a_price_that_just_fell_below_the_limit_is_not_yet_believed() -> None:
    seen = replace(view(EVEN), spot={A: Quote(0.04, 0.05, Basis.SPOT)})
    decision = asked(seen, 1, replace(BUILD, price=PriceLimits(0, 0.045)))
    assert reasons(decision)[A] is Reason.TOO_EXPENSIVE


def test_below_the_lower_price_limit_nothing_is_cheaper_than_the_rest() -> None:
    cheap = {A: 0.001, B: 0.04}
    assert reasons(asked(cheap, 2)) == {B: Reason.DEARER}
    assert reasons(asked(cheap, 2, replace(BUILD, price=PriceLimits(0.04)))) == {}


def test_an_interrupted_offering_gets_less_and_after_many_nothing() -> None:
    once = view(EVEN, interrupted=[Interruption(A, NOW)])
    orders = {order.offers[0].offering: order.units for order in asked(once, 20).orders}
    assert 0 < orders[A] < 10 < orders[B]
    often = view(EVEN, interrupted=[Interruption(A, NOW - age) for age in range(5)])
    assert reasons(asked(often, 20)) == {A: Reason.DEARER}


def test_a_penalty_does_not_count_against_the_price_limit() -> None:
    often = view({A: 0.04}, interrupted=[Interruption(A, NOW - age) for age in range(5)])
    assert named(asked(often, 1, replace(BUILD, price=PriceLimits(0, 0.04)))) == [A]


@pytest.mark.parametrize(
    ("price", "wanted", "units"),
    [(0.04, 20, 10), (0.044, 20, 9), (0.05, 20, 8), (0.06, 20, 6), (0.0566, 5, 2), (0.06, 2, 1)],
)
def test_a_batch_is_shared_between_regions_by_price(price: float, wanted: int, units: int) -> None:
    zones = {region: frozenset({f"{region}a"}) for region in (HERE, THERE)}
    prices = {A: 0.04, spot("a", region=THERE): price}
    decision = asked(prices, wanted, replace(BUILD, zones=zones))
    shares = {order.region: order.units for order in decision.orders}
    assert shares == {HERE: wanted - units, THERE: units}


def test_the_second_instance_is_of_another_order_even_if_it_is_big() -> None:
    terms = replace(BUILD, types=(InstanceType("one"), InstanceType("four", capacity=4)))
    decision = asked({spot("a", "one"): 0.04, spot("a", "four"): 0.24}, 8, terms)
    assert {order.capacity: order.units for order in decision.orders} == {1: 4, 4: 4}


def test_a_fleet_that_grows_one_by_one_spreads_too() -> None:
    held: Counter[Offering] = Counter()
    for _ in range(10):
        (order,) = asked(EVEN, 1, held=held).orders
        held[order.offers[0].offering] += order.units
    assert held == {A: 5, B: 5}


def test_of_many_zones_each_order_names_half_the_best_and_half_the_worst() -> None:
    letters = "abcdef"
    terms = replace(BUILD, zones={HERE: frozenset(HERE + letter for letter in letters)})
    prices = {spot(letter): 0.04 + i / 1000 for i, letter in enumerate(letters)}
    decision = asked(prices, 12, terms)
    zones = ["".join(o.offering.zone[-1] for o in order.offers) for order in decision.orders]
    assert (zones, [order.units for order in decision.orders]) == (["ade", "bcf"], [6, 6])


def test_a_small_demand_is_not_met_by_a_big_instance_where_a_small_one_costs_less() -> None:
    kinds = (InstanceType("big", capacity=16), InstanceType("small"))
    terms = replace(BUILD, types=kinds)
    prices = {spot("a", "big"): 0.16, spot("a", "small"): 0.03}
    assert named(asked(prices, 1, terms)) == [spot("a", "small")]
    assert named(asked(prices, 16, terms)) == [spot("a", "big")]


def test_the_last_instance_is_of_the_cheapest_that_do() -> None:
    kinds = (InstanceType("two", capacity=2), InstanceType("four", capacity=4))
    prices = {spot("a", "two"): 0.08, spot("b", "four"): 0.16}
    decision = asked(prices, 5, replace(BUILD, types=kinds))
    assert [(order.capacity, order.instances) for order in decision.orders] == [(2, 3)]
    assert len(decision.kept) == 2


def test_equal_offerings_come_in_another_order_for_other_worker_types() -> None:
    first = Counter(
        asked(EVEN, 1, replace(BUILD, worker_type=f"build-{number}")).kept[0].offering
        for number in range(200)
    )
    assert min(first[A], first[B]) > 60


def bought_by(decision: Decision) -> dict[Purchase, int]:
    found: Counter[Purchase] = Counter()
    for order in decision.orders:
        found[order.purchase] += order.units
    return dict(found)


BOTH = {**EVEN, on_demand("a"): 0.1}
SPOT, ON_DEMAND = Purchase.SPOT, Purchase.ON_DEMAND


@pytest.mark.parametrize(
    ("share", "afterwards", "held", "expected"),
    [
        (0.0, False, {}, {SPOT: 10}),
        (1.0, False, {}, {ON_DEMAND: 10}),
        (0.0, True, {}, {SPOT: 10}),
        (0.3, False, {}, {ON_DEMAND: 3, SPOT: 7}),
        (0.3, False, {A: 10}, {ON_DEMAND: 6, SPOT: 4}),
        (0.3, False, {on_demand("a"): 10}, {SPOT: 10}),
        (0.5, False, {A: 90}, {ON_DEMAND: 10}),
    ],
)
def test_the_fleet_has_its_share_of_each_purchase(
    share: float, afterwards: bool, held: dict[Offering, int], expected: dict[Purchase, int]
) -> None:
    terms = replace(BUILD, on_demand_share=share, on_demand_afterwards=afterwards)
    assert bought_by(asked(BOTH, 10, terms, held=held)) == expected


def test_only_what_the_terms_may_buy_is_looked_at() -> None:
    for share, one in ((0.0, SPOT), (1.0, ON_DEMAND)):
        decision = asked(BOTH, 4, replace(BUILD, on_demand_share=share))
        seen = [*(offer.offering for offer in decision.kept), *reasons(decision)]
        assert {offering.purchase for offering in seen} == {one}


def test_on_demand_serves_only_where_no_spot_offering_is_left() -> None:
    terms = replace(BUILD, on_demand_afterwards=True)
    waiting = {on_demand("a"): Reason.NOT_ITS_TURN, on_demand("b"): Reason.NOT_ITS_TURN}
    assert reasons(asked(BOTH, 4, terms)) == waiting
    one = view(BOTH, failed=[Failure(A, NOW, "InsufficientInstanceCapacity")])
    assert (bought_by(asked(one, 4, terms)), named(asked(one, 4, terms))) == ({SPOT: 4}, [B])
    both = view(BOTH, failed=[Failure(o, NOW, "InsufficientInstanceCapacity") for o in (A, B)])
    assert bought_by(asked(both, 4, terms)) == {ON_DEMAND: 4}
    assert bought_by(asked(both, 4)) == {}
    assert asked(both, 4).unfilled == 4


def test_what_its_share_can_not_be_had_of_on_demand_is_bought_as_spot() -> None:
    failed = [Failure(on_demand(zone), NOW, "InsufficientInstanceCapacity") for zone in "ab"]
    terms = replace(BUILD, on_demand_share=0.3)
    assert bought_by(asked(view(BOTH, failed=failed), 10, terms)) == {SPOT: 10}


def test_a_share_of_big_instances_does_not_buy_too_much() -> None:
    terms = replace(BUILD, types=(InstanceType("m9.large", capacity=4),), on_demand_share=0.5)
    assert bought_by(asked(BOTH, 10, terms)) == {ON_DEMAND: 4, SPOT: 8}


def test_who_wants_nothing_buys_nothing_and_still_sees_the_market() -> None:
    for wanted, room in ((0, 10), (10, 0), (-3, 10)):
        decision = asked(EVEN, wanted, room=room)
        assert (decision.orders, decision.unfilled) == ((), 0)
    assert len(asked(EVEN, 0).kept) == 2


@pytest.mark.parametrize(
    ("absurd", "words"),
    [
        (lambda: InstanceType("m9", capacity=0), "the capacity of m9 is 0"),
        (lambda: InstanceType("m9", utility=0.0), "the utility of m9 is 0.0"),
        (lambda: InstanceType("m9", utility=float("nan")), "the utility of m9 is nan"),
        (lambda: PriceLimits(-1.0), "price.min is -1.0"),
        (lambda: PriceLimits(0.0, float("inf")), "price.max is inf"),
        (lambda: PriceLimits(0.5, 0.1), "price.min 0.5 is above price.max 0.1"),
        (lambda: replace(BUILD, types=(TYPE, TYPE)), "m9.large is given twice"),
        (lambda: replace(BUILD, on_demand_share=1.1), "an on-demand share of 1.1"),
    ],
)
def test_absurd_terms_are_refused(absurd: Callable[[], object], words: str) -> None:
    with pytest.raises(ReconcileError, match=words):
        absurd()
