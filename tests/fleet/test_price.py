"""Prices: every oddity of AWS's spot price history, and laws."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.offering import Offering, PricePoint, Purchase
from reconciler.fleet.price import HALF_LIFE, STALE, Basis, Quote, quote, spot_quotes
from tests.effort import examples

NOW = 1_700_000_000.0
SPOT = Offering("eu-central-1", "eu-central-1a", "m9.large", Purchase.SPOT)
ON_DEMAND = SPOT._replace(purchase=Purchase.ON_DEMAND)
LINUX = "Linux/UNIX"


def points(*changes: tuple[float, float], product: str = LINUX) -> list[PricePoint]:
    """Price changes of one offering, each so many half-lives ago."""
    return [PricePoint(SPOT, product, NOW - ago * HALF_LIFE, price) for ago, price in changes]


def quoted(history: Sequence[PricePoint]) -> Quote | None:
    return spot_quotes(history, LINUX, NOW).get(SPOT)


@pytest.mark.parametrize(
    ("history", "latest", "lately"),
    [
        (points((9, 0.2)), 0.2, 0.2),
        (points((0, 0.2)), 0.2, 0.2),
        (points((9, 0.1), (0, 0.2)), 0.2, 0.1),
        (points((40, 0.1), (1, 0.2)), 0.2, 0.15),
        (points((40, 0.1), (1, 0.2), (1, 0.2)), 0.2, 0.15),
        (points((1, 0.2), (40, 0.1)), 0.2, 0.15),
        (points((1, 0.15), (40, 0.1), (1, 0.2)), 0.2, 0.15),
        (points((40, 0.1), (1, 0.2), (-0.5, 9.0)), 0.2, 0.15),
        (points((40, 0.1), (1, 0.2)) + points((2, 5.0), product="Windows"), 0.2, 0.15),
        (points((40, 0.1)) + points((1, 0.2), product=f"{LINUX} (Amazon VPC)"), 0.2, 0.15),
        (points((40, 0.1), (1, 0.2), (0.5, math.nan), (0.4, 0.0), (0.3, -1.0)), 0.2, 0.15),
        (points((40, 0.1), (1, 0.2), (0.5, math.inf)), 0.2, 0.15),
    ],
    ids=[
        "one change, long ago",
        "one change, now",
        "a change of this moment",
        "a half-life counts half",
        "a point twice",
        "out of order",
        "two prices for a moment: the higher",
        "a point of the future",
        "another product",
        "the product's older name",
        "what is no price",
        "an endless price",
    ],
)
def test_a_price_is_the_latest_and_what_it_was_lately(
    history: list[PricePoint], latest: float, lately: float
) -> None:
    found = quoted(history)
    assert found is not None
    assert found.latest == latest
    assert found.lately == pytest.approx(lately, abs=2e-6)
    assert found.basis is Basis.SPOT


@pytest.mark.parametrize(
    "history",
    [
        [],
        points((-1, 0.2)),
        points((STALE / HALF_LIFE + 0.1, 0.2)),
        points((1, 0.2), product="Windows"),
    ],
    ids=["nothing", "only the future", "no longer sold", "only another product"],
)
def test_a_price_may_be_unknown(history: list[PricePoint]) -> None:
    assert quoted(history) is None


def test_a_price_that_rose_is_believed_at_once_and_one_that_fell_is_not() -> None:
    rose, fell = quoted(points((40, 0.1), (0.1, 0.3))), quoted(points((40, 0.3), (0.1, 0.1)))
    assert rose is not None
    assert fell is not None
    assert rose.price == rose.latest == 0.3
    assert fell.price == fell.lately > 0.25


def test_what_costs_the_same_is_quoted_the_same_whenever_it_was_told() -> None:
    """Otherwise the last digit of a division would decide between them."""
    found = {quoted(points((ago / 7, 0.0671), (ago / 9, 0.0671))) for ago in range(1, 200)}
    assert found == {Quote(0.0671, 0.0671, Basis.SPOT)}


@pytest.mark.parametrize(
    ("offering", "spot", "on_demand", "expected"),
    [
        (SPOT, {SPOT: Quote(0.1, 0.1, Basis.SPOT)}, 0.4, Quote(0.1, 0.1, Basis.SPOT)),
        (SPOT, {}, 0.4, Quote(0.4, 0.4, Basis.BOUND)),
        (ON_DEMAND, {SPOT: Quote(0.1, 0.1, Basis.SPOT)}, 0.4, Quote(0.4, 0.4, Basis.ON_DEMAND)),
        (SPOT, {}, None, None),
        (ON_DEMAND, {}, math.nan, None),
        (ON_DEMAND, {}, 0.0, None),
    ],
)
def test_the_on_demand_price_serves_where_no_spot_price_is_known(
    offering: Offering, spot: dict[Offering, Quote], on_demand: float | None, expected: Quote | None
) -> None:
    known = {} if on_demand is None else {("eu-central-1", "m9.large"): on_demand}
    assert quote(offering, spot, known) == expected


_HISTORIES = st.lists(
    st.tuples(st.floats(0, 20), st.integers(1, 10**7).map(lambda p: p / 10**6)),
    min_size=1,
    max_size=8,
)


@given(_HISTORIES, st.randoms())
@examples(200)
def test_any_order_gives_the_same_price_between_the_extremes(
    changes: list[tuple[float, float]], luck: random.Random
) -> None:
    history = points(*changes)
    found = quoted(history)
    assert found is not None
    prices = [price for _, price in changes]
    assert min(prices) <= found.lately <= max(prices)
    assert min(prices) <= found.latest <= found.price <= max(prices)
    luck.shuffle(history)
    assert quoted(history) == found


@given(st.floats(0.1, 15))
@examples(100)
def test_a_spike_counts_half_when_it_is_older_by_a_half_life(ago: float) -> None:
    def weight(ago: float) -> float:
        found = quoted(points((45, 0.1), (ago + 1, 1.1), (ago, 0.1)))
        assert found is not None
        return found.lately - 0.1

    assert weight(ago + 1) == pytest.approx(weight(ago) / 2, abs=3e-6)
