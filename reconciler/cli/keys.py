"""The commands for people who use keys: fetch the private half of a generated key pair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import Documents, app
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.load import Declared
    from reconciler.model import Scope

Region = Annotated[
    str | None, typer.Option("--region", metavar="REGION", help="Only what is there.")
]

keys = typer.Typer(no_args_is_help=True, help="Keys for people who use ssh.")
app.add_typer(keys, name="keys")


@keys.callback()
def _group() -> None:
    """Without a second command, typer would take the first one's name away."""


@keys.command()
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a KeyPair, as git calls it.")],
    path: Documents = "desired",
    region: Region = None,
    state_path: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Instead of the user's folder for state."),
    ] = None,
) -> None:
    """Write the private half of a generated key pair to a file only for you; print its path.

    One file for each account and region that has the key. It can always be fetched again.
    """
    from reconciler.aws.errors import explained
    from reconciler.aws.session import connect
    from reconciler.kinds.key_pair import private_half
    from reconciler.load import load
    from reconciler.local import keep, state_folder

    declared = load(path)
    accounts = connect(declared.estate)
    halves: dict[Scope, str] = {}
    for scope in scopes(declared, region):
        accounts.check(scope.account)
        with explained(f" (in {scope})"):
            half = private_half(accounts.at(scope), declared.estate.name, name)
        if half is not None:
            halves[scope] = half
    if not halves:
        raise ReconcileError(_why_none(declared, name, region))
    for scope, half in halves.items():
        folders = ("keys", scope.account, scope.region)
        typer.echo(keep(state_folder(state_path), folders, f"{name}.pem", half))


def scopes(declared: Declared, region: str | None) -> list[Scope]:
    """Where the estate has instances and keys, or the part of it that is in a region."""
    from reconciler.fields.wording import did_you_mean

    estate = declared.estate
    if region and region not in estate.regions:
        near = did_you_mean(region, estate.regions)
        raise ReconcileError(f"--region {region} is none of the Estate's{near}")
    return [
        scope
        for account in estate.accounts
        for scope in estate.scopes(account.id)
        if scope.region and region in (None, scope.region)
    ]


def _why_none(declared: Declared, name: str, region: str | None) -> str:
    from reconciler.fields.wording import did_you_mean

    pairs = [one for one in declared.resources if one.key.kind == "KeyPair"]
    specs = [one.spec for one in pairs if one.key.name == name]
    if not specs:
        near = did_you_mean(name, {one.key.name for one in pairs})
        return f"KeyPair/{name} is not declared, and AWS has no private half of it{near}"
    if any(getattr(spec, "generate", None) for spec in specs):
        where = f" in {region}" if region else ""
        return f"KeyPair/{name} has no private half{where} yet: `reconcile apply` has it made"
    return f"KeyPair/{name} has its public half from git: whoever made that has the private one"
