"""A plan as one page that asks nothing of the network: what is grave first, and a drawing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from itertools import groupby

from reconciler.model import Action, Change, Estate, FieldChange, Plan
from reconciler.report.console import plain
from reconciler.report.graph import MOST, Graph, graph
from reconciler.report.style import STYLE
from reconciler.report.svg import drawing
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
)

_MARK = {"+": "ins", "-": "del"}


def plan_html(plan: Plan) -> str:
    """The whole plan, whatever its size."""
    return "".join(f"{line}\n" for line in _page(plan))


def _page(plan: Plan) -> Iterator[str]:
    yield from _head(f"{summary(plan)} Estate {plan.estate.name}")
    yield f"<header><h1>{summary(plan)}</h1>"
    name, accounts, regions = map(_code, described(plan.estate))
    yield f"<p>Estate {name} in {accounts}, {regions}</p>"
    for lost in not_reached(plan):
        yield f'<p class="conflict"><b>Not reached:</b> {_text(lost)}</p>'
    yield from _contents(plan)
    yield "</header>\n<main>"
    for action in GRAVEST_FIRST:
        yield from _section(action, plan)
    if plan.changes:
        yield from _graph(graph(plan.changes, plan.estate))
    if plan.told:
        notes = "".join(f"<li>{_text(note)}</li>" for note in plan.told)
        yield f'<section id="notes"><h2>Notes</h2><ul>{notes}</ul></section>'
    yield "</main>\n</body>\n</html>"


def _head(title: str) -> Iterator[str]:
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>"


def _contents(plan: Plan) -> Iterator[str]:
    """Links to the parts, since a long page hides its end."""
    parts = [
        (action.value, f"{len(those)} {COUNTED[action]}")
        for action in GRAVEST_FIRST
        if (those := plan.of(action))
    ]
    parts += [("graph", "Graph")] if plan.changes else []
    parts += [("notes", "Notes")] if plan.told else []
    if parts:
        links = "".join(f'<li><a href="#{to}">{words}</a></li>' for to, words in parts)
        yield f'<nav aria-label="Parts of this plan"><ul>{links}</ul></nav>'


def _section(action: Action, plan: Plan) -> Iterator[str]:
    if changes := plan.of(action):
        yield f'<section id="{action}"><h2>{len(changes)} {COUNTED[action]}</h2>'
        for change in changes:
            yield _change(change, plan.estate)
        yield "</section>"


def _change(change: Change, whose: Estate) -> str:
    """What is done and why, its fields folded unless they belong to something that ends."""
    title = _title(change, whose)
    if not change.fields:
        return f'<div class="change {change.action}">{title}</div>'
    opened = " open" if change.action in GRAVE else ""
    creating = change.action is Action.CREATE
    fields = "".join(
        _field(path, list(fields), creating)
        for path, fields in groupby(change.fields, key=lambda field: field.path)
    )
    return (
        f'<details class="change {change.action}"{opened}><summary>{title}</summary>'
        f"<dl>{fields}</dl></details>"
    )


def _title(change: Change, whose: Estate) -> str:
    parts = [
        f"<b>{SIGN[change.action]} {change.action}</b> {_code(str(change.key))} "
        f"<small>{_text(place(change, whose))}</small>"
    ]
    if change.reason:
        parts.append(f'<span class="why">{_text(change.reason)}</span>')
    if change.users:
        users = ", ".join(map(_code, change.users))
        parts.append(f'<span class="users">in use by {users}</span>')
    return "".join(parts)


def _field(path: str, fields: Sequence[FieldChange], creating: bool) -> str:
    forces = " <strong>forces the replacement</strong>" if fields[0].forces else ""
    told = "".join(f"<dd>{_told(field, creating)}</dd>" for field in fields)
    return f"<dt>{_code(path)}{forces}</dt>{told}"


def _told(field: FieldChange, creating: bool) -> str:
    """Old → new, or what is added or taken away, or the lines of a text that has lines."""
    if tall(field):
        lines = nearby(difference(field))
        return f"<pre>{''.join(_line(sign, text, creating) for sign, text in lines)}</pre>"
    old, new = _text(value(field.old)), _text(value(field.new))
    if field.old is None:
        return f"<ins>{new}</ins>" if creating else f"<ins>+ {new}</ins>"
    if field.new is None:
        return f"<del>- {old}</del>"
    return f"<del>{old}</del> → <ins>{new}</ins>"


def _line(sign: str, text: str, creating: bool) -> str:
    line = _text(text) if creating else f"{sign} {_text(text)}"
    mark = _MARK.get(sign)
    return f"<{mark}>{line}</{mark}>\n" if mark else f"{line}\n"


def _graph(drawn: Graph) -> Iterator[str]:
    yield '<section id="graph"><h2>Graph</h2>'
    what = "An arrow leads from a changed resource to one that it refers to, before or after."
    if drawn.by_kind:
        what = (
            f"More than {MOST} resources change: they are drawn by kind, with how many of each do "
            "what. An arrow leads from a kind to one that it refers to."
        )
    yield f"<p>{what}</p>"
    yield '<div class="drawing" role="region" aria-label="Drawing" tabindex="0">'
    yield drawing(drawn, "What changes, and what refers to what", f"{what} All are listed below.")
    yield "</div>"
    yield from _references(drawn)
    yield "</section>"


def _references(drawn: Graph) -> Iterator[str]:
    """What the drawing shows, for who can't see it."""
    if not drawn.edges:
        yield "<p>None of them refers to another.</p>"
        return
    yield "<details><summary>The same as a list</summary><ul>"
    for (a, b), count in sorted(drawn.edges.items()):
        times = f" ({count} references)" if count > 1 else ""
        start, end = _code(str(drawn.nodes[a])), _code(str(drawn.nodes[b]))
        yield f"<li>{start} refers to {end}{times}</li>"
    yield "</ul></details>"


def _text(text: str) -> str:
    return escape(plain(text))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"
