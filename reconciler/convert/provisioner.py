"""Worker types of the AWS Provisioner, which was before worker-manager.

https://github.com/taskcluster/aws-provisioner/blob/master/src/worker-type.js
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from reconciler.convert.part import Part
from reconciler.convert.run_instances import Told, nowhere_else, told
from reconciler.convert.words import (
    Said,
    about,
    bounds,
    more_data,
    number,
    over,
    replaced,
    said,
    who_it_is,
)

ID = "aws-provisioner-v1"
"""The provisionerId of its worker types, which stands in none of them."""


class _Level(NamedTuple):
    """What is said for all launches, or for those of a region, a zone or a type."""

    given: Part
    name: str
    found: Told
    data: Said

    @property
    def launch(self) -> Said:
        settings = self.found.launch | said(tags=self.found.tags)
        # Workers found what the definition says of user data under this word.
        return settings | more_data(said(data=self.data))


def spec(given: Part, name: str) -> Said:
    """What a worker type says, as a WorkerType's spec without its queue."""
    given.told("workerType", "lastModified")
    general = _level(given, "all launches", "image", "tags")
    regions = [_level(one, "its region", "image", "tags") for one in given.parts("regions")]
    zones = [_level(one, "its zone", "subnet") for one in given.parts("availabilityZones")]
    types = [_level(one, "its type", "image") for one in given.parts("instanceTypes")]
    for upper, lower in combinations(([general], regions, zones, types), 2):
        _merged(upper, lower)
    return said(
        **about(given, name),
        capacity=said(**bounds(given), scalingRatio=_ratio(given)),
        price=_price(given),
        purchase=_purchase(given),
        image=general.found.image,
        launch=over(who_it_is({}), general.launch),
        instanceTypes=[_type(level) for level in types],
        regions=list(_regions(regions, zones)),
    )


def _level(given: Part, name: str, *allowed: str) -> _Level:
    launch = given.part("launchSpec")
    found = told(launch)
    nowhere_else(launch, found, *allowed)
    given.secrets("secrets")
    for at, scope in enumerate(given.texts("scopes")):
        given.complain(
            f"{scope!r}: workers get no credentials from here, grant it where they do", "scopes", at
        )
    return _Level(given, name, found, given.whole("userData"))


def _merged(uppers: Iterable[_Level], lowers: Iterable[_Level]) -> None:
    """Tell of what is merged here and was replaced as a whole there."""
    for lower in lowers:
        for upper in uppers:
            replaced(lower.given, "launchSpec", upper.name, upper.found.launch, lower.found.launch)
            replaced(lower.given, "userData", upper.name, upper.data, lower.data)


def _ratio(given: Part) -> int | float | None:
    ratio = given.number("scalingRatio")
    if ratio is None or 0 <= ratio <= 1:
        return ratio
    given.complain(f"{ratio} is not in 0 to 1: taken as the nearest", "scalingRatio")
    return 0 if ratio < 0 else 1


def _price(given: Part) -> Said:
    """The same numbers: price by utility there is price by capacity by utility of a unit here."""
    least, most = given.number("minPrice"), given.number("maxPrice")
    return said(min=least and number(least), max=most and number(most))


def _purchase(given: Part) -> str:
    on_demand, spot = given.flag("canUseOndemand"), given.flag("canUseSpot")
    if not on_demand:
        if spot is False:
            given.complain("nothing could be bought so; the Provisioner bought spot", "canUseSpot")
        return "spot"
    given.complain(
        "the Provisioner did not read it and bought spot alone: here it holds", "canUseOndemand"
    )
    return "on-demand" if spot is False else "spot-then-on-demand"


def _type(level: _Level) -> Said:
    given = level.given
    capacity, utility = given.count("capacity"), given.number("utility")
    # There it is what the whole machine is worth.
    each = number(utility / (capacity or 1)) if utility else None
    return said(
        type=given.text("instanceType"),
        capacity=capacity,
        utility=each,
        image=level.found.image,
        launch=level.launch,
    )


def _regions(regions: Iterable[_Level], zones: Iterable[_Level]) -> Iterator[Said]:
    named = [
        (zone.given.text("region"), zone.given.text("availabilityZone"), zone) for zone in zones
    ]
    for region in regions:
        name = region.given.text("region")
        own = {zone: level for of, zone, level in named if of == name and zone}
        yield said(
            region=name,
            image=region.found.image,
            zones={zone: _zone(level) for zone, level in own.items()},
            launch=region.launch,
        )
    known = {region.given.text("region") for region in regions}
    for of, zone, level in named:
        if of not in known or not zone:
            level.given.complain(f"{zone} of {of} is in no region that is named: it was left out")


def _zone(level: _Level) -> Said:
    return said(subnet=level.found.subnet, launch=level.launch)
