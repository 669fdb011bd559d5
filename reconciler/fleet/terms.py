"""On what terms a worker type buys: data, and what no terms can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from reconciler.errors import ReconcileError
from reconciler.fleet.offering import Purchase


@dataclass(frozen=True)
class InstanceType:
    """A type that a worker type may use: how many tasks it does at once, and how well each."""

    name: str
    capacity: int = 1
    utility: float = 1.0

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise ReconcileError(f"the capacity of {self.name} is {self.capacity}: give 1 or more")
        if not (isfinite(self.utility) and self.utility > 0):
            raise ReconcileError(
                f"the utility of {self.name} is {self.utility}: give a positive number"
            )


@dataclass(frozen=True)
class PriceLimits:
    """In USD per hour and unit of capacity, after utility.

    What costs more than `max` is not bought. What costs less than `min` is as good as `min`.
    """

    min: float = 0.0
    max: float | None = None

    def __post_init__(self) -> None:
        for word, limit in (("min", self.min), ("max", self.max)):
            if limit is not None and not (isfinite(limit) and limit >= 0):
                raise ReconcileError(f"price.{word} is {limit}: give 0 or a positive number")
        if self.max is not None and self.min > self.max:
            raise ReconcileError(f"price.min {self.min} is above price.max {self.max}")


@dataclass(frozen=True)
class Terms:
    """On what terms a worker type buys."""

    worker_type: str
    types: tuple[InstanceType, ...]
    zones: Mapping[str, frozenset[str]]
    """By region."""
    price: PriceLimits = PriceLimits()
    on_demand_share: float = 0.0
    """How much of the fleet is to be on-demand: 0 is none, 1 is all."""
    on_demand_afterwards: bool = False
    """Whether on-demand serves where no spot offering is left."""

    def __post_init__(self) -> None:
        names = [instance_type.name for instance_type in self.types]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ReconcileError(f"{', '.join(twice)} is given twice: say each type once")
        if not 0 <= self.on_demand_share <= 1:
            raise ReconcileError(f"an on-demand share of {self.on_demand_share} is not in 0 to 1")

    @property
    def purchases(self) -> tuple[Purchase, ...]:
        spot = self.on_demand_share < 1
        on_demand = self.on_demand_share > 0 or self.on_demand_afterwards
        return (Purchase.SPOT,) * spot + (Purchase.ON_DEMAND,) * on_demand
