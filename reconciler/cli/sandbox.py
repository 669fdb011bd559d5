"""The command that lends an AWS to any other."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.app import app, fail


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def sandbox(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="What to run.")],
) -> None:
    """Run a command (after --) against an embedded AWS that is gone when the command ends."""
    from reconciler.sandbox import SandboxMissing, run

    try:
        raise typer.Exit(run(command))
    except SandboxMissing as missing:
        fail(str(missing))
