"""A plan as a comment on a pull request: what is grave first, details folded, never too long.

Whatever was not written here stands in `<code>` or in a fence: there neither GitHub nor GitLab
takes anything for a tag, a mention of somebody, a reference or a command.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from html import escape

from reconciler.model import Action, Change, Estate, FieldChange, Plan
from reconciler.report.console import plain
from reconciler.report.words import (
    COUNTED,
    GRAVE,
    GRAVEST_FIRST,
    SIGN,
    described,
    difference,
    nearby,
    not_reached,
    place,
    summary,
    tall,
    value,
    where,
)

# GitHub refuses a comment of more than 65,536 characters. It has been seen to count bytes, and may
# count a line's end as two: so both are counted, with room for numbers that grow and for a line
# that a workflow adds.
_LIMIT = 64_000
_TOO_LITTLE = 40


class _Depth(IntEnum):
    """How much is told of a change."""

    COUNTED = 0
    NAMED = 1
    TOLD = 2
    WHOLE = 3


@dataclass
class _Entry:
    """A change, and what there was room to tell of it.

    Its kind and action stand here too: to look for those of a hundred thousand changes again and
    again takes the longest where they lie all over the memory.
    """

    change: Change
    kind: str
    action: Action
    depth: _Depth = _Depth.COUNTED
    text: str = ""


def plan_markdown(plan: Plan) -> str:
    """The whole plan, or as much as there is room for: what is told first is left out last."""
    entries = [_Entry(change, change.key.kind, change.action) for change in plan.changes]
    grave: list[_Entry] = []
    others: list[_Entry] = []
    for entry in entries:
        (grave if entry.action in GRAVE else others).append(entry)
    # A conflict destroys nothing: where there is no room for all, it gives way to what ends.
    grave.sort(key=lambda entry: entry.action is Action.CONFLICT)
    # What is only counted stands in a table, which is longest while nothing else is told.
    room = _LIMIT - _size(_page(plan, entries, []))
    room = _tell(plan.estate, grave, (_Depth.NAMED, _Depth.TOLD), room)
    notes = list(_fitting(map(_note, plan.told), min(room, _LIMIT // 4)))
    room -= sum(map(_size, notes))
    room = _tell(plan.estate, others, (_Depth.NAMED,), room)
    room = _tell(plan.estate, grave, (_Depth.WHOLE,), room)
    _tell(plan.estate, others, (_Depth.TOLD, _Depth.WHOLE), room)
    return _page(plan, entries, notes)


def _size(text: str) -> int:
    return len(text.encode()) + text.count("\n")


def _fitting(texts: Iterable[str], room: int) -> Iterator[str]:
    for text in texts:
        if _size(text) <= room:
            room -= _size(text)
            yield text


def _tell(estate: Estate, entries: Sequence[_Entry], depths: Sequence[_Depth], room: int) -> int:
    """Tell of each entry in turn as much as fits, first all of them a little; the room left."""
    for depth in depths:
        for entry in entries:
            if room < _TOO_LITTLE:
                return room
            text = _WRITE[depth](entry.change, estate)
            more = _size(text) - _size(entry.text)
            if more <= room:
                entry.depth, entry.text, room = depth, text, room - more
    return room


def _page(plan: Plan, entries: Sequence[_Entry], notes: Sequence[str]) -> str:
    lost = [f"<p><b>Not reached:</b> {_code(told)}</p>\n" for told in not_reached(plan)]
    parts = [f"### {summary(plan)}\n", _where(plan), *lost, *_left_out(plan, entries, notes)]
    texts: dict[Action, list[str]] = {action: [] for action in GRAVEST_FIRST}
    for entry in entries:
        texts[entry.action].append(entry.text)
    for action, told in texts.items():
        if told:
            parts.append(f"#### {len(told)} {COUNTED[action]}\n\n{''.join(told)}")
    if plan.told:
        parts.append(f"#### Notes\n\n{''.join(notes)}")
    return "\n".join(parts)


def _where(plan: Plan) -> str:
    name, accounts, regions = map(_code, described(plan.estate))
    return f"<p>Estate {name} in {accounts}, {regions}</p>\n"


def _left_out(plan: Plan, entries: Sequence[_Entry], notes: Sequence[str]) -> Iterator[str]:
    """That something is left out and how much, and a table of the changes that are only counted."""
    counted = [entry for entry in entries if entry.depth is _Depth.COUNTED]
    named = sum(entry.depth is _Depth.NAMED for entry in entries)
    told = sum(entry.depth is _Depth.TOLD and bool(entry.change.fields) for entry in entries)
    missing = [
        f"{count} {how}"
        for count, how in (
            (len(counted), "only counted, by kind and action, in the table below"),
            (named, "only named"),
            (told, "told without their fields"),
        )
        if count
    ]
    if missing:
        yield (
            f"**This plan is too long for one comment.** Of {len(entries)} changes: "
            f"{'; '.join(missing)}. `reconcile plan` shows all.\n"
        )
    if counted:
        yield _table(counted)
    if len(notes) < len(plan.told):
        yield f"{len(plan.told) - len(notes)} of {len(plan.told)} notes are left out.\n"


def _table(entries: Sequence[_Entry]) -> str:
    counts = Counter((entry.kind, entry.action) for entry in entries)
    actions = [action for action in GRAVEST_FIRST if any(action is a for _, a in counts)]
    rows = ["<th>Only counted</th>" + "".join(f"<th>{COUNTED[a]}</th>" for a in actions)]
    for kind in sorted({kind for kind, _ in counts}):
        cells = "".join(f"<td>{counts[kind, action] or ''}</td>" for action in actions)
        rows.append(f"<td>{_code(kind)}</td>{cells}")
    return "<table>\n" + "".join(f"<tr>{row}</tr>\n" for row in rows) + "</table>\n"


def _named(change: Change, whose: Estate) -> str:
    scope = where(change.key.scope, whose)
    told = f" ({_code(scope)})" if scope else ""
    users = f", in use by {len(change.users)}" if change.users else ""
    return f"<div>{_title(change)}{told}{users}</div>\n"


def _told(change: Change, whose: Estate) -> str:
    return f"<p>{_head(change, whose)}</p>\n"


def _whole(change: Change, whose: Estate) -> str:
    if not change.fields:
        return _told(change, whose)
    lines = list(_lines(change))
    fence = _fence(lines)
    inside = "\n".join([f"{fence}diff", *lines, fence])
    return f"<details>\n<summary>{_head(change, whose)}</summary>\n\n{inside}\n\n</details>\n"


_WRITE = {_Depth.NAMED: _named, _Depth.TOLD: _told, _Depth.WHOLE: _whole}


def _title(change: Change) -> str:
    return f"<b>{SIGN[change.action]} {change.action}</b> {_code(str(change.key))}"


def _head(change: Change, whose: Estate) -> str:
    """What is done, and all that a reviewer must know of it before looking at any field."""
    parts = [f"{_title(change)} ({_code(place(change, whose))})"]
    if change.reason:
        parts.append(_code(change.reason))
    if change.users:
        parts.append(f"in use by {', '.join(map(_code, change.users))}")
    parts += [f"{_code(path)} forces the replacement" for path in _forcing(change)]
    return "<br>".join(parts)


def _forcing(change: Change) -> list[str]:
    return list(dict.fromkeys(field.path for field in change.fields if field.forces))


def _note(note: str) -> str:
    return f"<p>{_code(note)}</p>\n"


def _code(text: str) -> str:
    """A text inside HTML. No line begins with it: GitLab obeys one that begins with a slash."""
    return f"<code>{escape(plain(text), quote=False)}</code>"


def _fence(lines: Sequence[str]) -> str:
    """A fence that none of the lines can close."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    return "`" * max(3, longest + 1)


def _lines(change: Change) -> Iterator[str]:
    """The fields as lines of a diff, each with its sign in front."""
    for field in change.fields:
        yield from _field(plain(field.path), field)


def _field(path: str, field: FieldChange) -> Iterator[str]:
    if tall(field):
        yield f"  {path}:"
        yield from (f"{sign}   {text}" for sign, text in nearby(difference(field)))
        return
    if field.old is not None:
        yield f"- {path}: {value(field.old)}"
    if field.new is not None:
        yield f"+ {path}: {value(field.new)}"
