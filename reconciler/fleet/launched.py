"""What became of a launch: data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.fleet.offering import Offering


@dataclass(frozen=True)
class Launched:
    """What one order brought: instances by their ids, and why there are not more of them."""

    worker_type: str
    wanted: int
    capacity: int
    """Of each instance."""
    instances: Mapping[str, Offering]
    short: Mapping[Offering, str]
    """Where AWS had not enough, each with its code."""
    wrong: str = ""
    """What AWS says is wrong with the order itself, in its words: asking again won't help."""
    message: str = ""
    """AWS's own words for the first of what it could not sell."""

    def __str__(self) -> str:
        got = ", ".join(self.instances) or "none"
        short = "; ".join(f"{code} for {offering}" for offering, code in self.short.items())
        why = short or (self.message if self.lacking else "")
        return f"{len(self.instances)} of {self.wanted}: {got}" + (f"; {why}" if why else "")

    @property
    def lacking(self) -> int:
        return self.wanted - len(self.instances)
