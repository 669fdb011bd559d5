"""What can be wrong with worker types that only shows once their settings are laid together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.derive.combinations import Combinations, Where
from reconciler.derive.content import MOST_USER_DATA, user_data
from reconciler.fields.marks import OF_A_WORKER
from reconciler.fields.tags import MOST
from reconciler.kinds.estate import EstateSpec
from reconciler.load.found import Found
from reconciler.load.mistakes import Mistake
from reconciler.load.names import all_tags
from reconciler.load.places import keys

_MOST_TAGS = MOST - len(OF_A_WORKER)


def worker_types(found: Iterable[Found], estate: EstateSpec) -> Iterator[Mistake]:
    """Every mistake of these, which are worker types all, each once."""
    for one in found:
        yield from _accounts(one, estate)
        told: dict[str, tuple[str | int, ...]] = {}
        for where in _places(one.model.spec):
            for path, wrong in _wrong(one, where, estate):
                told.setdefault(wrong, path)
        for wrong, path in told.items():
            yield Mistake(one.document.at(path), f"{one.key}: {'.'.join(map(str, path))}: {wrong}")


def _accounts(one: Found, estate: EstateSpec) -> Iterator[Mistake]:
    """Two accounts would each launch for all that waits in the one queue."""
    accounts = dict.fromkeys(key.scope.account for key in keys(one, estate))
    if len(accounts) > 1:
        yield Mistake(
            one.document.at(("metadata", "accounts")),
            f"{one.key}: metadata.accounts: a worker type is of one account: name one of "
            f"{', '.join(accounts)}",
        )


def _places(spec: Any) -> Iterator[Where]:
    """Each combination that has something of its own to say, and one that has not."""
    for region in spec.regions:
        for zone in (*region.zones, ""):
            for kind in spec.instance_types:
                yield Where(region.region, zone, kind.type)


def _wrong(
    one: Found, where: Where, estate: EstateSpec
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    combinations = Combinations(one.model.spec)
    if not combinations.has(where):
        return
    settings = combinations.settings(where).settings
    if combinations.image(where).image is None:
        yield ("spec",), f"no image is said for {where.instance_type} in {where.region}"
    said = settings.get("userData", {})
    if "text" in said and "config" in said:
        yield (
            ("spec", "launch", "userData"),
            f"both text and config come together for {where.instance_type} in {where.region}: "
            "an instance gets one of them",
        )
    elif too_long := _too_long(one, where, settings, combinations):
        yield ("spec", "launch", "userData"), too_long
    tags = {**all_tags(estate, one.model.metadata), **settings.get("tags", {})}
    if len(tags) > _MOST_TAGS:
        yield (
            ("spec", "launch", "tags"),
            f"{len(tags)} tags with those of the Estate, and {_MOST_TAGS} at most for a worker",
        )


def _too_long(
    one: Found, where: Where, settings: Mapping[str, Any], combinations: Combinations
) -> str:
    capacity = combinations.types[where.instance_type].capacity
    # A zone that is not named has a name as long as this.
    place = where._replace(zone=where.zone or f"{where.region}a")
    data = user_data(settings, one.model.metadata.name, place, capacity, "0" * 12)
    if len(data) <= MOST_USER_DATA:
        return ""
    gzip = "" if settings["userData"].get("gzip") else ", and `gzip: true` would pack it"
    return f"{len(data):,} bytes, and AWS takes {MOST_USER_DATA:,}{gzip}"
