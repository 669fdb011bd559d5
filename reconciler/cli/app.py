"""The program: its options, its exit statuses, and what its commands have in common."""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

# What a command needs is imported in it: neither help nor a mistake should wait for boto3.

ERROR, CHANGES, REFUSED, LOCKED, STALE = 1, 2, 3, 4, 5

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Make an AWS account hold the resources of worker fleets that YAML in git declares.",
    epilog="Exit status: 0 fine, 1 an error, 2 changes or drift (with --detailed-exitcode), "
    "3 refused by the guard, 4 locked by another run, 5 the saved plan is stale.",
)

Documents = Annotated[
    str, typer.Argument(metavar="PATH", help="A directory, a file, or - for standard input.")
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="KIND/NAME", help="Nothing but these; globs; repeatable."),
]
AllowDeletes = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, help="Let N of a kind be deleted or replaced this once."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def fail(what: str, status: int = ERROR) -> NoReturn:
    """Say what is wrong and end; nothing in it is for a terminal to obey."""
    from reconciler.report.console import plain

    typer.echo("\n".join(map(plain, what.split("\n"))), err=True)
    sys.exit(status)


def _version(asked: bool) -> None:
    if asked:
        from reconciler import __version__

        typer.echo(f"reconcile {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
