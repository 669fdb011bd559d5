"""The commands that look at documents without AWS: render, graph and diff."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from reconciler.cli.app import CHANGES, Documents, app


class Drawing(StrEnum):
    """What a graph can be drawn as."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


@app.command()
def render(path: Documents = "desired") -> None:
    """Print the documents with every default said, as they are compared with AWS."""
    from reconciler.load import load
    from reconciler.render import rendered

    typer.echo(rendered(load(path).resources), nl=False)


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
