"""What became of a launch: data only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
        words = [self.message.rstrip(".")] if self.lacking and self.message else []
        parts = [f"{len(self.instances)} of {self.wanted}: {got}", *words, *self._short()]
        return "; ".join(parts)

    def _short(self) -> Iterator[str]:
        """Each code of AWS's once, with all that it was said of."""
        for code in dict.fromkeys(self.short.values()):
            yield f"{code} for {' and '.join(str(o) for o, c in self.short.items() if c == code)}"

    @property
    def lacking(self) -> int:
        return self.wanted - len(self.instances)
