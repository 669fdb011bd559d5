"""Orders as launches, with the templates that they need: pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.derive.combinations import Where
from reconciler.derive.fleet import Fleet, spot_limit
from reconciler.derive.memory import SEPARATOR
from reconciler.fields.marks import CAPACITY, LAUNCH, LONGEST, QUEUE, REMOVED, WORKER_TYPE
from reconciler.fields.tags import ESTATE, PROTECT, RESOURCE
from reconciler.fleet.offering import Offering
from reconciler.fleet.spread import Order
from reconciler.kinds import target
from reconciler.kinds.launch import LaunchSpec, OfferSpec
from reconciler.kinds.launch_template import LaunchTemplateSpec
from reconciler.model import Estate, Key, Resource
from reconciler.queues import knows_workers
from reconciler.references import is_aws_id, references

_MOST_OFFERS = 50
"""CreateFleet takes so many templates in one call, and an offer may have one of its own."""


def launches(
    estate: Estate, fleet: Fleet, orders: Sequence[Order], workers: Sequence[str], unseen: int
) -> Iterator[Resource]:
    """A launch for each order, one after the other, and the templates that it names.

    What is launched says how much was asked for with it, and how much before that did not show yet.
    """
    before: tuple[Key, ...] = ()
    templates: dict[Key, Resource] = {}
    token = fleet.token(workers)
    launch = f"{token}/{unseen + sum(order.units for order in orders)}"
    for at, order in enumerate(orders):
        scope = fleet.scope(order.region)
        offers = []
        for offer in order.offers[:_MOST_OFFERS]:
            where = _where(offer.offering)
            made = template(estate, fleet, where)
            templates[made.key] = made
            kind = fleet.combinations.types[where.instance_type]
            offers.append(
                OfferSpec(
                    template=made.key.name,
                    instance_type=where.instance_type,
                    zone=where.zone,
                    subnet=fleet.subnet(where),
                    max_price=spot_limit(fleet, offer.offering, kind.capacity, kind.utility),
                )
            )
        key = Key("Launch", f"{fleet.key.name}.{at + 1}", scope)
        spec = LaunchSpec(
            worker_type=fleet.key.name,
            instances=order.instances,
            capacity=order.capacity,
            purchase=order.purchase.value,
            offers=tuple(offers),
            token=f"{token}{SEPARATOR}{at}",
        )
        said = _tags(estate, fleet, order, launch)
        yield Resource(key, key.name, spec, said, fleet.resources[0].location, follows=before)
        before = (key,)
    yield from templates.values()


def template(estate: Estate, fleet: Fleet, where: Where) -> Resource:
    """The launch template for a place."""
    key = Key("LaunchTemplate", fleet.template_name(where), fleet.scope(where.region))
    spec = fleet.template(where)
    if key in fleet.snapshot.ours and not _leads_to_what_shows(fleet, key, spec):
        return _as_it_is(fleet, key)
    name = f"{estate.prefix}{key.name}"
    return Resource(key, name, spec, {}, fleet.resources[0].location)


def _leads_to_what_shows(fleet: Fleet, key: Key, spec: LaunchTemplateSpec) -> bool:
    """Whether it can be told that a template leads to the right things: those may not show yet."""
    return all(
        target(key, reference.refers, reference.target) in fleet.snapshot.ours
        for reference in references(spec)
        if not is_aws_id(reference.target)
    )


def kept(estate: Estate, fleet: Fleet, there: Iterable[Key]) -> Iterator[Resource]:
    """Those of the templates that are there which something may be launched from today."""
    by_region: dict[str, list[Key]] = {}
    for key in there:
        by_region.setdefault(key.scope.region, []).append(key)
    for region, keys in by_region.items():
        if fleet.regions.get(region, ""):
            # What it would be launched from is not known now.
            for key in keys:
                yield _as_it_is(fleet, key)
            continue
        zones = {region: sorted(fleet.zones.get(region, ()))}
        wanted: dict[str, Where] = {}
        for where in fleet.combinations.all(zones):
            wanted.setdefault(fleet.template_name(where), where)
        for key in keys:
            if key.name in wanted:
                yield template(estate, fleet, wanted[key.name])


def _as_it_is(fleet: Fleet, key: Key) -> Resource:
    there = fleet.snapshot.ours[key]
    return Resource(key, there.name, there.spec, {}, fleet.resources[0].location)


def _where(offering: Offering) -> Where:
    return Where(offering.region, offering.zone, offering.instance_type)


def tags(estate: Estate, fleet: Fleet, where: Where) -> dict[str, str]:
    """What each instance that is launched there says of itself, whatever it is for."""
    said = fleet.combinations.settings(where).settings.get("tags", {})
    found = {
        "Name": fleet.key.name,
        **fleet.resources[0].tags,
        **said,
        ESTATE: estate.name,
        RESOURCE: f"{WORKER_TYPE}/{fleet.key.name}",
    }
    found.pop(PROTECT, None)
    return found


def _tags(estate: Estate, fleet: Fleet, order: Order, launch: str) -> Mapping[str, str]:
    """What each worker and its volumes say of themselves from their first moment on."""
    lifecycle = fleet.spec.lifecycle
    end = f"drain {lifecycle.deadline}" if lifecycle.deadline else "drain"
    found = {
        **tags(estate, fleet, _where(order.offers[0].offering)),
        CAPACITY: str(order.capacity),
        LAUNCH: launch,
        REMOVED: "keep" if lifecycle.removed == "keep" else end,
    }
    if queue := _queue(fleet):
        found[QUEUE] = queue
    return found


def _queue(fleet: Fleet) -> str:
    """The queue as a tag, where that can help once git has forgotten it."""
    queue = fleet.spec.queue
    if not knows_workers(queue):
        return ""
    text = json.dumps(
        queue.model_dump(mode="json", by_alias=True, exclude_none=True), separators=(",", ":")
    )
    return text if len(text) <= LONGEST else ""
