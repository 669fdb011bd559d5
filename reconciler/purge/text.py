"""What would go and what stays, and what became of it, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model import Ended, Estate, Result
from reconciler.purge.owned import Owned, Survey
from reconciler.report.console import plain
from reconciler.report.line import Line
from reconciler.report.words import unread, where


def survey_text(found: Survey, estate: Estate) -> Iterator[Line]:
    """Everything that would go, then everything that stays, each with the reason."""
    for one in found.going:
        yield Line.of(("- ", "red"), _told(one, estate))
    for one in found.kept:
        yield Line.of(("= ", "yellow"), _told(one, estate), f" stays: {plain(one.kept)}")
    for arn in found.strange:
        yield Line.of(
            (f"! {plain(arn)} carries the tag and is nothing that is removed here", "yellow")
        )
    for line in unread(found.unread):
        yield Line.of((f"! {plain(line)}", "bold red"))
    kept = f", {len(found.kept)} to be kept" if found.kept else ""
    yield Line.of((f"Estate/{estate.name}: {len(found.going)} to remove{kept}.", "bold"))


def ended_text(ended: Sequence[Ended]) -> Iterator[Line]:
    """What refused to go and why, and how many went."""
    refused = [one for one in ended if one.result is not Result.DONE]
    for one in refused:
        key = one.step.change.key
        yield Line.of(("✗ ", "red"), plain(f"{key} of {key.scope} is still there: {one.why}"))
    still = f", {len(refused)} still there" if refused else ""
    yield Line.of((f"Gone: {len(ended) - len(refused)}{still}.", "bold"))


def _told(one: Owned, estate: Estate) -> Line:
    known = (
        one.what.id if one.what.name not in one.what.id else "",
        one.of,
        where(one.scope, estate),
    )
    return Line.of((plain(str(one.key)), "bold"), f"  ({plain(', '.join(filter(None, known)))})")
