"""What the embedded AWS can sell: endless capacity, until a test or the weather says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from math import inf
from typing import Literal, NamedTuple, cast

Purchase = Literal["spot", "on-demand"]


class Pool(NamedTuple):
    """Machines of a type in a zone, sold in one of the two ways."""

    zone: str
    instance_type: str
    purchase: Purchase


Left = Callable[[Pool], float]
"""How many instances of a pool are left."""


class Supply:
    def __init__(self) -> None:
        self._stock: dict[tuple[str, str, str], int] = {}
        self._quota: dict[Purchase, int] = {}
        self._most: Left = lambda _: inf
        self.boot: Callable[[], float] = lambda: 0.0
        """How many seconds the next instance is pending."""
        self.imaging: Callable[[], float] = lambda: self.boot()
        """How many seconds the next image is pending: as long as machines take, if nobody says."""
        self.images_fail = False

    def stock(self, left: Mapping[tuple[str, str, str], int]) -> None:
        """So many instances are left of what the keys name, `*` being any; the rest is endless."""
        self._stock = dict(left)

    def limit(self, purchase: Purchase, vcpus: int) -> None:
        """How many vCPUs an account may have running in a region, bought in this way."""
        self._quota[purchase] = vcpus

    def quota(self, purchase: Purchase) -> float:
        return self._quota.get(purchase, inf)

    def left(self, pool: Pool) -> float:
        """Of several keys that name the pool, what the scarcest says."""
        return min([self._most(pool), *(self._stock[key] for key in self._keys(pool))])

    def take(self, pool: Pool, count: int) -> None:
        for key in self._keys(pool):
            self._stock[key] -= count

    @contextmanager
    def reduced(self, most: Left) -> Iterator[None]:
        """A block in which there is no more than this of each pool."""
        before, self._most = self._most, most
        try:
            yield
        finally:
            self._most = before

    @contextmanager
    def slow(self, boot: Callable[[], float]) -> Iterator[None]:
        """A block in which instances take so long to boot."""
        before, self.boot = self.boot, boot
        try:
            yield
        finally:
            self.boot = before

    def _keys(self, pool: Pool) -> list[tuple[str, str, str]]:
        return [key for key in self._stock if all(map(fnmatchcase, cast(tuple[str], pool), key))]
