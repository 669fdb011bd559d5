"""The words of the loop: what a pass did, and what it went by; data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from reconciler.errors import ReconcileError
from reconciler.fleet.offering import Offering
from reconciler.load import Declared
from reconciler.model import Outcome


class Ending(StrEnum):
    """How a pass ended."""

    UNCHANGED = "unchanged"
    """AWS was as git says."""
    CHANGED = "changed"
    """AWS is as git says now."""
    INCOMPLETE = "incomplete"
    """Something failed, was skipped, is in conflict, or could not be read."""
    REFUSED = "refused"
    """The guard let nothing be changed."""
    LOCKED = "locked"
    """Another run had the estate's lock."""
    STANDBY = "standby"
    """Another loop has the estate."""
    FAILED = "failed"
    """It could not be known what to do."""
    STOPPED = "stopped"
    """It was asked to stop in the middle."""


GOOD = frozenset({Ending.UNCHANGED, Ending.CHANGED})
"""Endings after which AWS is known to be as git says."""


PASS = "pass"
"""What a trouble is about that kept the whole pass from its work."""
DOCUMENTS = "documents"
"""What a trouble is about for which newer documents were not taken."""


class Standby(ReconcileError):
    """Another loop has the estate."""


class Stopped(Exception):
    """The loop was asked to stop while it waited for something."""


class Documents(NamedTuple):
    """What a pass goes by, and where that came from."""

    declared: Declared
    path: str
    commit: str = ""


class Workers(NamedTuple):
    """How one worker type stood in a pass, in units of capacity."""

    account: str
    worker_type: str
    pending: int | None
    """None where its queue could not be read."""
    running: int
    booting: int
    leaving: int
    """What claims nothing more."""
    capacity: int
    """All that there is, those included that were told to leave."""


class Launches(NamedTuple):
    """How many instances of an offering were launched for a worker type, and how often AWS had
    none."""

    account: str
    worker_type: str
    offering: Offering
    launched: int
    failed: int


@dataclass(frozen=True)
class Done:
    """What a pass did."""

    ending: Ending
    outcomes: tuple[Outcome, ...] = ()
    unchanged: int = 0
    """How many resources were as they should be."""
    troubles: Mapping[str, str] = field(default_factory=dict)
    """What is wrong, by what it is about."""
    fleets: tuple[str, ...] = ()
    """What was decided for each worker type, a line for each."""
    workers: tuple[Workers, ...] = ()
    launches: tuple[Launches, ...] = ()

    @property
    def knows(self) -> bool:
        """Whether it came far enough to tell all that is wrong."""
        return self.ending in (*GOOD, Ending.INCOMPLETE, Ending.REFUSED)


class Turn(NamedTuple):
    """A pass that is over."""

    documents: Documents
    done: Done
    seconds: float
    trouble: str = ""
    """What is wrong with newer documents than those that it went by."""
