"""The command that makes WorkerTypes of other systems' definitions."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from reconciler.cli.app import ERROR, app


@app.command()
def convert(
    _: Annotated[
        Literal["taskcluster"],
        typer.Argument(metavar="taskcluster", help="Whose definitions they are."),
    ],
    path: Annotated[str, typer.Argument(metavar="FILE", help="YAML or JSON; - is standard input.")],
    root_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where the deployment is, such as https://tc.example.org.",
            envvar="TASKCLUSTER_ROOT_URL",
        ),
    ] = None,
) -> None:
    """Print WorkerTypes that say what Taskcluster's worker pools say.

    FILE is ci-config's mapping of pools, or worker-manager's or the AWS
    Provisioner's JSON, of one or several.

    What can't be said, is doubtful or is a mistake stands on stderr, with
    its place. No secret is printed. What is said nowhere is as it is here:
    IMDSv2 alone, and volumes encrypted.

    Exit status: 0 all is said, 1 the documents are there but somebody has to
    see to something, or FILE could not be read.
    """
    from reconciler.convert import converted
    from reconciler.report.console import plain

    made = converted(path, root_url)
    typer.echo(made.text, nl=False)
    for complaint in made.complaints:
        typer.echo(plain(complaint), err=True)
    if made.complaints:
        raise typer.Exit(ERROR)
