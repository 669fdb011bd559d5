"""How a command ended on each machine, and what that said, for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rich.table import Table
from rich.text import Text

from reconciler.aws.commands import Result
from reconciler.report.console import plain


def results_table(results: Iterable[Result], places: Mapping[str, str]) -> Table:
    """A row for each machine; what went wrong comes last, where a terminal still shows it.

    `places` says where each machine is.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("instance", "where", "exit", "ended"):
        table.add_column(column, overflow="fold")
    for one in sorted(results, key=lambda one: (not one.well, one.instance)):
        exit_code = "-" if one.exit_code is None else str(one.exit_code)
        cells = (one.instance, places[one.instance], exit_code)
        table.add_row(*map(Text, cells), _ending(one))
    return table


def prefixed(instance: str, text: str, terminal: bool) -> Iterator[str]:
    """The lines that a machine said, each with its id before it.

    A terminal gets nothing that it would obey; a file gets what was said.
    """
    for line in text.removesuffix("\n").split("\n") if text else ():
        yield f"{instance}: {plain(line.expandtabs()) if terminal else line}"


def _ending(one: Result) -> Text:
    cut = ", its output was longer than SSM keeps" if one.cut else ""
    return Text.assemble((plain(one.status), "green" if one.well else "red"), cut)
