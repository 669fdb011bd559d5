"""The command that tells what others have made of the estate's resources, and who they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.app import CHANGES, ERROR, Documents, app
from reconciler.cli.walk import standing

if TYPE_CHECKING:
    from reconciler.aws.session import Accounts, Aws
    from reconciler.aws.trail import Deed, Wanted
    from reconciler.model import Change, Key


@app.command()
def drift(
    path: Documents = "desired",
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when there is drift.")
    ] = False,
) -> None:
    """Show what AWS has that git did not ask for, and who did it, as far as CloudTrail knows."""
    from reconciler.aws.session import connect
    from reconciler.drift import drifted, missing
    from reconciler.load import load
    from reconciler.report.console import show
    from reconciler.report.drift import drift_text
    from reconciler.report.words import unread

    declared = load(path)
    accounts = connect(declared.estate, look=True)
    found = standing(accounts, declared)
    changed, absent = drifted(found.difference.changes), missing(found.difference.changes)
    deeds, notes = _deeds(accounts, [*changed, *absent])
    gone = [one for one in absent if one.key in deeds and deeds[one.key].what.startswith("Delete")]
    told = sorted([*changed, *gone], key=lambda change: change.key)
    lost = [*unread(found.snapshot.unreached)]
    notes += [*_unknown(told, deeds), *_absent(len(absent) - len(gone)), *lost]
    show(drift_text(declared.estate, told, deeds, notes))
    if lost:
        raise typer.Exit(ERROR)
    if detailed_exitcode and told:
        raise typer.Exit(CHANGES)


def _deeds(accounts: Accounts, changes: Collection[Change]) -> tuple[dict[Key, Deed], list[str]]:
    """The last deed to each of the resources, and what to know of the look."""
    from reconciler.aws.trail import Wanted, last_deeds
    from reconciler.observe import side_by_side
    from reconciler.report.console import progress

    # What an account has once is asked for in its home region, as the first region's part.
    wanted: dict[Aws, dict[Wanted, Key]] = {}
    for change in changes:
        thing = change.before or change.after
        assert thing
        one = Wanted(change.key.kind, thing.name, change.before.id if change.before else "")
        wanted.setdefault(accounts.at(change.key.scope), {})[one] = change.key
    with progress() as tell:
        if changes:
            tell("asking CloudTrail who changed what")
        traced = side_by_side(lambda aws: last_deeds(aws, wanted[aws]), list(wanted))
    deeds = {
        wanted[aws][one]: deed
        for aws, answer in zip(wanted, traced, strict=True)
        for one, deed in answer.deeds.items()
    }
    return deeds, list(dict.fromkeys(note for answer in traced for note in answer.notes))


def _unknown(told: Collection[Change], deeds: dict[Key, Deed]) -> list[str]:
    if all(change.key in deeds for change in told):
        return []
    return [
        "where nobody is named, it was git that changed, or CloudTrail does not know who: it shows "
        "a call after up to 15 minutes, and for 90 days"
    ]


def _absent(count: int) -> list[str]:
    if not count:
        return []
    return [f"{count} declared and not there, new or deleted: `reconcile plan` shows them"]
