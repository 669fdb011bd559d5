"""The command that writes a first estate."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.app import app
from reconciler.errors import ReconcileError

_MODELINE = "# yaml-language-server: $schema=../schemas/all.json\n"

_ESTATE = """\
# Whose the resources are, what their names begin with, and where they may be.
apiVersion: reconciler/v1
kind: Estate
metadata:
  name: {name}
spec:
  prefix: {prefix}
  accounts: ["{account}"]
  regions: [{region}]
"""

_WORKERS = """\
# What every worker needs: a group that lets nobody in, and a role by which Systems Manager reaches
# it, so that nobody has to.
apiVersion: reconciler/v1
kind: SecurityGroup
metadata:
  name: worker
spec:
  description: Workers, which call out and are not called
---
apiVersion: reconciler/v1
kind: Role
metadata:
  name: worker
spec:
  trustPolicy:
    Version: "2012-10-17"
    Statement:
    - Effect: Allow
      Principal:
        Service: ec2.amazonaws.com
      Action: sts:AssumeRole
  managedPolicies:
  - arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore
---
apiVersion: reconciler/v1
kind: InstanceProfile
metadata:
  name: worker
spec:
  role: worker
"""


@app.command()
def init(
    name: Annotated[str, typer.Option(prompt="The estate's name", help="Whose it all is.")],
    account: Annotated[str, typer.Option(prompt="The AWS account's id", help="12 digits.")],
    region: Annotated[
        str,
        typer.Option(prompt="The region", help="Such as eu-central-1.", envvar="AWS_REGION"),
    ],
    prefix: Annotated[
        str | None, typer.Option(help="What AWS's names begin with.  [default: NAME-]")
    ] = None,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where desired/ and schemas/ go.")
    ] = Path(),
) -> None:
    """Write a small estate that plans: a group, a role and a profile for workers."""
    from reconciler.load import load
    from reconciler.schema import write

    desired = folder / "desired"
    if desired.exists():
        raise ReconcileError(f"{desired} is there already: nothing was written")
    estate = _ESTATE.format(name=name, prefix=prefix or f"{name}-", account=account, region=region)
    desired.mkdir(parents=True)
    (desired / "estate.yml").write_text(_MODELINE + estate, "utf-8")
    (desired / "workers.yml").write_text(_MODELINE + _WORKERS, "utf-8")
    try:
        load(str(desired))
    except ReconcileError:
        # It was not there a moment ago.
        shutil.rmtree(desired)
        raise
    write(folder / "schemas")
    typer.echo(f"wrote {desired} and the schemas that editors check it by; next: reconcile plan")
