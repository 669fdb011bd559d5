"""The command that lends an AWS to any other."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.app import app, fail


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def sandbox(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="What to run.")],
    weather: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="drizzle, storm, or by commas: flaky, throttled, late, echo, pages, scarce.",
        ),
    ] = "fair",
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed, the same weather.")] = 0,
) -> None:
    """Run a command (after --) against an embedded AWS that is gone when the command ends."""
    from reconciler.sandbox import NoSuchWeather, SandboxMissing, run

    try:
        raise typer.Exit(run(command, weather, seed))
    except (NoSuchWeather, SandboxMissing) as error:
        fail(str(error))
