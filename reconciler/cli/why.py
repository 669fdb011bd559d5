"""The command that shows the numbers behind what is decided for a worker type."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.app import Documents, app
from reconciler.cli.looking import WORKER_TYPE, worker_type
from reconciler.cli.walk import compared


@app.command()
def why(
    name: Annotated[str, typer.Argument(metavar="WorkerType/NAME")],
    path: Documents = "desired",
) -> None:
    """Show demand, supply, every offering and every worker that goes, each with the reason."""
    from reconciler.aws.session import connect
    from reconciler.load import load
    from reconciler.report.console import show_table
    from reconciler.report.why import why_told

    declared = load(path)
    meant = name.removeprefix(WORKER_TYPE)
    worker_type(declared, meant)
    for one in compared(connect(declared.estate, look=True), declared).decided:
        if one.key.name == meant:
            for part in why_told(one):
                show_table(part)
