"""A plan and its outcomes as text: what, why, and old → new by field, a count last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from reconciler.model import Action, Change, Estate, FieldChange, Outcome, Plan, Result
from reconciler.report.console import plain
from reconciler.report.line import Line
from reconciler.report.words import (
    SIGN,
    described,
    difference,
    not_reached,
    place,
    summary,
    tall,
    value,
)

_STYLE = {
    Action.CREATE: "green",
    Action.ADOPT: "cyan",
    Action.UPDATE: "yellow",
    Action.REPLACE: "magenta",
    Action.DELETE: "red",
    Action.CONFLICT: "bold red",
}
_DONE = {
    Action.CREATE: "created",
    Action.ADOPT: "adopted",
    Action.UPDATE: "updated",
    Action.REPLACE: "replaced",
    Action.DELETE: "deleted",
}
_MARK = {Result.DONE: ("✓", "green"), Result.FAILED: ("✗", "red"), Result.SKIPPED: ("·", "yellow")}


def plan_text(plan: Plan) -> Iterator[Line]:
    """The whole plan for a reader."""
    yield Line.of("Estate {} in {}, {}".format(*described(plan.estate)))
    yield Line.of()
    for change in plan.changes:
        yield from _change(change, plan.estate)
        yield Line.of()
    for fleet in plan.fleets:
        yield Line.of(plain(fleet))
    for lost in not_reached(plan):
        yield Line.of((plain(lost), "bold red"))
    for note in plan.notes:
        yield Line.of((f"Note: {plain(note)}", "cyan"))
    yield Line.of((summary(plan), "bold"))


def outcomes_text(whose: Estate, outcomes: Iterable[Outcome]) -> Iterator[Line]:
    """What became of each change, what went wrong last and with why, then a count."""
    outcomes = sorted(outcomes, key=lambda outcome: list(_MARK).index(outcome.result))
    for outcome in outcomes:
        yield from _outcome(outcome, whose)
    yield Line.of((_tally(outcomes), "bold"))


def _tally(outcomes: Iterable[Outcome]) -> str:
    done = [
        f"{n} {word}"
        for action, word in _DONE.items()
        if (n := sum(o.result is Result.DONE and o.change.action is action for o in outcomes))
    ]
    not_done = [
        f"{n} {result}"
        for result in (Result.FAILED, Result.SKIPPED)
        if (n := sum(outcome.result is result for outcome in outcomes))
    ]
    return f"Applied: {', '.join([*done, *not_done]) or 'nothing'}."


def _outcome(outcome: Outcome, whose: Estate) -> Iterator[Line]:
    mark, style = _MARK[outcome.result]
    change = outcome.change
    what = _DONE[change.action] if outcome.result is Result.DONE else outcome.result.value
    yield Line.of((mark, style), f" {plain(str(change.key))} {what}  ({place(change, whose)})")
    for line in outcome.why.splitlines():
        yield Line.of(f"    {plain(line)}")


def _change(change: Change, whose: Estate) -> Iterator[Line]:
    what = f"{SIGN[change.action]} {change.action} "
    yield Line.of(
        (what, _STYLE[change.action]),
        (plain(str(change.key)), "bold"),
        f"  ({place(change, whose)})",
    )
    if change.reason:
        yield Line.of((f"    {plain(change.reason)}", "italic"))
    for user in change.users:
        yield Line.of((f"    in use by {plain(user)}", "bold red"))
    yield from fields_text(change.fields, change.action is Action.CREATE)


def fields_text(fields: Iterable[FieldChange], creating: bool) -> Iterator[Line]:
    """The differences field by field; of what is `creating`, the values alone."""
    for path, some in groupby(fields, key=lambda field: field.path):
        yield from _field(path, list(some), creating)


def _field(path: str, fields: list[FieldChange], creating: bool) -> Iterator[Line]:
    """One field; several differences of one are those of a set, and stand in lines of their own."""
    only = fields[0] if len(fields) == 1 else None
    word = plain(path)
    why = ("  forces the replacement", "magenta") if fields[0].forces else ""
    if only and not tall(only):
        yield Line.of(f"    {word}  ", _told(only, creating), why)
        return
    yield Line.of(f"    {word}", why)
    for field in fields:
        yield from (Line.of("      ", line) for line in _lines(field, creating))


def _told(field: FieldChange, creating: bool) -> Line:
    if field.old is None:
        return (
            Line.of(value(field.new)) if creating else Line.of((f"+ {value(field.new)}", "green"))
        )
    if field.new is None:
        return Line.of((f"- {value(field.old)}", "red"))
    return Line.of((value(field.old), "red"), " → ", (value(field.new), "green"))


def _lines(field: FieldChange, creating: bool) -> Iterator[Line]:
    """A text of many lines as a difference of lines; anything else as it is told on one."""
    if not tall(field):
        yield _told(field, creating)
        return
    for sign, line in difference(field):
        style = {"+": "green", "-": "red"}.get(sign, "")
        yield Line.of(line) if creating else Line.of((f"{sign} {line}", style))
