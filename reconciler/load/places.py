"""Where documents are wanted: accounts and regions of the Estate, and what they refer to there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.fields.wording import did_you_mean, quoted
from reconciler.kinds import KINDS, KNOWN, target
from reconciler.kinds.estate import EstateSpec
from reconciler.load.found import Found
from reconciler.load.mistakes import Mistake
from reconciler.load.together import path_of
from reconciler.model import Key, Scope
from reconciler.references import Reference, references


def keys(one: Found, estate: EstateSpec) -> list[Key]:
    """What a document declares: a resource in every scope that it is wanted in."""
    said = KINDS[one.model.kind].regions(one.model.spec)
    regions = [
        r
        for r in estate.regions
        if (not one.regions or r in one.regions) and (said is None or r in said)
    ]
    return [
        Key(one.model.kind, one.model.metadata.name, Scope(account.id, region))
        for account in estate.accounts
        if not one.accounts or account.id in one.accounts
        for region in ([""] if KNOWN[one.model.kind].once else regions)
    ]


def unknown_places(found: Iterable[Found], estate: EstateSpec) -> Iterator[Mistake]:
    """Accounts and regions of documents that are none of the Estate's."""
    known = {
        "accounts": [account.id for account in estate.accounts],
        "regions": list(estate.regions),
    }
    for one in _wanted(found):
        for word, ours in known.items():
            for at, place in enumerate(getattr(one.model.metadata, word, None) or ()):
                if place not in ours:
                    path = ("metadata", word, at)
                    told = f"{quoted(place)} is none of the Estate's: {', '.join(ours)}"
                    yield Mistake(
                        one.document.at(path),
                        f"{one.key}: {'.'.join(map(str, path))}: {told}{did_you_mean(place, ours)}",
                    )


def foreign_regions(found: Iterable[Found], estate: EstateSpec) -> Iterator[Mistake]:
    """Regions that a spec names and the Estate does not."""
    for one in _wanted(found):
        for at, region in enumerate(KINDS[one.model.kind].regions(one.model.spec) or ()):
            if region not in estate.regions:
                path = ("spec", "regions", at, "region")
                ours = ", ".join(estate.regions)
                yield Mistake(
                    one.document.at(path),
                    f"{one.key}: spec.regions.{at}.region: {quoted(region)} is none of the "
                    f"Estate's: {ours}{did_you_mean(region, estate.regions)}",
                )


def elsewhere(found: Sequence[Found], estate: EstateSpec) -> Iterator[Mistake]:
    """References to what is declared, but not where the document that refers to it is wanted."""
    there = {key for one in _wanted(found) for key in keys(one, estate)}
    anywhere = {key._replace(scope=Scope()) for key in there}
    for one in _wanted(found):
        kind = KINDS[one.model.kind]
        held: dict[Reference, list[Key]] = {}
        for key in keys(one, estate):
            for reference in references(kind.within(one.model.spec, key.scope.region)):
                leads_to = target(key, reference.refers, reference.target)
                held.setdefault(reference, []).append(leads_to)
        for reference, leads in held.items():
            lacking = [key for key in leads if key not in there]
            # What is declared nowhere is told of elsewhere.
            if lacking and lacking[0]._replace(scope=Scope()) in anywhere:
                path = path_of(one.document, reference)
                where = ", ".join(dict.fromkeys(str(key.scope) for key in lacking))
                yield Mistake(
                    one.document.at(path),
                    f"{one.key}: {'.'.join(map(str, path))}: {lacking[0]} is not declared for "
                    f"{where}, where this is wanted",
                )


def _wanted(found: Iterable[Found]) -> Iterator[Found]:
    return (one for one in found if one.model and not one.is_estate)
