"""What is ours, where it is and in what condition, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.table import Table
from rich.text import Text

from reconciler.fields.tags import PROTECT
from reconciler.kinds import KINDS
from reconciler.model import Action, Change, Estate, Key, Observed, Snapshot
from reconciler.report.console import plain
from reconciler.report.words import where

_CONDITION = {
    Action.CREATE: ("missing", "red"),
    Action.ADOPT: ("to be adopted", "cyan"),
    Action.UPDATE: ("differs", "yellow"),
    Action.REPLACE: ("differs: to be replaced", "magenta"),
    Action.DELETE: ("not declared", "yellow"),
    Action.CONFLICT: ("in conflict", "bold red"),
}


def status_table(estate: Estate, snapshot: Snapshot, changes: Iterable[Change]) -> Table:
    """A row for everything that is declared or ours; what is to be launched is no such thing."""
    differing = {change.key: change for change in changes}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("resource", "region", "in AWS", "condition"):
        table.add_column(column, overflow="fold")
    launched = {
        key for key, one in differing.items() if KINDS[key.kind].fleeting and not one.before
    }
    for key in sorted({*snapshot.ours, *differing} - launched):
        observed = snapshot.ours.get(key) or snapshot.foreign.get(key)
        cells = (plain(str(key)), where(key.scope, estate) or "-", _name(observed))
        table.add_row(*map(Text, cells), _condition(key, differing, observed))
    return table


def _name(observed: Observed | None) -> str:
    if observed is None:
        return "-"
    known = observed.id and observed.name not in observed.id
    return plain(f"{observed.name} ({observed.id})" if known else observed.name)


def _condition(key: Key, differing: Mapping[Key, Change], observed: Observed | None) -> Text:
    told, style = ("as declared", "green")
    if key in differing:
        told, style = _CONDITION[differing[key].action]
    guarded = observed and observed.tags.get(PROTECT) == "true"
    return Text.assemble((told, style), ", protected" if guarded else "")
