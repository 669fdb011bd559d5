"""The commands that compare the documents with AWS: plan, apply and destroy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import CHANGES, ERROR, AllowDeletes, Documents, Only, Yes, app
from reconciler.cli.walk import answer, carry_out, compared, heed, show_plan
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.model import Plan
    from reconciler.saved import SavedPlan

SAVED = ".json"
"""How the name of a saved plan ends; documents are YAML."""


@app.command()
def plan(
    path: Documents = "desired",
    only: Only = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Save the plan for `apply FILE.json`.")
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes.")
    ] = False,
    allow_deletes: AllowDeletes = None,
) -> None:
    """Show what AWS lacks, has too much of, or has otherwise than the documents say."""
    from reconciler.guard import refusals
    from reconciler.load import load

    if out and out.suffix != SAVED:
        raise ReconcileError(f"--out {out}: the name of a saved plan ends in {SAVED}")
    declared = load(path)
    found = compared(declared).only(only or (), declared.resources)
    made = found.planned()
    show_plan(made)
    if out:
        _save(made, path, out)
    heed(refusals(made, len(declared.resources), allow_deletes))
    if made.conflicts:
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
    yes: Yes = False,
) -> None:
    """Show the plan, ask, and make AWS as the documents say."""
    from reconciler.guard import refusals
    from reconciler.load import load

    reviewed = _reviewed(Path(path), only) if path.endswith(SAVED) else None
    declared = load(reviewed.documents if reviewed else path)
    found = compared(declared)
    if reviewed:
        from reconciler.saved import unmoved

        found = found._replace(
            difference=unmoved(reviewed, *declared, found.snapshot, found.difference)
        )
    else:
        found = found.only(only or (), declared.resources)
    made = found.planned()
    show_plan(made)
    heed(refusals(made, len(declared.resources), allow_deletes))
    agreed = "Apply this? Only `yes` goes on"
    carry_out(found.account, made, lambda: yes or answer(agreed) == "yes")


@app.command()
def destroy(path: Documents = "desired", only: Only = None, yes: Yes = False) -> None:
    """Delete all that carries the estate's tag, whether the documents declare it or not."""
    from reconciler.guard import protected
    from reconciler.load import load

    declared = load(path)
    found = compared(declared, nothing=True).only(only or (), declared.resources)
    made = found.planned()
    show_plan(made)
    heed(protected(made))
    name = declared.estate.name
    ask = f"Delete all of this? Only the estate's name, `{name}`, goes on"
    carry_out(found.account, made, lambda: yes or answer(ask) == name)


def _save(made: Plan, documents: str, out: Path) -> None:
    from reconciler import __version__
    from reconciler.revision import revision
    from reconciler.saved import as_json, saved

    if documents == "-":
        raise ReconcileError("--out: documents of standard input can't be read again to apply them")
    text = as_json(saved(made, documents, revision(documents), f"reconcile {__version__}"))
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        raise ReconcileError(f"--out {out}: can't be written: {error.strerror}") from None


def _reviewed(file: Path, only: list[str] | None) -> SavedPlan:
    from reconciler.saved import parsed

    if only:
        raise ReconcileError("a saved plan is applied whole: plan again with --only")
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReconcileError(f"{file}: can't be read: {error}") from None
    reviewed = parsed(str(file), text)
    typer.echo(f"the plan of {reviewed.origin}", err=True)
    return reviewed
