"""One worker type: how much to launch, where, from which templates, and who goes. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reconciler.derive.combinations import Combinations, Sayers, Where
from reconciler.derive.content import Written, digest, template, user_data, written
from reconciler.derive.memory import TOKEN_HOLDS, Whose
from reconciler.derive.signals import Resolved, Signals
from reconciler.fields.launch import WhichImage
from reconciler.fleet.offering import Offering, Purchase
from reconciler.fleet.terms import InstanceType, PriceLimits, Terms
from reconciler.kinds.launch_template import LaunchTemplateSpec
from reconciler.kinds.worker_type import WorkerTypeSpec
from reconciler.model import Key, Resource, Scope, Snapshot


@dataclass(frozen=True)
class Fleet:
    """A declared worker type, and what is known of the places where it may run."""

    key: Key
    """Its scope is an account."""
    resources: Sequence[Resource]
    """One for each of its regions, all alike but for the place."""
    snapshot: Snapshot
    signals: Signals

    @property
    def whose(self) -> Whose:
        return Whose(self.key.scope.account, self.key.name)

    @cached_property
    def spec(self) -> WorkerTypeSpec:
        spec = self.resources[0].spec
        assert isinstance(spec, WorkerTypeSpec)
        return spec

    @cached_property
    def combinations(self) -> Combinations:
        return Combinations(self.spec)

    def scope(self, region: str) -> Scope:
        return Scope(self.key.scope.account, region)

    @cached_property
    def regions(self) -> dict[str, str]:
        """Its regions, each with why nothing is launched there now, or ""."""
        return {region.region: self._why_not(region.region) for region in self.spec.regions}

    def _why_not(self, region: str) -> str:
        scope = self.scope(region)
        if not self.snapshot.reached(scope):
            return f"{region} was not read"
        market = self.signals.markets.get(scope, "nothing is known of its market")
        if isinstance(market, str):
            return f"{region}: {market}"
        lost = [
            why
            for kind in self.combinations.types
            if isinstance(why := self.image(Where(region, "", kind)), str)
        ]
        return f"{region}: {lost[0]}" if lost else ""

    def image(self, where: Where) -> Resolved | str:
        """The image there, or why it is not known."""
        return self._images[where.region, where.instance_type]

    @cached_property
    def _images(self) -> dict[tuple[str, str], Resolved | str]:
        """By region and type."""
        return {
            (region.region, kind): self._image(Where(region.region, "", kind))
            for region in self.spec.regions
            for kind in self.combinations.types
        }

    def _image(self, where: Where) -> Resolved | str:
        asked: WhichImage | None = self.combinations.image(where).image
        if asked is None:
            return f"no image is said for {where.instance_type}"
        known = self.signals.images.get((self.scope(where.region), asked))
        return f"{asked.words()} was not read" if known is None else known

    @cached_property
    def zones(self) -> dict[str, frozenset[str]]:
        """Where it may run now: the zones of its regions that sell any of its types."""
        found = {}
        for region, why_not in self.regions.items():
            market = self.signals.markets.get(self.scope(region))
            if why_not or market is None or isinstance(market, str):
                continue
            sold = {zone for zone, kind in market.offered if kind in self.combinations.types}
            found[region] = frozenset(z for z in sold if self.combinations.uses(region, z))
        return found

    @cached_property
    def terms(self) -> Terms:
        spec = self.spec
        return Terms(
            worker_type=self.key.name,
            types=tuple(InstanceType(t.type, t.capacity, t.utility) for t in spec.instance_types),
            zones=self.zones,
            price=PriceLimits(spec.price.min, spec.price.max),
            on_demand_share=spec.purchase.on_demand_percent / 100,
            on_demand_afterwards=spec.purchase.on_demand_afterwards,
        )

    @cached_property
    def product(self) -> str:
        """What AWS calls the product that its images run: prices are by product."""
        images = (
            self.image(Where(region, "", kind))
            for region in self.zones
            for kind in self.combinations.types
        )
        return next((image.product for image in images if not isinstance(image, str)), "")

    def template_name(self, where: Where) -> str:
        """The key of the template for a place where the image is known."""
        image = self.image(where)
        assert isinstance(image, Resolved)
        said = self._said(where)
        capacity = self.combinations.types[where.instance_type].capacity
        facts = "|".join((*where, str(capacity))) if said.knows_itself else ""
        content = (said.text, image.id, facts)
        if content not in self._names:
            self._names[content] = f"{self.key.name}.{digest(*content, self.key.name)}"
        return self._names[content]

    @cached_property
    def _names(self) -> dict[tuple[str, str, str], str]:
        """What is known so far: many places have the same template."""
        return {}

    def _said(self, where: Where) -> Written:
        same = self.combinations.sayers(where)
        if same not in self._written:
            self._written[same] = written(self.combinations.settings(where).settings)
        return self._written[same]

    @cached_property
    def _written(self) -> dict[Sayers, Written]:
        """What is known so far: many places have the same settings."""
        return {}

    def template(self, where: Where) -> LaunchTemplateSpec:
        """The template for a place where the image is known."""
        image = self.image(where)
        assert isinstance(image, Resolved)
        settings = self.combinations.settings(where).settings
        capacity = self.combinations.types[where.instance_type].capacity
        spec = self.template_name(where).rpartition(".")[2]
        data = user_data(settings, self.key.name, where, capacity, spec)
        return template(settings, image.id, data, where, self.subnet(where))

    def subnet(self, where: Where) -> str | None:
        zone = self.combinations.zone(where)
        return zone.subnet if zone else None

    def templates(self, offerings: Iterable[Offering]) -> Mapping[Offering, str] | None:
        """From what each of these would be launched today; None while that is not known of all."""
        found, purchases = {}, self.terms.purchases
        for offering in offerings:
            where = Where(offering.region, offering.zone, offering.instance_type)
            if offering.purchase not in purchases or not self.combinations.has(where):
                continue
            if isinstance(self.image(where), str):
                return None
            found[offering] = self.template_name(where)
        return found

    def token(self, workers: Sequence[str]) -> str:
        """What AWS knows the launches by: the same while the same workers are seen.

        An answer that was lost, or that nobody was left to hear, is then given again instead of
        more instances. It counts for five minutes, by when what was launched shows. What came and
        is gone by then makes it another one: AWS would answer with the instances that are gone.
        """
        asked = self.signals.memory.asked_by(self.whose)
        ids = {*workers, *(id_ for one in asked for id_ in one.came or ())}
        now = self.signals.now // TOKEN_HOLDS
        # Those of before are forgotten one by one: with them it would count down to what it was.
        of_now = [one for one in asked if one.when // TOKEN_HOLDS == now]
        short = sum(1 for one in of_now if one.came is not None and len(one.came) < one.instances)
        words = (*self.whose, *sorted(ids), str(short), str(int(now)))
        return hashlib.sha256("|".join(words).encode()).hexdigest()[:32]


def spot_limit(fleet: Fleet, offering: Offering, capacity: int, utility: float) -> str | None:
    """What an instance may cost, in USD per hour; on demand there is nothing to bid."""
    limit = fleet.spec.price.max
    if limit is None or offering.purchase is not Purchase.SPOT:
        return None
    return f"{limit * capacity * utility:.6f}"
