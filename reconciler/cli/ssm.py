"""The command that runs one of SSM's documents on many machines."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import ERROR, Documents, app
from reconciler.cli.machines import found, meant
from reconciler.cli.signals import told_to_stop
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.commands import Result
    from reconciler.aws.many_commands import Batch, Many
    from reconciler.aws.session import Accounts
    from reconciler.cli.machines import Machine
    from reconciler.load import Declared
    from reconciler.model import Scope

GRACE = 30.0
"""How many seconds a cancelled command may take to end."""

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html
_USUAL_AT_ONCE, _USUAL_ERRORS, _USUAL_SECONDS = "50", "0", 3600

_SHARE = re.compile(r"([0-9]{1,6})(%?)")

ssm = typer.Typer(no_args_is_help=True, help="Commands of SSM on the estate's machines.")
app.add_typer(ssm, name="ssm")


@ssm.command()
def run(
    document: Annotated[
        str,
        typer.Argument(metavar="DOCUMENT", help="A Document's name in git, or AWS's own in full."),
    ],
    path: Documents = "desired",
    on: Annotated[
        list[str] | None,
        typer.Option(metavar="WORKERTYPE|INSTANCE", help="Where to run it; repeatable."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Repeat one for a list of values."),
    ] = None,
    max_concurrency: Annotated[
        str, typer.Option(metavar="N|N%", help="On so many at once.")
    ] = _USUAL_AT_ONCE,
    max_errors: Annotated[
        str, typer.Option(metavar="N|N%", help="Once more have failed, it begins on no other.")
    ] = _USUAL_ERRORS,
    timeout: Annotated[
        int, typer.Option(metavar="SECONDS", min=1, help="Cancel what has not ended by then.")
    ] = _USUAL_SECONDS,
    region: Annotated[
        list[str] | None,
        typer.Option(metavar="REGION", help="Only machines that are there; repeatable."),
    ] = None,
) -> None:
    """Run a document of SSM on machines of the estate, and give what each of them says.

    Standard output has the machines' standard output and nothing else, each line with its machine.
    """
    from reconciler.aws.many_commands import Many
    from reconciler.aws.session import connect
    from reconciler.load import load
    from reconciler.report.words import where

    declared = load(path)
    values = _values(parameter or ())
    share = {"--max-concurrency": max_concurrency, "--max-errors": max_errors}
    bounds = {option: _share(option, said) for option, said in share.items()}
    accounts = connect(declared.estate)
    machines = meant(found(accounts, declared.estate, region or ()), on or (), declared)
    to, silent = _reachable(accounts, machines, document, declared, values, timeout)
    at_once = max(1, bounds["--max-concurrency"](len(machines)))
    many = Many(to, at_once, bounds["--max-errors"](len(machines)))
    _tell(f"{document} runs on {len(machines) - len(silent)} of {len(machines)} machines")
    results = [*silent, *_followed(many, timeout)]
    _show_table(results, {one.id: where(one.scope, declared.estate) or "-" for one in machines})
    if not all(one.well for one in results):
        raise typer.Exit(ERROR)


def _values(said: Sequence[str]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals or not name:
            # What stands there may be a secret.
            raise ReconcileError("a --parameter is not of the form NAME=VALUE")
        values.setdefault(name, []).append(value)
    return values


def _share(option: str, said: str) -> Callable[[int], int]:
    """How many of so many machines are meant: a number, or a percentage rounded down."""
    form = _SHARE.fullmatch(said)
    if not form or (form[2] and int(form[1]) > 100):
        raise ReconcileError(f"{option} {said} is neither a number nor a percentage, such as 10%")
    number, percent = int(form[1]), bool(form[2])
    return lambda all_: all_ * number // 100 if percent else number


def _reachable(
    accounts: Accounts,
    machines: Sequence[Machine],
    document: str,
    declared: Declared,
    values: dict[str, list[str]],
    seconds: int,
) -> tuple[list[Batch], list[Result]]:
    """What to send where, and the machines that SSM does not have online."""
    from reconciler.aws.commands import ONLINE, Order, Result, pings
    from reconciler.aws.errors import explained
    from reconciler.aws.many_commands import NOT_ONLINE, batches

    to: list[Batch] = []
    silent: list[Result] = []
    for scope in dict.fromkeys(one.scope for one in machines):
        ids = [one.id for one in machines if one.scope == scope]
        order = Order(_aws_name(document, declared, scope), values, seconds=seconds)
        with explained(f" (reading {scope})"):
            known = pings(accounts.at(scope), ids)
        to += batches(accounts.at(scope), order, [i for i in ids if known.get(i) == ONLINE])
        off = {id_: known.get(id_) for id_ in ids if known.get(id_) != ONLINE}
        silent += [Result(id_, f"{NOT_ONLINE}: {_why(ping)}") for id_, ping in off.items()]
    return to, silent


def _why(ping: str | None) -> str:
    if ping:
        return f"SSM says {ping}"
    return "SSM has not heard of it (its agent, its instance profile, its way to SSM)"


def _aws_name(document: str, declared: Declared, scope: Scope) -> str:
    """What AWS calls a document that git declares there; others are AWS's own."""
    from reconciler.fields.wording import did_you_mean

    name = document.removeprefix("Document/")
    here = {one.key: one.name for one in declared.resources if one.key.kind == "Document"}
    for key, theirs in here.items():
        if (key.name, key.scope) == (name, scope):
            return theirs
    known = {key.name for key in here}
    if name in known:
        raise ReconcileError(f"Document/{name} is not declared for {scope}")
    if document.lower().startswith(("aws-", "amazon")):
        return document
    near = did_you_mean(name, known)
    raise ReconcileError(f"Document/{name} is not declared, and none of AWS's own{near}")


def _followed(many: Many, seconds: float) -> list[Result]:
    """How it ended everywhere, told as it comes; what is too slow or not wanted is cancelled."""
    from reconciler.aws.commands import Result
    from reconciler.aws.errors import Refused, explained

    results: list[Result] = []

    def hear(for_seconds: float) -> None:
        with explained():
            for one in many.results(for_seconds):
                results.append(one)
                _show(one)

    with told_to_stop(many.stop):
        try:
            hear(seconds)
        except Refused:
            # What nobody follows any more should not go on.
            with explained():
                many.cancel()
            raise
        if many.left:
            _tell(f"not ended, and cancelled now: {len(many.left)}")
            with explained():
                many.cancel()
            hear(GRACE)
    return [*results, *(Result(id_, "not known: it told no end") for id_ in many.left)]


def _show(one: Result) -> None:
    from reconciler.report.commands import prefixed

    for text, stream in ((one.out, sys.stdout), (one.err, sys.stderr)):
        for line in prefixed(one.instance, text, stream.isatty()):
            typer.echo(line, file=stream)
    _tell(f"{one.instance}: {one.status}")


def _show_table(results: Sequence[Result], places: Mapping[str, str]) -> None:
    from rich.console import Console

    from reconciler.report.commands import results_table

    console = Console(file=sys.stderr, highlight=False)
    if not console.is_terminal:
        console.width = 10_000
    console.print(results_table(results, places))


def _tell(what: str) -> None:
    from reconciler.report.console import plain

    typer.echo(plain(what), err=True)
