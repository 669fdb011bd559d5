"""The documents that adopt what is in AWS already: what is there, said as git says it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import yaml

from reconciler.documents import API_VERSION
from reconciler.errors import ReconcileError
from reconciler.fields.tags import ESTATE, ordinary
from reconciler.fields.wording import did_you_mean
from reconciler.kinds import KINDS
from reconciler.kinds.kind import Place, There
from reconciler.load import reread
from reconciler.model import Estate, Key, Observed, Resource, Snapshot
from reconciler.references import by_name

AllThere = Mapping[Place, Sequence[There]]


Chosen = Callable[[str, There], bool]


class Written(NamedTuple):
    """Documents as text, and what their reader has to know."""

    text: str
    notes: Sequence[str]


class _Claimed(NamedTuple):
    """What will be the estate's by which name, and why something can't be."""

    ours: Mapping[Key, Observed]
    notes: Sequence[str]


def one(there: AllThere, estate: Estate, kind: str, name: str, aws_id: str | None) -> AllThere:
    """What a name or AWS's id means, in every scope; raises `ReconcileError` where it is unclear.

    A name means what AWS calls so with the estate's prefix; and without it, where there is none.
    """
    prefixed = KINDS[kind].aws_name(estate.prefix, name)
    tried = [aws_id] if aws_id else list(dict.fromkeys([prefixed, name]))
    found = next(filter(None, (_narrowed(there, _called(text)) for text in tried)), {})
    if not found:
        known = {thing.name for things in there.values() for thing in things}
        near = did_you_mean(tried[0], known)
        raise ReconcileError(f"AWS has no {kind} {' or '.join(tried)}{near}")
    for place, things in found.items():
        if len(things) > 1:
            ids = ", ".join(thing.id for thing in things)
            raise ReconcileError(f"{kind} {name} is several in {place.scope}: say --id, of {ids}")
    return found


def several(there: AllThere, estate: Estate, patterns: Collection[str]) -> AllThere:
    """All that the patterns (KIND/NAME, globs, with the estate's prefix or without) name."""

    def chosen(kind: str, thing: There) -> bool:
        names = [f"{kind}/{name}" for name in (thing.name, name_for(kind, estate, thing.name))]
        return not patterns or any(fnmatchcase(n, p) for n in names for p in patterns)

    return _narrowed(there, chosen)


def name_for(kind: str, estate: Estate, aws_name: str) -> str:
    """What a document calls the thing: AWS's name without the prefix, where it has that."""
    shorter = (aws_name[start:] for start in range(len(aws_name)))
    fits = (name for name in shorter if KINDS[kind].aws_name(estate.prefix, name) == aws_name)
    return next(fits, aws_name)


def documents(
    estate: Estate,
    declared: Collection[Resource],
    snapshot: Snapshot,
    found: Mapping[Place, Sequence[Observed]],
    name: str | None,
) -> Written:
    """A document for each thing that was found and is nobody's yet, references by name.

    What is to be called `name` may be declared already: its document is to be put in the place of
    that one. Without `name`, things are called after AWS, and what is declared is left out.
    """
    claimed = _claimed(estate, declared, found, name)
    known = {**snapshot.ours, **claimed.ours}
    names = {(key.kind, observed.id): key.name for key, observed in known.items()}
    written = [
        _document(estate, key, observed) for key, observed in by_name(claimed.ours, names).items()
    ]
    notes = [*claimed.notes, *(note for document in written for note in document.notes)]
    return Written("".join(document.text for document in written), notes)


def _claimed(
    estate: Estate,
    declared: Collection[Resource],
    found: Mapping[Place, Sequence[Observed]],
    name: str | None,
) -> _Claimed:
    by_aws_name = {(Place(r.key.kind, r.key.scope), r.name): r for r in declared}
    taken = {resource.key for resource in declared}
    claimed: dict[Key, Observed] = {}
    notes: list[str] = []
    for place, things in sorted(found.items()):
        namesakes = Counter(one.name for one in things)
        for one in things:
            there = by_aws_name.get((place, one.name))
            called = there.key.name if there else name or name_for(place.kind, estate, one.name)
            key = Key(place.kind, called, place.scope)
            what = f"{place.kind} {one.name} ({one.id}) of {place.scope}"
            if one.tags.get(ESTATE):
                notes += [f"{what} is {_whose(estate, one)}"] if name else []
            elif namesakes[one.name] > 1:
                notes.append(f"{what} is one of several with this name, of which one can be ours")
            elif there:
                notes.append(_declared_already(there, one))
                claimed |= {key: one} if name else {}
            elif key in taken or key in claimed:
                notes.append(f"{what}: {key} is something else: import it with another name")
            else:
                claimed[key] = one
    return _Claimed(claimed, notes)


def _whose(estate: Estate, observed: Observed) -> str:
    owner = observed.tags[ESTATE]
    return "this estate's already" if owner == estate.name else f"the estate {owner}'s"


def _declared_already(there: Resource, observed: Observed) -> str:
    return (
        f"{there.key} is declared at {there.location}: put this in its place, or give that the "
        f"annotation reconciler/adopt: {observed.id}"
    )


def _document(estate: Estate, key: Key, observed: Observed) -> Written:
    spec, note = KINDS[key.kind].declarable(observed)
    said = spec.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude_defaults=True, warnings=False
    )
    document = {
        "apiVersion": API_VERSION,
        "kind": key.kind,
        "metadata": _metadata(estate, key, observed),
        "spec": said,
    }
    text = f"---\n{yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)}"
    again, mistakes = reread(text)
    if mistakes:
        told = [what.removeprefix(f"{key}: ") for what in mistakes]
        return Written("", [f"{key} can't be declared as it is: {what}" for what in told])
    exactly = again.spec == spec
    notes = [note, "" if exactly else "no document can say exactly what AWS has: see the plan"]
    return Written(text, [f"{key}: {told}" for told in notes if told])


def _metadata(estate: Estate, key: Key, observed: Observed) -> dict[str, Any]:
    """The name, the place where the estate has several, and that it is adopted."""
    kind, scope = KINDS[key.kind], key.scope
    metadata: dict[str, Any] = {"name": key.name}
    if len(estate.accounts) > 1:
        metadata["accounts"] = [scope.account]
    if scope.region and len(estate.regions) > 1:
        metadata["regions"] = [scope.region]
    if tags := ordinary(observed.tags):
        metadata["tags"] = tags
    metadata["annotations"] = {"reconciler/adopt": observed.id}
    if kind.aws_name(estate.prefix, key.name) != observed.name:
        metadata["annotations"]["reconciler/name"] = observed.name
    return metadata


def _called(text: str) -> Chosen:
    return lambda _, thing: text in thing


def _narrowed(there: AllThere, chosen: Chosen) -> AllThere:
    found = {
        place: [thing for thing in things if chosen(place.kind, thing)]
        for place, things in there.items()
    }
    return {place: things for place, things in found.items() if things}
