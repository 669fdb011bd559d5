"""The command that prints what IAM must allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import Documents, app
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.fields.policy_document import IdentityPolicy
    from reconciler.load import Declared
    from reconciler.model import Account
    from reconciler.permissions import Purpose


@app.command()
def permissions(
    path: Documents = "desired",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="For plan, status, drift and import alone.")
    ] = False,
    people: Annotated[
        bool, typer.Option("--people", help="For terminate, keys, ssh and ssm run alone.")
    ] = False,
    purge: Annotated[bool, typer.Option("--purge", help="For purge alone.")] = False,
    account: Annotated[
        str | None,
        typer.Option(metavar="ID", help="For the role that is assumed in this account."),
    ] = None,
) -> None:
    """Print the IAM policy that is enough for the documents; asks no AWS.

    It lets the kinds be changed that are declared: make it anew when another one comes into use,
    and where the last of a kind goes, only after that has been applied.
    """
    from botocore.session import get_session

    from reconciler.load import load
    from reconciler.permissions import Purpose, account_policy, as_json, own_policy

    if read_only + people + purge > 1:
        raise ReconcileError("--read-only, --people, --purge: a policy is for one of them")
    declared = load(path)
    partition = get_session().get_partition_for_region(declared.estate.regions[0])
    by_tag = "people" if people else "purge" if purge else ""
    purpose = Purpose(read_only, partition, by_tag)
    if account:
        policy = account_policy(declared, _known(declared, account), purpose)
    else:
        policy = own_policy(declared, purpose)
        _tell_of_roles(declared, purpose)
    typer.echo(as_json(policy), nl=False)
    _tell_of_size(policy)


def _known(declared: Declared, wanted: str) -> Account:
    from reconciler.fields.wording import did_you_mean

    accounts = {account.id: account for account in declared.estate.accounts}
    if wanted not in accounts:
        near = did_you_mean(wanted, accounts)
        raise ReconcileError(
            f"--account {wanted} is none of the Estate's: {', '.join(accounts)}{near}"
        )
    return accounts[wanted]


def _tell_of_roles(declared: Declared, purpose: Purpose) -> None:
    for account in declared.estate.accounts:
        if role := purpose.role(account):
            option = f" {purpose.option}" if purpose.option else ""
            typer.echo(
                f"the role {role} of account {account.id} needs a policy of its own: "
                f"`reconcile permissions{option} --account {account.id}`",
                err=True,
            )


def _tell_of_size(policy: IdentityPolicy) -> None:
    from reconciler.kinds.policy import LARGEST
    from reconciler.kinds.role import LARGEST_INLINE

    if policy.size() > LARGEST:
        typer.echo(
            f"it has {policy.size()} characters, and a managed policy takes {LARGEST}: make it an "
            f"inline policy of the role, which takes {LARGEST_INLINE}",
            err=True,
        )
