"""Which versions of each image are to be there, and which one is meant now: pure.

A version is named by its fingerprint (see recipe.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.derive.recipe import fingerprint, to_build
from reconciler.derive.signals import Resolved
from reconciler.fields.launch import WhichImage
from reconciler.fields.tags import PROTECT, given
from reconciler.kinds.document import DocumentSpec
from reconciler.kinds.image import ImageSpec
from reconciler.kinds.image_version import ImageVersionSpec, image_of
from reconciler.kinds.kind import spec_of
from reconciler.kinds.launch_template import LaunchTemplateSpec
from reconciler.model import Key, Location, Observed, Resource, Scope, Snapshot
from reconciler.references import is_aws_id

Known = Mapping[tuple[Scope, WhichImage], Resolved | str]
"""The images that are meant, or why that is not known."""

_NOWHERE = Location("", 1, 1)


class Today(NamedTuple):
    """What an Image document asks for in one place now."""

    base: Resolved
    fingerprint: str
    version: Key


class Images(NamedTuple):
    """What follows from the images that git declares, and from those that are there."""

    resources: tuple[Resource, ...]
    why: Mapping[Key, str]
    """Why each version comes, changes or goes."""
    notes: Mapping[Key, str]
    """By image: why none is built of it now."""


def images(resources: Iterable[Resource], snapshot: Snapshot, known: Known) -> Images:
    looked = _Looked(resources, snapshot, known)
    parts = [looked.part(key) for key in sorted(looked.declared.keys() | looked.versions.keys())]
    orphans = [key for key in snapshot.ours if key.kind == "ImageSnapshot"]
    why = {key: why for part in parts for key, why in part.why.items()}
    return Images(
        tuple(one for part in parts for one in part.resources),
        {**why, **dict.fromkeys(orphans, "no image is kept in it any more")},
        {key: note for part in parts for key, note in part.notes.items()},
    )


def built(resources: Iterable[Resource], snapshot: Snapshot, known: Known) -> Known:
    """What `built` means for each declared image: the version of its steps as they are, or the
    newest while that is not there."""
    looked = _Looked(resources, snapshot, known)
    return {(key.scope, WhichImage(built=key.name)): looked.newest(key) for key in looked.declared}


class _Looked:
    """What is declared and what is there, by image."""

    def __init__(self, resources: Iterable[Resource], snapshot: Snapshot, known: Known) -> None:
        every = {one.key: one for one in resources if snapshot.reached(one.key.scope)}
        self.declared = {key: one for key, one in every.items() if key.kind == "Image"}
        self.versions = _versions(snapshot)
        self._documents = {key: one for key, one in every.items() if key.kind == "Document"}
        self._used = _used(snapshot)
        self._known = known
        self._todays: dict[Key, Today | str] = {}

    def today(self, key: Key) -> Today | str:
        """What is asked for, or why that is not known."""
        if key not in self._todays:
            self._todays[key] = self._today(key)
        return self._todays[key]

    def _today(self, key: Key) -> Today | str:
        spec = _spec(self.declared[key])
        base = self._base(key.scope, spec.base)
        if isinstance(base, str):
            return base
        digest = fingerprint(spec, base.id, self._contents(key.scope, spec))
        return Today(base, digest, Key("ImageVersion", f"{key.name}.{digest[:12]}", key.scope))

    def _base(self, scope: Scope, base: WhichImage) -> Resolved | str:
        """What is built of another image waits for that one, so as not to be built twice."""
        if not base.built:
            return self._known.get((scope, base), f"{base.words()} was not read")
        other = Key("Image", base.built, scope)
        today = self.today(other)
        if isinstance(today, str):
            return f"{other}: {today}"
        there = dict(self.versions.get(other, ())).get(today.version)
        return (
            _resolved(there)
            if there and _version(there).available
            else f"{other} is to be built first"
        )

    def _contents(self, scope: Scope, spec: ImageSpec) -> dict[str, Any]:
        """What the documents say that its steps name; AWS's own are known by their names alone."""
        found = {}
        for step in spec.steps:
            if step.document and not is_aws_id(step.document):
                document = self._documents[Key("Document", step.document, scope)].spec
                assert isinstance(document, DocumentSpec)
                found[step.document] = document.content
        return found

    def newest(self, key: Key) -> Resolved | str:
        today, there = self.today(key), self.versions.get(key, [])
        ready = {version: one for version, one in there if _version(one).available}
        if isinstance(today, Today) and today.version in ready:
            return _resolved(ready[today.version])
        if ready:
            return _resolved(next(iter(ready.values())))
        return f"{key} has none yet: `reconcile apply` builds it"

    def part(self, key: Key) -> Images:
        """What follows from one image."""
        if key not in self.declared:
            return self._forgotten(key)
        there = self.versions.get(key, [])
        today = self.today(key)
        if isinstance(today, str):
            stay = (_as_it_is(version, one, self.declared[key]) for version, one in there)
            return Images(tuple(stay), {}, {key: f"nothing is built of it: {today}"})
        current = dict(there).get(today.version)
        wanted = self._wanted(self.declared[key], today, current, _how_long(there))
        others = [(version, one) for version, one in there if version != today.version]
        goes = dict(
            self._going(
                _spec(self.declared[key]),
                current is not None and _version(current).available,
                others,
            )
        )
        stay = (
            _as_it_is(version, one, self.declared[key])
            for version, one in others
            if version not in goes
        )
        return Images((*wanted.resources, *stay), {**wanted.why, **goes}, {})

    def _wanted(self, image: Resource, today: Today, current: Observed | None, long: str) -> Images:
        """The version of today: as it is, waited for, or built."""
        key = today.version
        if current and _version(current).being_made:
            waited = _version(current).waited_for()
            resource = Resource(key, current.name, waited, image.tags, image.location)
            return Images((resource,), {key: "AWS still makes it: it is waited for"}, {})
        if current and not _version(current).failed:
            return Images((_as_it_is(key, current, image),), {}, {})
        again = "AWS could not make it the last time; " if current else ""
        name = f"{image.name}.{today.fingerprint[:12]}"
        spec = to_build(_spec(image), today.base, today.fingerprint, key.scope.region)
        resource = Resource(key, name, spec, image.tags, image.location)
        return Images((resource,), {key: f"{again}will be built{long}"}, {})

    def _going(
        self, spec: ImageSpec, done: bool, others: list[tuple[Key, Observed]]
    ) -> Iterator[tuple[Key, str]]:
        """Which of the others go and why: while the one of today is not there, none that is good.

        What AWS failed to make is no image, and counts for nothing.
        """
        kept = 1
        for version, one in others:
            if _version(one).failed:
                yield version, "AWS could not make it"
            elif done and kept >= spec.keep and not self._stays(one):
                yield version, f"{spec.keep} newer one{'s' * (spec.keep != 1)} stay"
            else:
                kept += 1

    def _forgotten(self, key: Key) -> Images:
        """Versions of an image that git no longer has: they go, but for those that are in use."""
        there = self.versions[key]
        stay = [(version, one) for version, one in there if self._stays(one)]
        gone = {
            version: f"git no longer declares {key}"
            for version, one in there
            if not self._stays(one)
        }
        return Images(
            tuple(
                Resource(version, one.name, one.spec, given(one.tags), _NOWHERE)
                for version, one in stay
            ),
            gone,
            {},
        )

    def _stays(self, version: Observed) -> bool:
        return version.id in self._used or version.tags.get(PROTECT) == "true"


