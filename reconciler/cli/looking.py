"""The commands that look at documents without AWS: render, graph and diff."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import CHANGES, Documents, app
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.kinds.worker_type import WorkerTypeSpec
    from reconciler.load import Declared

WORKER_TYPE = "WorkerType/"


class Drawing(StrEnum):
    """What a graph can be drawn as."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


@app.command()
def render(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WorkerType/NAME] [PATH]",
            help="A worker type whose launches to show, and the documents.",
        ),
    ] = None,
) -> None:
    """Print the documents with every default said, or each launch that a worker type allows."""
    from reconciler.load import load
    from reconciler.render import rendered
    from reconciler.report.combinations import combinations_table
    from reconciler.report.console import show_table

    name, path = _meant(words or [])
    declared = load(path)
    if name:
        show_table(combinations_table(worker_type(declared, name)))
    else:
        typer.echo(rendered(declared.resources), nl=False)


def _meant(words: list[str]) -> tuple[str, str]:
    """The worker type that is named, if any, and the path."""
    named = bool(words) and words[0].startswith(WORKER_TYPE)
    name, rest = (words[0].removeprefix(WORKER_TYPE), words[1:]) if named else ("", words)
    if len(rest) > 1:
        raise ReconcileError(f"{rest[1]} is one word too many: give [WorkerType/NAME] [PATH]")
    return name, rest[0] if rest else "desired"


def worker_type(declared: Declared, name: str) -> WorkerTypeSpec:
    """The spec of a declared worker type."""
    from reconciler.fields.wording import did_you_mean
    from reconciler.kinds.worker_type import WorkerTypeSpec

    found = {
        one.key.name: one.spec for one in declared.resources if isinstance(one.spec, WorkerTypeSpec)
    }
    if name not in found:
        raise ReconcileError(f"WorkerType/{name} is not declared{did_you_mean(name, found)}")
    return found[name]


@app.command()
def graph(
    path: Documents = "desired",
    form: Annotated[Drawing, typer.Option("--format", help="svg needs graphviz.")] = (
        Drawing.MERMAID
    ),
) -> None:
    """Print the graph of what refers to what."""
    from reconciler.load import load
    from reconciler.render import edges
    from reconciler.report import drawn

    estate, resources = load(path)
    draw = {Drawing.MERMAID: drawn.mermaid, Drawing.DOT: drawn.dot, Drawing.SVG: drawn.svg}[form]
    typer.echo(draw(estate, [resource.key for resource in resources], edges(resources)), nl=False)


@app.command()
def diff(
    ref: Annotated[str, typer.Argument(metavar="REF", help="A revision, such as main.")],
    path: Documents = "desired",
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes.")
    ] = False,
) -> None:
    """Show what would change if AWS were as the documents were at REF, without asking AWS."""
    from reconciler.cli.walk import show_plan
    from reconciler.diff import as_if_applied
    from reconciler.diff import diff as compared
    from reconciler.load import load
    from reconciler.plan import plan
    from reconciler.revision import at

    estate, resources = load(path)
    with at(ref, path) as earlier:
        snapshot = as_if_applied(estate, load(earlier).resources)
    made = plan(estate, resources, snapshot, compared(estate, resources, snapshot))
    show_plan(made)
    if detailed_exitcode and made.changes:
        raise typer.Exit(CHANGES)
