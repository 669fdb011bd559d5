"""Made-up workers and rules, what a pass does to workers, and what it may be judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from reconciler.fleet.offering import Offering, Purchase
from reconciler.fleet.retire import Reason, Retiring, Rules, Why, retire
from reconciler.fleet.worker import Life, Notice, Work, Worker

NOW = 1_700_000_000.0
HERE = Offering("eu-central-1", "eu-central-1a", "m9.large", Purchase.SPOT)
THERE = HERE._replace(zone="eu-central-1b")
TODAY = {HERE: "build-new"}
OLD: dict[str, Any] = {"template": "build-old"}

BUSY, IDLE, ABSENT, UNKNOWN = Work.BUSY, Work.IDLE, Work.ABSENT, Work.UNKNOWN

RULES = Rules(
    min=0,
    max=1000,
    longest=None,
    jitter=0,
    register_within=1800,
    idle=None,
    replace_changed=True,
    at_once=20,
    deadline=None,
    removed=False,
    removed_at_once=10,
    templates=TODAY,
)


def worker(name: str, work: Work = Work.BUSY, **other: Any) -> Worker:
    """One that nothing is to be said against, but for what is said here."""
    plain = Worker(name, HERE, 1, NOW - 600, Life.RUNNING, work, "build-new")
    return replace(plain, **other)


def leaving(name: str, work: Work = Work.BUSY, **other: Any) -> Worker:
    """One that was told a minute ago, and is given nothing more."""
    return worker(name, work, **{"leaving": "idle", "since": NOW - 60, "held": True, **other})


def idler(name: str, seconds: float = 900, **other: Any) -> Worker:
    return worker(name, IDLE, idle_since=NOW - seconds, **other)


def asked(workers: Sequence[Worker], rules: Rules = RULES, pending: int = 0) -> Retiring:
    return retire(workers, rules, pending, NOW)


def held(workers: Sequence[Worker], rules: Rules = RULES, pending: int = 0) -> list[str]:
    return list(asked(workers, rules, pending).hold)


def names(told: Mapping[str, Why]) -> dict[str, Reason]:
    return {name: why.name for name, why in told.items()}


def staying(workers: Sequence[Worker]) -> int:
    return sum(one.capacity for one in workers if not one.leaving)


def told(workers: Sequence[Worker], retiring: Retiring) -> list[Worker]:
    """The workers after all that are to be held are, as the next pass sees them."""
    return [
        replace(_told(one, str(retiring.hold[one.id])), held=True)
        if one.id in retiring.hold
        else one
        for one in workers
    ]


def _told(one: Worker, why: str) -> Worker:
    return one if one.leaving else replace(one, leaving=why, since=NOW - 1)


def after(workers: Sequence[Worker], retiring: Retiring) -> list[Worker]:
    return [one for one in told(workers, retiring) if one.id not in retiring.end]


_LEAVING = st.sampled_from(["", "", "", "changed", "too-old: it is old", "never-registered", "x"])
_AGES = st.sampled_from([30.0, 700.0, 2000.0, 4000.0])


@st.composite
def workers(draw: st.DrawFn) -> list[Worker]:
    return [
        Worker(
            id=f"i-{number}",
            offering=draw(st.sampled_from([HERE, HERE, THERE])),
            capacity=draw(st.integers(1, 4)),
            launched=NOW - draw(_AGES),
            life=draw(st.sampled_from([*[Life.RUNNING] * 5, Life.PENDING, Life.STOPPED])),
            work=draw(st.sampled_from(Work)),
            template=draw(st.sampled_from(["build-new", "build-old", ""])),
            leaving=draw(_LEAVING),
            since=draw(st.sampled_from([0.0, NOW - 60, NOW - 2000])),
            held=draw(st.sampled_from([None, True, False])),
            idle_since=draw(st.none() | _AGES.map(lambda age: NOW - age)),
            seen=draw(st.sampled_from([None, NOW - 100, NOW - 5])),
            notice=draw(st.sampled_from([*[None] * 8, *Notice])),
        )
        for number in range(draw(st.integers(0, 14)))
    ]


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    low, high = sorted([draw(st.integers(0, 30)), draw(st.integers(0, 30))])
    return Rules(
        min=low,
        max=high,
        longest=draw(st.sampled_from([None, 3000.0])),
        jitter=draw(st.sampled_from([0, 50])),
        register_within=1800,
        idle=draw(st.sampled_from([None, 0.0, 600.0])),
        replace_changed=draw(st.booleans()),
        at_once=draw(st.integers(1, 100)),
        deadline=draw(st.sampled_from([None, 1000.0])),
        removed=draw(st.sampled_from([False, False, True])),
        removed_at_once=draw(st.integers(0, 5)),
        templates=draw(st.sampled_from([None, TODAY, {HERE: "build-new", THERE: "build-new"}, {}])),
    )
