"""Drift as text: what somebody has made of our resources, who it was, and a count last."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from reconciler.aws.trail import Deed
from reconciler.model import Action, Change, Estate, Key
from reconciler.report.console import plain
from reconciler.report.line import Line
from reconciler.report.text import fields_text
from reconciler.report.words import described, place

_WHAT = {
    Action.CREATE: ("is gone", "red"),
    Action.DELETE: ("is not declared", "yellow"),
}
_DIFFERS = ("differs", "yellow")


def drift_text(
    estate: Estate,
    drift: Collection[Change],
    deeds: Mapping[Key, Deed],
    notes: Collection[str],
) -> Iterator[Line]:
    """Each change with who made it, where that is known: + is what AWS has more than git."""
    yield Line.of("Estate {} in {}, {}".format(*described(estate)))
    yield Line.of()
    for change in drift:
        what, style = _WHAT.get(change.action, _DIFFERS)
        yield Line.of(
            (plain(str(change.key)), "bold"), " ", (what, style), f"  ({place(change, estate)})"
        )
        if deed := deeds.get(change.key):
            yield Line.of(
                (f"    {plain(deed.what)} by {plain(deed.who)} at {deed.when}", "bold red")
            )
        if change.action is not Action.CREATE:
            yield from fields_text(change.fields, creating=False)
        yield Line.of()
    for note in notes:
        yield Line.of((f"Note: {plain(note)}", "cyan"))
    yield Line.of((_summary(drift), "bold"))


def _summary(drift: Collection[Change]) -> str:
    counts = {"differ": 0, "not declared": 0, "gone": 0}
    words = {Action.DELETE: "not declared", Action.CREATE: "gone"}
    for change in drift:
        counts[words.get(change.action, "differ")] += 1
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"Drift: {told}." if told else "No drift."
