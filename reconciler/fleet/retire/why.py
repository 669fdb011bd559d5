"""The reasons why workers go, each by its name and as a sentence."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """By these names they are counted, and remembered on the worker."""

    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    REBALANCE = "rebalance"
    NEVER_REGISTERED = "never-registered"
    TOO_OLD = "too-old"
    REMOVED = "removed"
    CHANGED = "changed"
    ABOVE_MAX = "above-max"
    IDLE = "idle"
    OTHER = "other"
    """Somebody else told it to leave, in words of their own."""


_BY_NAME = {reason.value: reason for reason in Reason}


class Why(NamedTuple):
    """Why a worker goes: the name is to be counted by, the sentence is for a reader."""

    name: Reason
    sentence: str

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence}"


def told_for(leaving: str) -> Reason:
    """For which reason a worker was told, by what it remembers: a `Why`, or its name alone."""
    name = leaving.partition(":")[0]
    return _BY_NAME.get(name, Reason.OTHER)


def spelled(seconds: float) -> str:
    """A time as it is said: 12 min 3 s. What seems to come, by another's clock, is just now."""
    minutes, s = divmod(max(0, int(seconds)), 60)
    hours, m = divmod(minutes, 60)
    d, h = divmod(hours, 24)
    parts = ((d, "d"), (h, "h"), (m, "min"), (s, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
