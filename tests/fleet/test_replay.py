"""Over real weeks of the market, what is chosen is in budget and better than chance."""

from __future__ import annotations

from statistics import fmean

import pytest

from tests.fleet.replayed import DATA, Paid, launches, market

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the spot market's data is not here")


@pytest.mark.parametrize("name", ["us-east-1_2021-03", "us-east-1_2016-03"])
def test_real_weeks_would_have_cost_less_than_chance_and_never_more_than_the_limit(
    name: str,
) -> None:
    replayed = list(launches(market(name), 100, 4))
    for launch in replayed:
        limit = launch.terms.price.max
        assert limit is not None
        named = [o.offering for order in launch.decision.orders for o in order.offers]
        assert max(launch.at_once[one] for one in named) <= limit * (1 + 1e-9)
        assert len(launch.decision.orders) > 1 or len(launch.decision.kept) == 1
    mean = Paid(*(fmean(column) for column in zip(*(one.paid for one in replayed), strict=True)))
    assert mean.oracle <= mean.lowest <= mean.anywhere
    assert mean.oracle <= mean.spread <= mean.anywhere
