"""What all the documents together declare: one estate, its resources, and no loose end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from reconciler.load.documents import checked
from reconciler.load.found import Found
from reconciler.load.mistakes import MOST, Mistake, Mistakes
from reconciler.load.names import all_tags, aws_name, names
from reconciler.load.nodes import documents
from reconciler.load.notices import unheard
from reconciler.load.places import elsewhere, foreign_regions, keys, unknown_places
from reconciler.load.sources import Source, sources
from reconciler.load.together import circles, dangling, not_one, twice
from reconciler.model import Account, Estate, Limits, Location, Resource


class Declared(NamedTuple):
    """The estate and everything it should have."""

    estate: Estate
    resources: tuple[Resource, ...]


def declared(path: str) -> Declared:
    """What the files at `path` declare; raises `Mistakes` with everything that is wrong."""
    mistakes: list[Mistake] = []
    files = sources(path, mistakes)
    unread = bool(mistakes)
    found = list(_found(files, mistakes))
    # Where a file or a document could not be read, nothing can be said to be missing.
    if not unread and all(one.key for one in found):
        first = Location(files[0].name, 1, 1)
        mistakes += [*_some(dangling(found)), *not_one(found, first), *unheard(found)]
    mistakes += [*_some(twice(found)), *_some(circles(found))]
    estates = [one.model for one in found if one.is_estate]
    if len(estates) == 1 and estates[0] and len(mistakes) <= MOST:
        for wrong in (names, unknown_places, foreign_regions, _of_worker_types, elsewhere):
            mistakes += _some(wrong(found, estates[0].spec))
    if mistakes:
        raise Mistakes(mistakes)
    return _declared(estates[0], [one for one in found if not one.is_estate])


def _of_worker_types(found: Iterable[Found], estate: Any) -> Iterator[Mistake]:
    """Mistakes of fleets; who has none does not wait for what knows all about them."""
    some = [one for one in found if one.model and one.model.kind == "WorkerType"]
    if some:
        from reconciler.load.worker_types import worker_types

        yield from worker_types(some, estate)


def _found(files: Iterable[Source], mistakes: list[Mistake]) -> Iterator[Found]:
    """Every document; raises `Mistakes` once there are enough of them."""
    for file in files:
        for document in documents(file, mistakes):
            yield Found(document, None if document.lost else checked(document, file, mistakes))
            if len(mistakes) > MOST:
                raise Mistakes(mistakes)


def _some(mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    return islice(mistakes, MOST + 1)


def _declared(estate: Any, found: Iterable[Found]) -> Declared:
    spec = estate.spec
    limits = Limits(spec.limits.deletes, spec.limits.deletes_percent)
    accounts = tuple(_account(account) for account in spec.accounts)
    group = spec.journal.log_group if spec.journal else ""
    notices = spec.notices.queue if spec.notices else ""
    name = estate.metadata.name
    whose = Estate(
        name, spec.prefix, accounts, spec.regions, limits, group, notices, spec.bucket or ""
    )
    resources = (resource for one in found for resource in _resources(spec, one))
    return Declared(whose, tuple(sorted(resources, key=lambda resource: resource.key)))


def _account(spec: Any) -> Account:
    role = spec.role or ""
    return Account(spec.id, role, spec.read_only_role or "", spec.external_id or "")


def _resources(estate: Any, one: Found) -> Iterator[Resource]:
    """One resource for every scope that it is wanted in."""
    metadata = one.model.metadata
    for key in keys(one, estate):
        yield Resource(
            key=key,
            name=aws_name(estate, one.model),
            spec=one.model.spec,
            tags=all_tags(estate, metadata),
            location=one.document.location,
            adopts=frozenset((metadata.annotations.adopt or "").split()),
        )
