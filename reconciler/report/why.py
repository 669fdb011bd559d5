"""The numbers behind what was decided for one worker type, for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from reconciler.derive.decided import Decided
from reconciler.fleet.market import Dropped
from reconciler.fleet.size import Size
from reconciler.fleet.spread import Offer, Order
from reconciler.queues.demand import Demand
from reconciler.report.console import plain


def why_told(decided: Decided) -> Iterator[RenderableType]:
    """Demand, supply, what is launched and why there, and who goes."""
    yield Text(plain(str(decided.key)), "bold")
    yield _facts(decided)
    decision = decided.decision
    if decision and decision.orders:
        yield _titled("To launch", _orders(decision.orders))
    if decision and decision.kept:
        yield _titled("Offerings, the best first", _kept(decision.kept))
    if decision and decision.dropped:
        yield _titled("Offerings that are left alone", _dropped(decision.dropped))
    going = {**decided.retiring.hold, **decided.retiring.end}
    if going:
        rows = (
            (id_, "is ended" if id_ in decided.retiring.end else "is told to leave", why.sentence)
            for id_, why in going.items()
        )
        yield _titled("Workers that go", _table(("worker", "", "why"), rows))


def _facts(decided: Decided) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _known(decided):
        table.add_row(name, Text(plain(value)))
    return table


def _known(decided: Decided) -> Iterator[tuple[str, str]]:
    if isinstance(decided.demand, Demand):
        yield "tasks waiting", str(decided.demand.pending)
        if decided.demand.claimed is not None:
            yield "tasks claimed", str(decided.demand.claimed)
        listed = decided.demand.workers
        yield "workers listed", "its queue knows none" if listed is None else str(len(listed))
    else:
        yield "its queue", decided.demand
    yield "instances", str(len(decided.workers))
    if decided.size:
        yield from _sized(decided.size, decided)
    for image, id_ in decided.images.items():
        yield "image", f"{image} is {id_}"
    if decided.broken:
        yield "can't be launched", f"{decided.broken.why} (seen {decided.broken.times} times)"
    for note in decided.notes:
        yield "note", note


def _sized(size: Size, decided: Decided) -> Iterator[tuple[str, str]]:
    yield "capacity running", str(size.running)
    unseen = f", {decided.unseen} of it asked for and not shown yet" if decided.unseen else ""
    yield "capacity booting", f"{size.booting}{unseen}"
    yield "capacity leaving", str(decided.leaving)
    yield "left waiting", f"{size.left_waiting} by capacity.scalingRatio"
    yield "room", f"{size.room} below capacity.max"
    if size.pending is not None:
        asked = (
            f"{size.pending} waiting - {size.booting} booting - {size.left_waiting} left waiting"
        )
        yield "change", f"{size.change} = {asked}, {size.bound.value}"
    else:
        yield "change", size.bound.value


def _orders(orders: Iterable[Order]) -> Table:
    rows = (
        (
            str(order.instances),
            f"{order.purchase}, of capacity {order.capacity}",
            ", ".join(f"{o.offering.instance_type} in {o.offering.zone}" for o in order.offers),
        )
        for order in orders
    )
    return _table(("instances", "", "any of"), rows)


def _kept(kept: Iterable[Offer]) -> Table:
    rows = (
        (
            str(offer.offering),
            f"{offer.quote.latest:.6f}",
            f"{offer.quote.lately:.6f}",
            f"{offer.unit:.6f}",
            f"{offer.cost:.6f}",
        )
        for offer in kept
    )
    return _table(("offering", "USD/h", "lately", "per unit", "ranks by"), rows)


def _dropped(dropped: Iterable[Dropped]) -> Table:
    rows = (
        (str(one.offering), ", ".join(filter(None, [one.reason.value, one.numbers])))
        for one in dropped
    )
    return _table(("offering", "why"), rows)


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    return table


def _titled(title: str, table: Table) -> Table:
    table.title, table.title_justify, table.title_style = title, "left", "bold"
    return table
