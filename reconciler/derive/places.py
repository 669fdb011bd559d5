"""Where one machine of a worker type may be launched and how, the best first: pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.derive.combinations import Where
from reconciler.derive.fleet import Fleet, spot_limit
from reconciler.derive.launches import tags
from reconciler.derive.views import Views
from reconciler.fleet.market import ranked
from reconciler.fleet.offering import Purchase
from reconciler.fleet.spread import Offer
from reconciler.kinds import target
from reconciler.kinds.launch_template import LaunchTemplateSpec
from reconciler.kinds.worker_type import WorkerTypeSpec
from reconciler.model import Estate, Key, Resource, Scope
from reconciler.references import is_aws_id, references
from reconciler.spec import Refers


class Place(NamedTuple):
    """One of the ways."""

    scope: Scope
    purchase: Purchase
    max_price: str | None
    """For spot, in USD per hour of an instance."""
    template: LaunchTemplateSpec
    tags: Mapping[str, str]
    windows: bool

    def refers_to(self, refers: Refers, name: str) -> Key:
        """What a reference of the template is to."""
        return target(Key("Launch", "", self.scope), refers, name)


class Places(NamedTuple):
    """All of them, and why there are no others."""

    places: tuple[Place, ...]
    others: tuple[str, ...]


def narrowed(
    resources: Sequence[Resource], regions: Collection[str], types: Collection[str]
) -> list[Resource]:
    """A worker type in these of its regions and of these of its types alone; all where none are."""

    def spec(one: Resource) -> WorkerTypeSpec:
        assert isinstance(one.spec, WorkerTypeSpec)
        return one.spec.model_copy(
            update={
                "regions": tuple(r for r in one.spec.regions if not regions or r.region in regions),
                "instance_types": tuple(
                    kind for kind in one.spec.instance_types if not types or kind.type in types
                ),
            }
        )

    there = [one for one in resources if not regions or one.key.scope.region in regions]
    return [replace(one, spec=spec(one)) for one in there]


def places(estate: Estate, fleet: Fleet) -> Places:
    """Where AWS may sell one, as its price limits and its images allow."""
    view = Views(fleet.signals).of(fleet.key.scope.account, fleet.product)
    offers, dropped = ranked(fleet.terms, view)
    return Places(
        tuple(_place(estate, fleet, one) for one in offers),
        (
            *(why for why in fleet.regions.values() if why),
            *sorted(f"{one.offering}: {one.reason.value}" for one in dropped),
        ),
    )


def _place(estate: Estate, fleet: Fleet, offer: Offer) -> Place:
    region, zone, kind, purchase = offer.offering
    where = Where(region, zone, kind)
    of = fleet.combinations.types[kind]
    return Place(
        fleet.scope(region),
        purchase,
        spot_limit(fleet, offer.offering, of.capacity, of.utility),
        fleet.template(where),
        tags(estate, fleet, where),
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html
        fleet.product.startswith("Windows"),
    )


def lacking(found: Sequence[Place], there: Collection[Key]) -> list[Key]:
    """What is declared, has to be there for these, and is not: each once."""
    needed = {
        place.refers_to(one.refers, one.target): None
        for place in found
        for one in references(place.template)
        if not is_aws_id(one.target)
    }
    return [key for key in needed if key not in there]
