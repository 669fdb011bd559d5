"""The words of the market: what can be bought where, at what price, and what became of it.

Data only. Times are seconds since 1970 in UTC, prices are USD per hour of one instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Purchase(StrEnum):
    """The two ways of buying an instance."""

    SPOT = "spot"
    ON_DEMAND = "on-demand"


class Offering(NamedTuple):
    """One thing that AWS may sell; its spot offerings are what AWS calls capacity pools."""

    region: str
    zone: str
    instance_type: str
    purchase: Purchase

    def __str__(self) -> str:
        return f"{self.instance_type} in {self.zone}, {self.purchase}"


class PricePoint(NamedTuple):
    """From `when` on, a spot offering costs so much for what AWS calls a product description."""

    offering: Offering
    product: str
    when: float
    price: float


@dataclass(frozen=True)
class Failure:
    """AWS could not sell an offering; `code` is AWS's word, such as InsufficientInstanceCapacity.

    An order that came back short without a word is one too, of each offering that it named.
    """

    offering: Offering
    when: float
    code: str


@dataclass(frozen=True)
class Interruption:
    """AWS took an instance of an offering back."""

    offering: Offering
    when: float
