"""What was decided for a worker type, in a line: pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.derive.decided import Decided
from reconciler.fleet.size import Bound, Size
from reconciler.queues.demand import Demand


def said(decided: Decided) -> str:
    """One line, for whatever a plan is shown as."""
    return f"{decided.key}: {'; '.join(_parts(decided))}"


def wrong(decided: Decided) -> str:
    """What keeps it from being as git and its queue would have it, or "": no numbers that move."""
    return "\n".join(_wrong(decided))


def _wrong(decided: Decided) -> Iterator[str]:
    if isinstance(decided.demand, str):
        yield _unread(decided.demand)
    yield from decided.notes
    if decided.broken:
        yield decided.broken.why
    elif decided.decision and decided.decision.unfilled and not decided.notes:
        yield "AWS has nothing more that it may buy now"


def _unread(demand: str) -> str:
    return f"{demand}; so all are kept and none is launched"


def _parts(decided: Decided) -> Iterator[str]:
    if decided.size is None:
        yield f"git no longer has it, and {_count(len(decided.workers), 'worker')} of it"
    elif isinstance(decided.demand, Demand):
        yield _sizes(decided.size, decided.demand, decided.leaving)
    if isinstance(decided.demand, str):
        yield _unread(decided.demand)
    if decided.broken:
        yield f"it can't be launched, and is tried again later: {decided.broken.why}"
    elif decided.size and decided.decision:
        yield from _launches(decided)
    if decided.retiring.hold:
        yield f"{len(decided.retiring.hold)} told to leave"
    if decided.retiring.end:
        yield f"{len(decided.retiring.end)} ended"
    yield from decided.notes


def _sizes(size: Size, demand: Demand, leaving: int) -> str:
    parts = [f"{_count(demand.pending, 'task')} waiting"]
    parts += [f"capacity {size.running} running", f"{size.booting} booting"]
    parts += [f"{leaving} leaving"] if leaving else []
    return ", ".join(parts)


def _launches(decided: Decided) -> Iterator[str]:
    assert decided.size
    assert decided.decision
    units = sum(order.units for order in decided.decision.orders)
    if units:
        bound = "" if decided.size.bound is Bound.NONE else f" ({decided.size.bound.value})"
        yield f"capacity {units} to launch{bound}"
    if decided.decision.unfilled:
        yield f"nothing that may be bought for {decided.decision.unfilled} more"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
