"""The commands: each a short walk through load, observe, diff, plan, apply and report."""

from __future__ import annotations

import io
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from reconciler.errors import ReconcileError

# What a command needs is imported in it: neither help nor a mistake should wait for boto3.
if TYPE_CHECKING:
    from reconciler.aws.session import Account
    from reconciler.load import Declared
    from reconciler.model import Key, Plan

_CHANGES, _REFUSED = 2, 3

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Make an AWS account hold the resources of worker fleets that YAML in git declares.",
    epilog="Exit status: 0 fine, 1 an error, 2 changes (with plan --detailed-exitcode), "
    "3 refused by the guard.",
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


def main() -> NoReturn:
    """What the command `reconcile` runs."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Where a sign of ours can't be written, its number is.
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(standalone_mode=False))
    except ReconcileError as error:
        _fail(str(error))
    except typer.TyperException as error:
        # Typer's own status for this is 2, which would tell a pipeline that there are changes.
        _fail(f"{error.format_message()} (`reconcile --help` tells more)")
    except typer.Abort:
        _fail("\nnothing was changed: no answer came, and --yes goes on without one")


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


@app.command()
def validate(path: Documents = "desired") -> None:
    """Check the documents without AWS: every mistake at once, and where it is."""
    from reconciler.load import load

    estate, resources = load(path)
    count = len({(resource.key.kind, resource.key.name) for resource in resources})
    typer.echo(f"Estate/{estate.name} and {count} resources: no mistake found")


@app.command("plan")
def plan_(
    path: Documents = "desired",
    only: Only = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes.")
    ] = False,
    allow_deletes: AllowDeletes = None,
) -> None:
    """Show what AWS lacks, has too much of, or has otherwise than the documents say."""
    from reconciler.guard import refusals
    from reconciler.load import load

    declared = load(path)
    _, plan = _planned(declared, only or ())
    _show_plan(plan)
    _heed(refusals(plan, len(declared.resources), allow_deletes))
    if plan.conflicts:
        raise typer.Exit(1)
    if detailed_exitcode and plan.changes:
        raise typer.Exit(_CHANGES)


@app.command("apply")
def apply_(
    path: Documents = "desired",
    only: Only = None,
    allow_deletes: AllowDeletes = None,
    yes: Yes = False,
) -> None:
    """Show the plan, ask, and make AWS as the documents say."""
    from reconciler.guard import refusals
    from reconciler.load import load

    declared = load(path)
    account, plan = _planned(declared, only or ())
    _show_plan(plan)
    _heed(refusals(plan, len(declared.resources), allow_deletes))
    _carry_out(account, plan, lambda: yes or _answer("Apply this? Only `yes` goes on") == "yes")


@app.command()
def destroy(path: Documents = "desired", only: Only = None, yes: Yes = False) -> None:
    """Delete all that carries the estate's tag, whether the documents declare it or not."""
    from reconciler.guard import protected
    from reconciler.load import load

    declared = load(path)
    account, plan = _planned(declared, only or (), nothing=True)
    _show_plan(plan)
    _heed(protected(plan))
    name = declared.estate.name
    ask = f"Delete all of this? Only the estate's name, `{name}`, goes on"
    _carry_out(account, plan, lambda: yes or _answer(ask) == name)


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
        _fail(f"out of date in {folder}: {', '.join(old)}; `reconcile schema {folder}` mends it")


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def sandbox(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="What to run.")],
) -> None:
    """Run a command (after --) against an embedded AWS that is gone when the command ends."""
    from reconciler.sandbox import SandboxMissing, run

    try:
        raise typer.Exit(run(command))
    except SandboxMissing as missing:
        _fail(str(missing))


def _planned(
    declared: Declared, only: Sequence[str], nothing: bool = False
) -> tuple[Account, Plan]:
    """The account that the credentials lead to, and the plan that makes it as declared.

    With `nothing`, the plan that leaves nothing of the estate.
    """
    from reconciler import diff, observe, plan
    from reconciler.aws.session import connect
    from reconciler.report.console import progress

    estate, resources = declared.estate, () if nothing else declared.resources
    account = connect(estate.regions)
    with progress() as tell:
        snapshot = observe.observe(account, estate, resources, tell)
        found = diff.only(diff.diff(estate, resources, snapshot), only)
        _name_something(only, [*(resource.key for resource in declared.resources), *snapshot.ours])
        changes = observe.hurt(account, found.changes)
    return account, plan.plan(estate, resources, snapshot, found._replace(changes=changes))


def _name_something(only: Sequence[str], known: Sequence[Key]) -> None:
    """A pattern that names nothing is a mistake: it must not pass for nothing to do."""
    from reconciler.diff import selected
    from reconciler.fields.wording import did_you_mean

    for pattern in only:
        if not any(selected(key, [pattern]) for key in known):
            near = did_you_mean(pattern, {str(key) for key in known})
            raise ReconcileError(f"--only {pattern} names nothing that is declared or in AWS{near}")


def _show_plan(plan: Plan) -> None:
    from reconciler.report.console import show
    from reconciler.report.text import plan_text

    show(plan_text(plan))


def _heed(refusals: Sequence[str]) -> None:
    """Stop here when the guard refuses, after the plan was shown and before anything is changed."""
    if refusals:
        typer.echo("\n".join(f"refused: {why}" for why in refusals), err=True)
        raise typer.Exit(_REFUSED)


def _carry_out(account: Account, plan: Plan, agreed: Callable[[], bool]) -> None:
    """Apply what was shown once it is agreed to, and tell what became of it."""
    from reconciler.apply import apply
    from reconciler.model import Result
    from reconciler.report.console import progress, show
    from reconciler.report.text import outcomes_text

    if plan.steps and not agreed():
        _fail("nothing was changed")
    with progress() as tell, _stoppable() as stopped:
        outcomes = apply(account, plan, lambda s: tell(f"{s.act} {s.change.key}"), stopped)
    if outcomes:
        show(outcomes_text(outcomes))
    if any(outcome.result is not Result.DONE for outcome in outcomes):
        raise typer.Exit(1)


def _answer(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False, err=True))


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Whether we were asked to stop: what was begun is finished, unless a second signal comes."""
    stopped = threading.Event()
    before: dict[signal.Signals, Any] = {}

    def stop(*_: Any) -> None:
        stopped.set()
        typer.echo("stopping: what was begun is finished first", err=True)
        for number, handler in before.items():
            signal.signal(number, handler)

    before.update({s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)})
    try:
        yield stopped.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _fail(what: str) -> NoReturn:
    typer.echo(what, err=True)
    sys.exit(1)
