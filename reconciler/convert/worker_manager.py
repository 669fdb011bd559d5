"""Worker pools as Taskcluster's worker-manager has them: each combination has its own settings.

https://github.com/taskcluster/taskcluster/blob/main/services/worker-manager/schemas/v1/config-aws.yml
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from reconciler.convert.factors import Launch, factored, nested
from reconciler.convert.part import Part
from reconciler.convert.run_instances import told
from reconciler.convert.words import (
    Said,
    about,
    lifecycle,
    more_data,
    number,
    over,
    said,
    who_it_is,
    worker_manager_capacity,
)

# Its answers tell the state of a pool beside its definition.
_STATE = (
    *("workerPoolId", "created", "lastModified"),
    *("currentCapacity", "requestedCapacity", "runningCapacity", "stoppingCapacity"),
    *("requestedCount", "runningCount", "stoppingCount", "stoppedCount", "stoppedCapacity"),
)


def spec(pool: Part, name: str) -> Said:
    """What a pool says, as a WorkerType's spec without its queue."""
    pool.told(*_STATE)
    if pool.flag("emailOnError"):
        pool.complain("nothing here sends mail: let what alerts you watch it", "emailOnError")
    config = pool.part("config")
    launches = list(_launches(config))
    general, regions, zones, types = factored(launches)
    _combined(config, launches)
    return said(
        **about(pool, name),
        capacity=worker_manager_capacity(config),
        price=_price(launches),
        purchase=_purchase(launches),
        **over({"launch": who_it_is({})}, nested(general.get("", {}))),
        instanceTypes=[
            said(type=of, capacity=_capacity(launches, of), **nested(types.get(of, {})))
            for of in dict.fromkeys(one.type for one in launches)
        ],
        regions=[
            said(
                region=of,
                zones=dict(_zones(launches, of, zones)),
                otherZones=_other_zones(launches, of),
                **nested(regions.get(of, {})),
            )
            for of in dict.fromkeys(one.region for one in launches)
        ],
        lifecycle=lifecycle(config),
    )


def _launches(config: Part) -> Iterator[Launch]:
    for given in config.parts("launchConfigs"):
        found = told(given.part("launchConfig"))
        region, manager = given.text("region"), given.part("workerManager")
        capacity = manager.count("capacityPerInstance") or given.count("capacityPerInstance")
        config_of = given.whole("workerConfig")
        data = said(workerConfig=config_of) | given.whole("additionalUserData")
        settings = found.launch | said(tags=found.tags) | more_data(data)
        if region and found.type:
            yield Launch(
                given,
                region,
                found.zone,
                found.type,
                capacity,
                found,
                said(image=found.image, launch=settings),
            )
        else:
            given.complain("it names no region or no InstanceType, and was left out as a whole")


def _capacity(launches: Sequence[Launch], of: str) -> int | None:
    alike = [one for one in launches if one.type == of]
    first = alike[0].capacity
    for one in alike:
        if one.capacity != first:
            one.given.complain(
                f"{one.capacity} for {of} is {first} elsewhere: it is one number here, {first}",
                "capacityPerInstance",
            )
    return first


def _zones(launches: Sequence[Launch], region: str, settings: Said) -> Iterator[tuple[str, Said]]:
    here = [one for one in launches if one.region == region and one.zone]
    subnets = {one.zone: one.found.subnet for one in reversed(here)}
    for one in launches:
        if one.region == region and one.found.subnet != subnets.get(one.zone):
            one.given.complain(
                f"{one.found.subnet} is not the one subnet of its zone, and was left out",
                *("launchConfig", "SubnetId"),
            )
    for zone in dict.fromkeys(one.zone for one in here if one.zone):
        yield zone, said(subnet=subnets[zone], **nested(settings.get(zone, {})))


def _other_zones(launches: Sequence[Launch], region: str) -> bool | None:
    """Where all of a region's launches name their zones, nothing was launched in another."""
    named = all(one.zone for one in launches if one.region == region)
    return False if named else None


def _combined(config: Part, launches: Sequence[Launch]) -> None:
    """Tell which combinations there will be that there were not."""
    there = {(one.type, one.region, one.zone) for one in launches}
    places = dict.fromkeys((one.region, one.zone) for one in launches)
    for of, (region, zone) in product(dict.fromkeys(one.type for one in launches), places):
        if (of, region, zone) not in there:
            config.complain(
                f"{of} was not launched in {zone or region}: here every type is, wherever AWS has "
                "it",
                "launchConfigs",
            )


def _purchase(launches: Sequence[Launch]) -> str:
    spot = [one for one in launches if one.found.spot]
    for one in launches if spot else ():
        if not one.found.spot:
            one.given.complain(
                "this is on demand and others are spot: here all are spot; `purchase` can have "
                "both for all",
                "launchConfig",
            )
    return "spot" if spot else "on-demand"


def _price(launches: Sequence[Launch]) -> Said:
    """The most that an instance might cost, by its capacity."""
    found = [one.found.max_price for one in launches]
    each = {
        number(price / (one.capacity or 1)) if price else None
        for price, one in zip(found, launches, strict=True)
    }
    if len(each) == 1:
        return said(max=each.pop())
    for price, one in zip(found, launches, strict=True):
        if price:
            one.given.complain(
                f"{price} an instance is not the same for a unit of capacity everywhere, which "
                "price.max must be: it was left out",
                *("launchConfig", "InstanceMarketOptions", "SpotOptions", "MaxPrice"),
            )
    return {}
