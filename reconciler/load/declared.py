"""What all the documents together declare: one estate, its resources, and no loose end."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from reconciler.kinds import KINDS
from reconciler.load.documents import ESTATE, checked
from reconciler.load.mistakes import Mistake, Mistakes, did_you_mean, quoted
from reconciler.load.nodes import Document, Path, documents
from reconciler.load.sources import Source
from reconciler.model import Estate, Key, Location, Resource
from reconciler.references import Reference, is_aws_id, references


class Declared(NamedTuple):
    """The estate and everything it should have."""

    estate: Estate
    resources: tuple[Resource, ...]


class _Found(NamedTuple):
    """A document that was read, and its model where nothing is wrong with it by itself."""

    document: Document
    model: Any

    @property
    def key(self) -> Key | None:
        """What it declares, as far as that can be told from a document with mistakes."""
        data = self.document.data
        kind, metadata = (
            (data.get("kind"), data.get("metadata")) if isinstance(data, dict) else (None, None)
        )
        name = metadata.get("name") if isinstance(metadata, dict) else None
        return Key(kind, name) if isinstance(kind, str) and isinstance(name, str) else None

    @property
    def name_location(self) -> Location:
        return self.document.at(("metadata", "name"))


def declared(sources: Sequence[Source]) -> Declared:
    """What these files declare; raises `Mistakes` with everything that is wrong in all of them."""
    mistakes: list[Mistake] = []
    read = [(document, source) for source in sources for document in documents(source, mistakes)]
    # What stands in a file that is no YAML can't be known, so nothing is said to be missing.
    whole = not mistakes
    found = [_Found(document, checked(document, source, mistakes)) for document, source in read]
    keys = {one.key for one in found if one.key}
    mistakes += _twice(found)
    mistakes += _dangling(found, keys) if whole else ()
    mistakes += _circles(found)
    estates = [one for one in found if one.key and one.key.kind == ESTATE]
    mistakes += _not_one(estates, sources) if whole else ()
    if len(estates) == 1 and estates[0].model:
        mistakes += _names(found, estates[0].model.spec.prefix)
    if mistakes:
        raise Mistakes(mistakes)
    return _declared(estates[0].model, [one for one in found if one is not estates[0]])


def _declared(estate: Any, rest: Iterable[_Found]) -> Declared:
    spec = estate.spec
    whose = Estate(estate.metadata.name, spec.prefix, spec.accounts, spec.regions)
    resources = (
        Resource(
            key=Key(one.model.kind, one.model.metadata.name, region),
            name=KINDS[one.model.kind].aws_name(spec.prefix, one.model.metadata.name),
            spec=one.model.spec,
            tags={**spec.tags, **one.model.metadata.tags},
            location=one.document.location,
        )
        for one in rest
        for region in (spec.regions if KINDS[one.model.kind].regional else ("",))
    )
    return Declared(whose, tuple(sorted(resources, key=lambda resource: resource.key)))


def _not_one(estates: Sequence[_Found], sources: Sequence[Source]) -> Iterator[Mistake]:
    if not estates:
        yield Mistake(
            Location(sources[0].name, 1, 1),
            "no Estate is declared: one document of that kind says whose the resources are",
        )
    for extra in estates[1:]:
        first = estates[0].document.location
        yield Mistake(extra.document.location, f"a second Estate: one stands at {first}")


def _twice(found: Iterable[_Found]) -> Iterator[Mistake]:
    first: dict[Key, Location] = {}
    for one in found:
        if one.key is None or one.key.kind == ESTATE:
            continue
        if one.key in first:
            yield Mistake(
                one.name_location, f"duplicate resource {one.key}: one stands at {first[one.key]}"
            )
        first.setdefault(one.key, one.name_location)


def _dangling(found: Iterable[_Found], keys: Collection[Key]) -> Iterator[Mistake]:
    for one in found:
        for reference in references(one.model.spec) if one.model else ():
            target = Key(reference.refers.kind, reference.target)
            if not is_aws_id(reference.target) and target not in keys:
                known = [key.name for key in keys if key.kind == target.kind]
                yield Mistake(
                    _place(one.document, reference),
                    f"{one.key}: {reference.field}: {target} is not declared"
                    f"{did_you_mean(target.name, known)}",
                )


def _circles(found: Iterable[_Found]) -> Iterator[Mistake]:
    """References that can never be made in any order; mutual ones are filled in afterwards."""
    by_key = {one.key: one for one in found if one.model}
    needs = {
        key: {
            Key(r.refers.kind, r.target) for r in references(one.model.spec) if not r.refers.mutual
        }
        for key, one in by_key.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = error.args[1]
        yield Mistake(
            by_key[circle[0]].name_location,
            f"circular reference: {' → '.join(str(key) for key in circle)}",
        )


def _names(found: Iterable[_Found], prefix: str) -> Iterator[Mistake]:
    """Names that AWS would not take, once the prefix stands before them."""
    for one in found:
        if one.model is None or one.model.kind == ESTATE:
            continue
        kind = KINDS[one.model.kind]
        name = kind.aws_name(prefix, one.model.metadata.name)
        if len(name) > kind.longest:
            yield Mistake(
                one.name_location,
                f"{one.key}: AWS's name {quoted(name)} is too long: "
                f"{len(name)} characters, and {kind.longest} at most",
            )
        elif not re.fullmatch(kind.names.removeprefix("^").removesuffix("$"), name):
            yield Mistake(one.name_location, f"{one.key}: AWS takes no name like {quoted(name)}")


def _place(document: Document, reference: Reference) -> Location:
    """Where a reference stands. Its spec is sorted and split by now, so it is found by its text."""
    for path, location in document.values.items():
        words = [step for step in path if isinstance(step, str)]
        if (
            words
            and words[-1] == reference.field
            and _value(document.data, path) == reference.target
        ):
            return location
    return document.location


def _value(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data
