"""The market as the worker types see it, made once for each product and account: pure."""

from __future__ import annotations

from reconciler.derive.signals import Market, Signals
from reconciler.fleet.lately import failing, unrest
from reconciler.fleet.market import View
from reconciler.fleet.price import spot_quotes


class Views:
    """The views of one pass."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._known: dict[tuple[str, str], View] = {}
        self._failing = failing(signals.memory.failures, signals.now)
        self._unrest = unrest(signals.memory.interruptions, signals.now)

    def of(self, account: str, product: str) -> View:
        """What may be bought there for images of a product."""
        if (account, product) not in self._known:
            markets = [
                market
                for scope, market in self._signals.markets.items()
                if scope.account == account and isinstance(market, Market)
            ]
            points = (point for market in markets for point in market.points)
            self._known[account, product] = View(
                now=self._signals.now,
                offered=frozenset(one for market in markets for one in market.offered),
                spot=spot_quotes(points, product, self._signals.now),
                on_demand=self._signals.on_demand,
                failing=self._failing,
                unrest=self._unrest,
            )
        return self._known[account, product]
