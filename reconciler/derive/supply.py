"""The capacity that a worker type has or has asked for, each instance counted once: pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from reconciler.derive.memory import INVISIBLE, Asked, Memory, Whose
from reconciler.derive.workers import number
from reconciler.fields.marks import CAPACITY, LAUNCH
from reconciler.fleet.offering import Offering
from reconciler.fleet.size import Supply
from reconciler.fleet.worker import Life, Work, Worker
from reconciler.kinds.kind import spec_of
from reconciler.kinds.worker import WorkerSpec
from reconciler.model import Observed


class Counted(NamedTuple):
    """What there is for the tasks, and what is only there still."""

    supply: Supply
    leaving: int
    """The capacity of those who claim nothing more: it is there, and takes no task."""
    held: Mapping[Offering, int]
    """The capacity of the supply by offering, as far as it is known of what."""
    unseen: int
    """How much of the supply was asked for and does not show yet."""


def counted(
    whose: Whose,
    workers: Sequence[Worker],
    going: Collection[str],
    observed: Mapping[str, Observed],
    memory: Memory,
    now: float,
    knows: bool,
) -> Counted:
    """The supply; `going` is told to leave in this pass, and `knows` is whether the queue says who
    has registered."""
    leaving = [one for one in workers if one.leaving or one.id in going]
    gone = {one.id for one in leaving}
    staying = [one for one in workers if one.id not in gone and one.life is not Life.STOPPED]
    remembered = [one for one in memory.asked_by(whose) if now - one.when < INVISIBLE]
    known = {*observed, *memory.ended}
    unseen = _unseen(remembered, observed, known) + _others(remembered, observed, now)
    pending = sum(one.capacity for one in staying if one.life is Life.PENDING)
    up = sum(one.capacity for one in staying if one.life is Life.RUNNING)
    registered = sum(one.capacity for one in staying if one.work is not Work.ABSENT)
    return Counted(
        Supply(pending + unseen, up, registered if knows else None),
        sum(one.capacity for one in leaving),
        _held(staying, remembered, known),
        unseen,
    )


def _unseen(
    remembered: Sequence[Asked], observed: Mapping[str, Observed], known: Collection[str]
) -> int:
    """The capacity that we remember to have asked for, and that no listing shows."""
    came = {id_ for asked in remembered for id_ in asked.came or ()}
    answered = sum(
        asked.capacity for asked in remembered for id_ in asked.came or () if id_ not in known
    )
    # Of launches without an answer nobody knows the instances, but those know what they came with.
    unanswered: Counter[str] = Counter()
    for asked in remembered:
        if asked.came is None:
            unanswered[asked.together] += asked.instances * asked.capacity
    for id_, one in observed.items() if unanswered else ():
        token, _ = _launch(one)
        if id_ not in came and token in unanswered:
            unanswered[token] -= _capacity(one)
    return answered + sum(max(0, units) for units in unanswered.values())


def _others(remembered: Iterable[Asked], observed: Mapping[str, Observed], now: float) -> int:
    """What is missing of launches that an earlier run asked for, and that show in part.

    Each instance says what was asked for with it, so that who remembers nothing knows of the
    others. What AWS could not sell seems to be on its way, too, for as long as it might be.
    """
    ours = {asked.together for asked in remembered}
    launches: dict[str, list[Observed]] = defaultdict(list)
    for one in observed.values():
        token, _ = _launch(one)
        if token and token not in ours:
            launches[token].append(one)
    return sum(
        max(0, _launch(shown[0])[1] - sum(map(_capacity, shown)))
        for shown in launches.values()
        if now - max(spec_of(one, WorkerSpec).launched for one in shown) < INVISIBLE
    )


def _capacity(worker: Observed) -> int:
    return int(number(worker.tags.get(CAPACITY, "")))


def _launch(worker: Observed) -> tuple[str, int]:
    """The launches that it came with, and what they asked for altogether."""
    token, _, asked = worker.tags.get(LAUNCH, "").partition("/")
    return token, int(number(asked))


def _held(
    staying: Iterable[Worker], remembered: Iterable[Asked], known: Collection[str]
) -> dict[Offering, int]:
    held: Counter[Offering] = Counter()
    for one in staying:
        held[one.offering] += one.capacity
    for asked in remembered:
        for id_, offering in (asked.came or {}).items():
            if id_ not in known:
                held[offering] += asked.capacity
    return dict(held)