def _versions(snapshot: Snapshot) -> dict[Key, list[tuple[Key, Observed]]]:
    """Those that are there by their images, the newest first."""
    found: dict[Key, list[tuple[Key, Observed]]] = {}
    for key, one in snapshot.ours.items():
        if key.kind == "ImageVersion":
            found.setdefault(Key("Image", image_of(key.name), key.scope), []).append((key, one))
    for versions in found.values():
        versions.sort(key=_age, reverse=True)
    return found


def _age(version: tuple[Key, Observed]) -> tuple[str, str]:
    return _version(version[1]).created, version[1].id


def _used(snapshot: Snapshot) -> frozenset[str]:
    """The images that something may be launched from."""
    return frozenset(
        image
        for key, one in snapshot.ours.items()
        if key.kind == "LaunchTemplate" and (image := spec_of(one, LaunchTemplateSpec).image)
    )


def _as_it_is(key: Key, there: Observed, image: Resource) -> Resource:
    return Resource(key, there.name, there.spec, image.tags, image.location)


def _version(there: Observed) -> ImageVersionSpec:
    return spec_of(there, ImageVersionSpec)


def _resolved(there: Observed) -> Resolved:
    return Resolved(there.id, _version(there).product)


def _how_long(there: Iterable[tuple[Key, Observed]]) -> str:
    for _, one in there:
        took = _version(one).took
        if took is not None:
            return f", in about {f'{took} s' if took < 90 else f'{round(took / 60)} min'}"
    return "; not built before, so nobody knows how long that takes"


def _spec(image: Resource) -> ImageSpec:
    spec = image.spec
    assert isinstance(spec, ImageSpec)
    return spec
