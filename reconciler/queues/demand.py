"""What waits in a queue and what its workers do, in tasks and workers: data only.

How many tasks an instance can hold at once (its capacity) is known to whoever decides the fleet's
size, and to no queue. A queue that could not be read has no Demand at all: it is `Unreadable`,
which is not zero. Then everything is kept, and nothing is launched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    IDLE = "idle"
    BUSY = "busy"


@dataclass(frozen=True)
class Worker:
    """A worker that has registered with its queue."""

    id: str
    """The id of the EC2 instance that it runs on."""
    state: State
    """Busy is who holds a task at all, with room for more or not: only who is idle may be ended."""
    registered: datetime | None = None
    """Since when its queue knows it; None where the queue does not say."""
    group: str = ""
    """What its queue files it under, where it does so."""
    quarantined: bool = False
    """Whether it is given no new tasks. What it holds it may still finish."""


@dataclass(frozen=True)
class Demand:
    """What one reading of a queue gave."""

    pending: int
    """Tasks that no worker has taken. Workers that still boot have taken none: whoever decides
    takes them off this number, and once only."""
    claimed: int | None
    """Tasks that workers hold now; None where the queue can't know, which is not none at all."""
    workers: Mapping[str, Worker] | None
    """By id, every worker that has registered, and perhaps some that are gone since: queues
    forget late. Those that EC2 has too are what is running; an instance that is not here boots, or
    never came up. None where the queue can't tell: then EC2 alone says what runs, and nobody here
    says who is idle."""
