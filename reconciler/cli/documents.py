"""The commands that need no AWS: validate and schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.app import Documents, app, fail


@app.command()
def validate(path: Documents = "desired") -> None:
    """Check the documents without AWS: every mistake at once, and where it is."""
    from reconciler.load import load

    estate, resources = load(path)
    count = len({(resource.key.kind, resource.key.name) for resource in resources})
    typer.echo(f"Estate/{estate.name} and {count} resources: no mistake found")


@app.command()
def schema(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The folder for the files.")
    ] = Path("schemas"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing, and fail if a file is out of date.")
    ] = False,
) -> None:
    """Write a JSON Schema for each kind and one for all, for editors and other tools."""
    from reconciler.schema import stale, write

    if not check:
        typer.echo(f"{len(write(folder))} schemas are in {folder}")
    elif old := stale(folder):
        fail(f"out of date in {folder}: {', '.join(old)}; `reconcile schema {folder}` mends it")
