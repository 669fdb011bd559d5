"""Compare what should be with what is: pure, and blind to everything but its arguments."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import NamedTuple

from reconciler.explain import difference, everything
from reconciler.fields.marks import OF_A_WORKER
from reconciler.fields.tags import BOOKKEEPING, ESTATE, tag_change
from reconciler.kinds import KINDS
from reconciler.model import Action, Change, Estate, FieldChange, Key, Observed, Resource, Snapshot

_UNTOLD = frozenset({*BOOKKEEPING, *OF_A_WORKER})
"""Tags of ours that say nothing to who reads what is new."""


class Difference(NamedTuple):
    """The changes that would make AWS as git says, and how many resources are so already."""

    changes: tuple[Change, ...]
    unchanged: int


def diff(
    estate: Estate,
    resources: Iterable[Resource],
    snapshot: Snapshot,
    why: Mapping[Key, str] = MappingProxyType({}),
) -> Difference:
    """What differs between `resources` and the snapshot, in the order of keys.

    Of what could not be read nobody knows whether it is there: it is left out. `why` says of a
    change why that is, where it was not git that said so.
    """
    declared = {r.key: r for r in resources if snapshot.reached(r.key.scope)}
    changes = [
        change
        for key in sorted({*declared, *snapshot.ours})
        if (change := _change(estate, key, declared.get(key), snapshot, why))
    ]
    unchanged = len(declared) - sum(1 for change in changes if change.after)
    return Difference(tuple(changes), unchanged)


def as_if_applied(estate: Estate, resources: Iterable[Resource]) -> Snapshot:
    """What AWS would hold if it were just as declared."""
    ours = {
        resource.key: Observed(
            resource.name,
            resource.name,
            resource.spec,
            KINDS[resource.key.kind].stamped(estate.name, resource.key, resource.tags),
        )
        for resource in resources
    }
    return Snapshot(ours)


def of_kinds(snapshot: Snapshot, kinds: Container[str]) -> Snapshot:
    """The part of a snapshot that is of these kinds."""
    return replace(
        snapshot, ours={key: one for key, one in snapshot.ours.items() if key.kind in kinds}
    )


def only(difference: Difference, patterns: Sequence[str]) -> Difference:
    """The part of a difference that any of the patterns (KIND/NAME, globs) names, or all of it.

    A worker type's name stands for all that is derived of it.
    """
    if not patterns:
        return difference
    chosen = tuple(
        change
        for change in difference.changes
        if selected(change.key, patterns) or _matches(origin(change), patterns)
    )
    return difference._replace(changes=chosen)


def origin(change: Change) -> str:
    """Of what a changed resource is derived, as KIND/NAME, or ""."""
    thing = change.before or change.after
    assert thing
    return KINDS[change.key.kind].origin(change.key.name, thing.spec)


def takes_long(change: Change) -> bool:
    """Whether nobody but an apply waits until it is done."""
    kind, before, after = KINDS[change.key.kind], change.before, change.after
    if not kind.slow or after is None:
        return False
    return before is None or not kind.same(before.spec, after.spec)


def selected(key: Key, patterns: Sequence[str]) -> bool:
    return _matches(str(key), patterns)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _change(
    estate: Estate,
    key: Key,
    after: Resource | None,
    snapshot: Snapshot,
    why: Mapping[Key, str],
) -> Change | None:
    before = snapshot.ours.get(key)
    if after is None:
        reason = why.get(key, "git no longer declares it")
        return Change(Action.DELETE, key, before, None, reason=reason)
    if key in snapshot.foreign:
        return _met(estate, snapshot.foreign[key], after)
    if before is None:
        reason = why.get(key, "")
        return Change(Action.CREATE, key, None, after, _all_fields(after), reason)
    change = _difference(estate, before, after)
    return replace(change, reason=why.get(key, change.reason)) if change else None


def _met(estate: Estate, foreign: Observed, after: Resource) -> Change:
    """What to do about a thing that has the name and not our tags: git may say that it is ours."""
    key, what = after.key, f"{foreign.name} ({foreign.id})"
    conflict = Change(Action.CONFLICT, key, foreign, after)
    if other := foreign.tags.get(ESTATE):
        return replace(conflict, reason=f"{what} is the estate {other}'s: it stays untouched")
    if foreign.id not in after.adopts:
        how = f"`reconcile import {key.kind} {key.name}` writes the document that adopts it"
        reason = f"{what} exists and is not this estate's: it stays untouched; {how}"
        return replace(conflict, reason=reason)
    change = _difference(estate, foreign, after)
    assert change, "what is adopted lacks our tags"
    if change.action is Action.REPLACE:
        reason = f"{what} is to be adopted, and is not what is declared: {change.reason}"
        return replace(conflict, fields=change.fields, reason=reason)
    return replace(change, action=Action.ADOPT, reason="it is there, and git says that it is ours")


def _difference(estate: Estate, before: Observed, after: Resource) -> Change | None:
    key, kind = after.key, KINDS[after.key.kind]
    tags = _tag_fields(kind.stamped(estate.name, key, after.tags), before.tags)
    if before.name != after.name:
        renamed = FieldChange("name", before.name, after.name, forces=True)
        fields = (renamed, *difference(before.spec, after.spec), *tags)
        return Change(Action.REPLACE, key, before, after, fields, "AWS can't rename it")
    if kind.same(before.spec, after.spec):
        return Change(Action.UPDATE, key, before, after, tuple(tags)) if tags else None
    fixed = tuple(kind.fixed(before.spec, after.spec))
    fields = (*difference(before.spec, after.spec, fixed), *tags)
    if not fixed:
        return Change(Action.UPDATE, key, before, after, fields)
    reason = f"AWS can't change {', '.join(_words(after, fixed))} of one that is there"
    return Change(Action.REPLACE, key, before, after, fields, reason)


def _all_fields(after: Resource) -> tuple[FieldChange, ...]:
    told = {key: value for key, value in after.tags.items() if key not in _UNTOLD}
    tags = (FieldChange(f"tags.{key}", None, value) for key, value in sorted(told.items()))
    return (*everything(after.spec), *tags)


def _tag_fields(wanted: Mapping[str, str], present: Mapping[str, str]) -> list[FieldChange]:
    if wanted == present:
        return []
    change = tag_change(wanted, present)
    fields = [
        FieldChange(f"tags.{key}", present.get(key), wanted.get(key))
        for key in sorted({*change.write, *change.drop})
    ]
    # Our own bookkeeping is worth a line only where nothing else tells of the change.
    ours = {f"tags.{key}" for key in BOOKKEEPING}
    return [field for field in fields if field.path not in ours] or fields


def _words(resource: Resource, names: Iterable[str]) -> list[str]:
    known = type(resource.spec).model_fields
    return [known[name].alias or name for name in names]
