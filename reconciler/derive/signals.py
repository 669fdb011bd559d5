"""What was read for the fleets beside what AWS holds: data only.

Where something could not be read stands why, as a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.derive.memory import Memory
from reconciler.fields.launch import WhichImage
from reconciler.fleet.offering import PricePoint
from reconciler.fleet.worker import Notice
from reconciler.model import Key, Scope
from reconciler.queues.demand import Demand


class Resolved(NamedTuple):
    """The image that is meant, and what AWS calls the product that it runs."""

    id: str
    product: str

    @property
    def windows(self) -> bool:
        """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html"""
        return self.product.startswith("Windows")


class Market(NamedTuple):
    """What a region sells: the (zone, type) that there are, and spot prices."""

    offered: frozenset[tuple[str, str]]
    points: tuple[PricePoint, ...]


@dataclass(frozen=True)
class Signals:
    """What was read."""

    now: float
    """Seconds since 1970."""
    demand: Mapping[Key, Demand | str] = field(default_factory=dict)
    """By worker type, whose scope is an account."""
    images: Mapping[tuple[Scope, WhichImage], Resolved | str] = field(default_factory=dict)
    markets: Mapping[Scope, Market | str] = field(default_factory=dict)
    on_demand: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """USD per hour, by region and type, as far as they are needed and known."""
    notices: Mapping[str, Notice] = field(default_factory=dict)
    """By the instance's id."""
    memory: Memory = field(default_factory=Memory)
