"""A journal as text: one line for each step of each run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.journal import Entry
from reconciler.model import Estate, Result
from reconciler.report.console import plain
from reconciler.report.line import Line
from reconciler.report.words import SIGN, where

_STYLE = {Result.DONE: "green", Result.FAILED: "red", Result.SKIPPED: "yellow"}
_SIGN = {**{action.value: sign for action, sign in SIGN.items()}, "forget": "↓"}
_ONE_STEP = ("adopt", "forget")
_COMMIT = 8


def log_text(entries: Iterable[Entry], whose: Estate) -> Iterator[Line]:
    """When, who, at which commit, what, to which resource, and how that ended."""
    for entry in entries:
        yield Line.of(
            plain(f"{entry.time} {entry.who} {entry.commit[:_COMMIT] or 'no commit'} "),
            plain(f"{_what(entry)} "),
            (plain(str(entry.key)), "bold"),
            f" ({plain(_place(entry, whose))}) ",
            (entry.outcome.value, _STYLE[entry.outcome]),
            plain(": " + "; ".join(entry.why.splitlines()) if entry.why else ""),
        )


def _what(entry: Entry) -> str:
    """The change, and which of its steps where it may have several."""
    sign = _SIGN.get(entry.action, " ")
    if entry.action == entry.act or entry.action in _ONE_STEP:
        return f"{sign} {entry.action}"
    return f"{sign} {entry.action} ({entry.act})"


def _place(entry: Entry, whose: Estate) -> str:
    return ", ".join(filter(None, [entry.aws_name, where(entry.key.scope, whose)]))
