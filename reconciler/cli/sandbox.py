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
            help="drizzle, storm, or by commas: flaky, throttled, late, echo, expired, pages, "
            "scarce.",
        ),
    ] = "fair",
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed, the same weather.")] = 0,
    scarce: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ZONE/TYPE=N",
            help="AWS has N such instances left to launch, all together; globs; repeatable.",
        ),
    ] = None,
    boot: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="How long an instance is pending.")
    ] = 0,
    agent: Annotated[
        bool,
        typer.Option(
            "--agent", help="Run the scripts of SSM's commands and user data, in a local shell."
        ),
    ] = False,
) -> None:
    """Run a command (after --) against an embedded AWS that is gone when the command ends."""
    from reconciler.sandbox import NoSuchWeather, SandboxMissing, run

    left = dict(map(_left, scarce or ()))
    try:
        raise typer.Exit(run(command, weather, seed, left, boot, agent))
    except (NoSuchWeather, SandboxMissing) as error:
        fail(str(error))


def _left(said: str) -> tuple[tuple[str, str, str], int]:
    """How many there are left of what: of a zone and a type, however they are bought."""
    what, _, count = said.rpartition("=")
    zone, _, kind = what.partition("/")
    if not zone or not kind or "/" in kind or not (count.isascii() and count.isdecimal()):
        fail(f"--scarce {said} is not of the form ZONE/TYPE=N, such as us-west-2a/c5.*=3")
    return (zone, kind, "*"), int(count)
