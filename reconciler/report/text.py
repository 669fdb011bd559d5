"""A plan and its outcomes as text: what, why, and old → new by field, a count last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import ndiff
from itertools import groupby

from rich.text import Text

from reconciler.model import Action, Change, FieldChange, Outcome, Plan, Result
from reconciler.report.console import plain

_SIGN = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "magenta"),
    Action.DELETE: ("-", "red"),
    Action.CONFLICT: ("!", "bold red"),
}
_COUNTED = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.REPLACE: "to replace",
    Action.DELETE: "to delete",
    Action.CONFLICT: "in conflict",
}
_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.REPLACE: "replaced",
    Action.DELETE: "deleted",
}
_MARK = {Result.DONE: ("✓", "green"), Result.FAILED: ("✗", "red"), Result.SKIPPED: ("·", "yellow")}


def plan_text(plan: Plan) -> Iterator[Text]:
    """The whole plan for a reader."""
    where = ", ".join(plan.estate.regions)
    yield Text(f"Estate {plan.estate.name} in account {plan.account}, {where}")
    yield Text()
    for change in plan.changes:
        yield from _change(change)
        yield Text()
    for note in plan.notes:
        yield Text(f"Note: {plain(note)}", "cyan")
    yield Text(_summary(plan), "bold")


def outcomes_text(outcomes: Iterable[Outcome]) -> Iterator[Text]:
    """What became of each change, what went wrong last and with why, then a count."""
    outcomes = sorted(outcomes, key=lambda outcome: list(_MARK).index(outcome.result))
    for outcome in outcomes:
        yield from _outcome(outcome)
    yield Text(_tally(outcomes), "bold")


def _summary(plan: Plan) -> str:
    counts = [f"{n} {word}" for action, word in _COUNTED.items() if (n := len(plan.of(action)))]
    same = f"{plan.unchanged} unchanged"
    return f"Plan: {', '.join([*counts, same])}." if counts else f"Nothing to do: {same}."


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


def _outcome(outcome: Outcome) -> Iterator[Text]:
    mark, style = _MARK[outcome.result]
    change = outcome.change
    what = _DONE[change.action] if outcome.result is Result.DONE else outcome.result.value
    yield Text.assemble((mark, style), f" {change.key} {what}{_place(change)}")
    for line in outcome.why.splitlines():
        yield Text(f"    {plain(line)}")


def _change(change: Change) -> Iterator[Text]:
    sign, style = _SIGN[change.action]
    title = Text.assemble((f"{sign} {change.action} ", style), (str(change.key), "bold"))
    title.append(_place(change))
    yield title
    if change.reason:
        yield Text(f"    {plain(change.reason)}", "italic")
    for user in change.users:
        yield Text(f"    in use by {plain(user)}", "bold red")
    creating = change.action is Action.CREATE
    for path, fields in groupby(change.fields, key=lambda field: field.path):
        yield from _field(path, list(fields), creating)


def _place(change: Change) -> str:
    """AWS's own words for it: its name, its id where that says more (ARNs do not), its region."""
    names = [one.name for one in (change.before, change.after) if one]
    ids = [one.id for one in (change.before,) if one and one.name not in one.id]
    return f"  ({', '.join(dict.fromkeys([*names, *ids, *filter(None, [change.key.region])]))})"


def _field(path: str, fields: list[FieldChange], creating: bool) -> Iterator[Text]:
    """One field; several differences of one are those of a set, and stand in lines of their own."""
    only = fields[0] if len(fields) == 1 else None
    word = plain(path)
    why = ("  forces the replacement", "magenta") if fields[0].forces else ""
    if only and not _tall(only):
        yield Text.assemble(f"    {word}  ", _told(only, creating), why)
        return
    yield Text.assemble(f"    {word}", why)
    for field in fields:
        yield from (Text.assemble("      ", line) for line in _lines(field, creating))


def _told(field: FieldChange, creating: bool) -> Text:
    if field.old is None:
        return Text(_value(field.new)) if creating else Text(f"+ {_value(field.new)}", "green")
    if field.new is None:
        return Text(f"- {_value(field.old)}", "red")
    return Text.assemble((_value(field.old), "red"), " → ", (_value(field.new), "green"))


def _lines(field: FieldChange, creating: bool) -> Iterator[Text]:
    """A text of many lines as a difference of lines; anything else as it is told on one."""
    if not _tall(field):
        yield _told(field, creating)
        return
    old, new = (field.old or "").splitlines(), (field.new or "").splitlines()
    for line in ndiff(old, new):
        sign = line[0]
        if sign != "?":
            style = {"+": "green", "-": "red"}.get(sign, "")
            yield Text(plain(line[2:] if creating else line), "" if creating else style)


def _tall(field: FieldChange) -> bool:
    return any("\n" in (text or "").strip() for text in (field.old, field.new))


def _value(text: str | None) -> str:
    return plain(text) if text else '""'
