"""What was decided for one worker type, with the numbers that say why: data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.derive.memory import Broken
from reconciler.fleet.market import Decision
from reconciler.fleet.retire import Retiring
from reconciler.fleet.size import Size
from reconciler.fleet.worker import Worker
from reconciler.model import Key
from reconciler.queues.demand import Demand


@dataclass(frozen=True)
class Decided:
    """One worker type in one pass."""

    key: Key
    """Of the worker type; its scope is an account."""
    demand: Demand | str
    """What its queue says, or why that could not be read."""
    workers: Sequence[Worker]
    size: Size | None = None
    """None for one that git no longer has: nothing is launched."""
    leaving: int = 0
    """The capacity of those who claim nothing more."""
    unseen: int = 0
    """How much was asked for and does not show yet."""
    decision: Decision | None = None
    retiring: Retiring = field(default_factory=lambda: Retiring({}, {}))
    broken: Broken | None = None
    """Why nothing is launched though it should be."""
    images: Mapping[str, str] = field(default_factory=dict)
    """The ids of its images, by the words that ask for them and by region."""
    notes: tuple[str, ...] = ()
