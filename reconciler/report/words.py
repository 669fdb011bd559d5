"""The words that a plan is told in, whatever the format: actions, counts, differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from reconciler.model import Action, Change, Estate, FieldChange, Plan, Scope
from reconciler.report.console import plain

SIGN = {
    Action.CREATE: "+",
    Action.ADOPT: "↑",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.DELETE: "-",
    Action.CONFLICT: "!",
}
COUNTED = {
    Action.CREATE: "to create",
    Action.ADOPT: "to adopt",
    Action.UPDATE: "to update",
    Action.REPLACE: "to replace",
    Action.DELETE: "to delete",
    Action.CONFLICT: "in conflict",
}
GRAVEST_FIRST = (
    Action.CONFLICT,
    Action.DELETE,
    Action.REPLACE,
    Action.ADOPT,
    Action.UPDATE,
    Action.CREATE,
)
GRAVE = frozenset({Action.CONFLICT, Action.DELETE, Action.REPLACE})
"""What a reviewer must not miss: something goes away, or somebody has to decide."""

_AROUND = 3


class Line(NamedTuple):
    """A line of a difference: added (+), taken away (-) or as before ( ); … says how many were."""

    sign: str
    text: str


def summary(plan: Plan) -> str:
    each = Counter(change.action for change in plan.changes)
    counts = [f"{each[action]} {word}" for action, word in COUNTED.items() if each[action]]
    lost = f", {len(plan.unreached)} not reached" if plan.unreached else ""
    same = f"{plan.unchanged} unchanged{lost}"
    return f"Plan: {', '.join([*counts, same])}." if counts else f"Nothing to do: {same}."


def described(estate: Estate) -> tuple[str, str, str]:
    """Its name, its account or how many it has, and its regions."""
    ids = [account.id for account in estate.accounts]
    accounts = f"account {ids[0]}" if len(ids) == 1 else f"{len(ids)} accounts"
    return estate.name, accounts, ", ".join(estate.regions)


def where(scope: Scope, estate: Estate) -> str:
    """The region, and the account where the estate has several; "" for what there is one of."""
    account = scope.account if len(estate.accounts) > 1 else ""
    return " of ".join(filter(None, [scope.region, account]))


def place(change: Change, estate: Estate) -> str:
    """AWS's own words for it: its name, its id where that says more (ARNs do not), its scope."""
    names = [one.name for one in (change.before, change.after) if one]
    ids = [one.id for one in (change.before,) if one and one.id and one.name not in one.id]
    scope = where(change.key.scope, estate)
    return plain(", ".join(dict.fromkeys([*names, *ids, *filter(None, [scope])])))


def unread(unreached: Mapping[Scope, str], so: str = "") -> Iterator[str]:
    """What could not be read and, in a plan, what follows from it; a line for each reason."""
    for scope, reasons in unreached.items():
        for why in reasons.splitlines():
            yield f"{scope} could not be read{so}: {why}"


def not_reached(plan: Plan) -> Iterator[str]:
    return unread(plan.unreached, ", and nothing of it is planned")


def value(text: str | None) -> str:
    return plain(text) if text else '""'


def tall(field: FieldChange) -> bool:
    """Whether a field's text has lines, so that its difference is best told by them."""
    return any("\n" in (text or "").strip() for text in (field.old, field.new))


def difference(field: FieldChange) -> Iterator[Line]:
    """Every line of a field's old and new text, each on one line and with nothing hidden in it."""
    old, new = _lines(field.old), _lines(field.new)
    for what, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if what == "equal":
            yield from (Line(" ", plain(line)) for line in old[a:b])
        else:
            yield from (Line("-", plain(line)) for line in old[a:b])
            yield from (Line("+", plain(line)) for line in new[c:d])


def nearby(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines of a difference without those that are as before and far from what is not."""
    lines = list(lines)
    changed = [at for at, line in enumerate(lines) if line.sign != " "]
    shown = {near for at in changed for near in range(at - _AROUND, at + _AROUND + 1)}
    far = 0
    for at, line in enumerate(lines):
        if at not in shown:
            far += 1
            continue
        yield from _skipped(far)
        far = 0
        yield line
    yield from _skipped(far)


def _skipped(count: int) -> Iterator[Line]:
    if count:
        yield Line("…", f"{count} as before")


def _lines(text: str | None) -> list[str]:
    return text.split("\n") if text else []
