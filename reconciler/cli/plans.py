"""The commands that compare the documents with AWS: plan, apply, destroy and status."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import CHANGES, ERROR, AllowDeletes, Documents, Only, Yes, app
from reconciler.cli.journals import JournalFile
from reconciler.cli.locks import LockTimeout, locked
from reconciler.cli.rounds import carried_out
from reconciler.cli.walk import Compared, answer, carry_out, compared, heed, nothing, show_plan
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.model import Plan
    from reconciler.saved import SavedPlan

SAVED = ".json"
"""How the name of a saved plan ends; documents are YAML."""


class Format(StrEnum):
    """What a plan can be shown as."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


@app.command()
def plan(
    path: Documents = "desired",
    only: Only = None,
    form: Annotated[
        Format,
        typer.Option("--format", help="markdown is made for a comment on a pull request."),
    ] = Format.TEXT,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Save the plan for `apply FILE.json`.")
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes.")
    ] = False,
    allow_deletes: AllowDeletes = None,
) -> None:
    """Show what AWS lacks, has too much of, or has otherwise than the documents say."""
    from reconciler.aws.session import connect
    from reconciler.guard import refusals
    from reconciler.load import load

    if out and out.suffix != SAVED:
        raise ReconcileError(f"--out {out}: the name of a saved plan ends in {SAVED}")
    declared = load(path)
    found = compared(connect(declared.estate, look=True), declared)
    made = found.only(only or (), declared.resources).planned()
    _show(made, form, path)
    if out:
        _save(made, path, out)
    heed(refusals(made, len(declared.resources), allow_deletes))
    if made.conflicts or made.unreached:
        raise typer.Exit(ERROR)
    if detailed_exitcode and made.changes:
        raise typer.Exit(CHANGES)


@app.command()
def apply(
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", help="As for plan, or a plan that was saved: FILE.json."),
    ] = "desired",
    only: Only = None,
    allow_deletes: AllowDeletes = None,
    lock_timeout: LockTimeout = 0,
    journal: JournalFile = None,
    yes: Yes = False,
) -> None:
    """Show the plan, ask, and make AWS as the documents say."""
    from reconciler.aws.session import connect
    from reconciler.guard import refusals
    from reconciler.load import load

    reviewed = _reviewed(Path(path), only) if path.endswith(SAVED) else None
    documents = reviewed.documents if reviewed else path
    declared = load(documents)
    accounts = connect(declared.estate)
    # What was read before the lock may be what another run has changed since.
    with locked(accounts, declared.estate, documents, lock_timeout) as lock:
        found = compared(accounts, declared)
        if reviewed:
            found = _still_as_reviewed(reviewed, found)
        else:
            found = found.only(only or (), declared.resources)
        made = found.planned()
        show_plan(made)
        heed(refusals(made, len(declared.resources), allow_deletes))
        agreed = "Apply this? Only `yes` goes on"
        carry_out(
            accounts,
            made,
            lambda: yes or answer(agreed) == "yes",
            lock,
            journal,
            lambda do, why_not: carried_out(found, made, declared, do, why_not).outcomes,
        )


@app.command()
def destroy(
    path: Documents = "desired",
    only: Only = None,
    lock_timeout: LockTimeout = 0,
    journal: JournalFile = None,
    yes: Yes = False,
) -> None:
    """Delete all that carries the estate's tag, whether the documents declare it or not."""
    from reconciler.aws.session import connect
    from reconciler.guard import protected
    from reconciler.load import load

    declared = load(path)
    accounts, name = connect(declared.estate), declared.estate.name
    with locked(accounts, declared.estate, path, lock_timeout) as lock:
        found = nothing(accounts, declared).only(only or (), declared.resources)
        made = found.planned()
        show_plan(made)
        heed(protected(made))
        ask = f"Delete all of this? Only the estate's name, `{name}`, goes on"
        carry_out(accounts, made, lambda: yes or answer(ask) == name, lock, journal)


@app.command()
def status(path: Documents = "desired") -> None:
    """Show what is the estate's, where it is, and in what condition."""
    from reconciler.aws.session import connect
    from reconciler.derive.words import said
    from reconciler.load import load
    from reconciler.report.console import plain, show_table
    from reconciler.report.status import status_table
    from reconciler.report.words import unread

    declared = load(path)
    found = compared(connect(declared.estate, look=True), declared)
    show_table(status_table(found.estate, found.snapshot, found.difference.changes))
    for fleet in map(said, found.decided):
        typer.echo(plain(fleet))
    for lost in unread(found.snapshot.unreached):
        typer.echo(plain(lost), err=True)
    if found.snapshot.unreached:
        raise typer.Exit(ERROR)


def _still_as_reviewed(reviewed: SavedPlan, found: Compared) -> Compared:
    from reconciler.saved import unmoved

    left = unmoved(reviewed, found.estate, found.resources, found.snapshot, found.difference)
    # Nothing of the fleets is in a saved plan, and what was decided for them is not carried out.
    chosen = tuple(str(change.key) for change in left.changes)
    return found._replace(difference=left, decided=(), chosen=chosen)


def _show(made: Plan, form: Format, documents: str) -> None:
    match form:
        case Format.TEXT:
            show_plan(made)
        case Format.JSON:
            typer.echo(_as_json(made, documents), nl=False)
        case Format.MARKDOWN:
            from reconciler.report.markdown import plan_markdown

            typer.echo(plan_markdown(made), nl=False)
        case Format.HTML:
            from reconciler.report.html import plan_html

            typer.echo(plan_html(made), nl=False)


def _as_json(made: Plan, documents: str) -> str:
    from reconciler import __version__
    from reconciler.revision import revision
    from reconciler.saved import as_json, saved

    known = None if documents == "-" else revision(documents)
    return as_json(saved(made, documents, known, f"reconcile {__version__}"))


def _save(made: Plan, documents: str, out: Path) -> None:
    if documents == "-":
        raise ReconcileError("--out: documents of standard input can't be read again to apply them")
    try:
        out.write_text(_as_json(made, documents), "utf-8")
    except OSError as error:
        raise ReconcileError(f"--out {out}: can't be written: {error.strerror}") from None


def _reviewed(file: Path, only: list[str] | None) -> SavedPlan:
    from reconciler.fields.files import whole_text
    from reconciler.saved import LARGEST, parsed

    if only:
        raise ReconcileError("a saved plan is applied whole: plan again with --only")
    try:
        text = whole_text(file, LARGEST)
    except (OSError, ValueError) as error:
        raise ReconcileError(f"{file}: can't be read: {error}") from None
    reviewed = parsed(str(file), text)
    typer.echo(f"the plan of {reviewed.origin}", err=True)
    return reviewed
