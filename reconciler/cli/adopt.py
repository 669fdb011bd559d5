"""The command that writes documents of what exists, so that it can be adopted."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer

from reconciler.cli.app import ERROR, Only, app
from reconciler.cli.walk import standing
from reconciler.errors import ReconcileError


class _Meant(NamedTuple):
    """What the command line asks for; no kind means everything."""

    kind: str
    name: str | None
    path: str


@app.command("import")
def import_(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KIND NAME [PATH]", help="What to write a document of, and its name there."
        ),
    ] = None,
    aws_id: Annotated[
        str | None, typer.Option("--id", help="Its id, ARN or name in AWS, where NAME is new.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that is nobody's; then [PATH] alone is given.")
    ] = False,
    only: Only = None,
) -> None:
    """Print documents that adopt what is in AWS already: put them into git, and plan."""
    from reconciler import adoption
    from reconciler.aws.session import connect
    from reconciler.kinds import STANDING
    from reconciler.load import load
    from reconciler.report.console import plain, progress
    from reconciler.survey import survey, whole

    kind, name, path = _meant(words or [], everything)
    if (aws_id and everything) or (only and not everything):
        raise ReconcileError("--id is for one thing, and --only for --all")
    declared = load(path)
    estate, accounts = declared.estate, connect(declared.estate, look=True)
    snapshot = standing(accounts, declared).snapshot
    with progress() as tell:
        tell("looking for what is there")
        seen = survey(accounts, estate, [kind] if kind else list(STANDING))
        if name:
            wanted = adoption.one(seen.there, estate, kind, name, aws_id)
        else:
            wanted = adoption.several(seen.there, estate, only or ())
        found = whole(accounts, estate, wanted)
    written = adoption.documents(estate, declared.resources, snapshot, found, name)
    typer.echo(written.text, nl=False)
    notes = [*seen.unread, *written.notes]
    for note in notes or ([] if written.text else ["there is nothing that could be adopted"]):
        typer.echo(plain(note), err=True)
    if seen.unread or (name and not written.text):
        raise typer.Exit(ERROR)


def _meant(words: list[str], everything: bool) -> _Meant:
    from reconciler.fields.wording import did_you_mean
    from reconciler.kinds import STANDING

    most = 1 if everything else 3
    if len(words) > most or (not everything and len(words) < 2):
        raise ReconcileError("give a KIND and a NAME, or --all (`reconcile import --help`)")
    if everything:
        return _Meant("", None, *(words or ["desired"]))
    kind, name, *path = words
    if kind not in STANDING:
        raise ReconcileError(f"unknown kind {kind}{did_you_mean(kind, STANDING)}")
    return _Meant(kind, name, *(path or ["desired"]))
