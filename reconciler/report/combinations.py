"""Every launch that a worker type allows, and where each value of it was said, for a reader."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from reconciler.derive.combinations import Combinations, Where
from reconciler.kinds.worker_type import WorkerTypeSpec
from reconciler.report.console import plain

OTHERS = ""
"""Stands for the zones that the worker type does not name."""


def combinations_table(spec: WorkerTypeSpec) -> Table:
    """A row for each value of each combination."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("setting", "value", "said at"):
        table.add_column(column, overflow="fold")
    known = Combinations(spec)
    zones = {region.region: [*region.zones, OTHERS] for region in spec.regions}
    for number, where in enumerate(known.all(zones)):
        if number:
            table.add_row()
        zone = where.zone or "its other zones"
        title = f"{where.instance_type} in {where.region}, {zone}"
        table.add_row(Text(plain(title), "bold"))
        for cells in _rows(known, where):
            table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def _rows(known: Combinations, where: Where) -> Iterator[tuple[str, str, str]]:
    kind, image = known.types[where.instance_type], known.image(where)
    named = f"instanceTypes.{kind.type}"
    yield "capacity", str(kind.capacity), named
    yield "utility", f"{kind.utility:g}", named
    if image.image:
        yield "image", image.image.words(), image.level
    if (zone := known.zone(where)) and zone.subnet:
        yield "subnet", zone.subnet, f"zones.{where.zone}"
    found = known.settings(where)
    for path, level in sorted(found.origins.items()):
        yield path, _value(found.settings, path), level


def _value(settings: Mapping[str, Any], path: str) -> str:
    value: Any = settings
    rest = path
    while rest:
        # A key of the user's own may have dots in it.
        step = next(key for key in value if rest == key or rest.startswith(f"{key}."))
        value, rest = value[step], rest[len(step) + 1 :]
    return value if isinstance(value, str) else json.dumps(value)
