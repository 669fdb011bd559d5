"""The settings of every launch that a worker type allows, and where each of them was said. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from reconciler.fields.launch import SAFE, SAFE_VOLUME, Settings, WhichImage
from reconciler.fleet.settings import Level, Merged, lay_under, merged
from reconciler.kinds.worker_type import InstanceTypeSpec, WorkerTypeSpec, ZoneSpec

SAFE_LEVEL = "as nothing else is said"


class Where(NamedTuple):
    """One (region, zone, type) of a worker type."""

    region: str
    zone: str
    instance_type: str


class Pick(NamedTuple):
    """An image, and where it was said."""

    image: WhichImage | None
    level: str


Sayers = tuple[str, str, str]
"""The region, the zone and the type that have settings of their own, or "" in the place of each."""


class Combinations:
    """One worker type's launches, each merged once for all that have the same to say."""

    def __init__(self, spec: WorkerTypeSpec) -> None:
        self.spec = spec
        self._merged: dict[Sayers, Merged] = {}

    @cached_property
    def types(self) -> dict[str, InstanceTypeSpec]:
        return {one.type: one for one in self.spec.instance_types}

    @cached_property
    def _regions(self) -> dict[str, Any]:
        return {one.region: one for one in self.spec.regions}

    def zone(self, where: Where) -> ZoneSpec | None:
        found: ZoneSpec | None = self._regions[where.region].zones.get(where.zone)
        return found

    def has(self, where: Where) -> bool:
        """Whether workers are wanted there."""
        return where.instance_type in self.types and self.uses(where.region, where.zone)

    def uses(self, region: str, zone: str) -> bool:
        """Whether workers are wanted in a zone."""
        if region not in self._regions:
            return False
        named = self._regions[region].zones.get(zone)
        return bool(named.use if named else self._regions[region].other_zones)

    def image(self, where: Where) -> Pick:
        """The image there: a type's own comes first, then its region's."""
        for level, said in (
            (f"instanceTypes.{where.instance_type}", self.types[where.instance_type].image),
            (f"regions.{where.region}", self._regions[where.region].image),
        ):
            if said:
                return Pick(said, level)
        return Pick(self.spec.image, "image")

    def sayers(self, where: Where) -> Sayers:
        """Who has something of its own to say there: where these are the same, all is."""
        region, zone, kind = where
        said = self._with_settings
        return (
            region if region in said else "",
            zone if zone in said else "",
            kind if kind in said else "",
        )

    @cached_property
    def _with_settings(self) -> frozenset[str]:
        """The regions, zones and types that have settings of their own."""
        zones = (zone for region in self.spec.regions for zone in region.zones.items())
        named = (
            *((one.region, one.launch) for one in self.spec.regions),
            *((name, zone.launch) for name, zone in zones),
            *((one.type, one.launch) for one in self.spec.instance_types),
        )
        return frozenset(name for name, launch in named if launch)

    def settings(self, where: Where) -> Merged:
        """What holds there, said from the general to the special."""
        same = self.sayers(where)
        if same not in self._merged:
            self._merged[same] = made_safe(merged(self._levels_at(same)))
        return self._merged[same]

    def _levels_at(self, same: Sayers) -> Iterator[Level]:
        region, zone, kind = same
        for name in (
            "launch",
            f"regions.{region}.launch",
            f"zones.{zone}.launch",
            f"instanceTypes.{kind}.launch",
        ):
            if name in self._levels:
                yield self._levels[name]

    @cached_property
    def _levels(self) -> dict[str, Level]:
        """All levels that say anything, by their names."""
        said: dict[str, Settings | None] = {"launch": self.spec.launch}
        for region in self.spec.regions:
            said[f"regions.{region.region}.launch"] = region.launch
            said |= {f"zones.{name}.launch": zone.launch for name, zone in region.zones.items()}
        said |= {f"instanceTypes.{name}.launch": kind.launch for name, kind in self.types.items()}
        return {name: Level(name, _said(one)) for name, one in said.items() if one}

    def all(self, zones: dict[str, list[str]]) -> Iterator[Where]:
        """Every combination, where each region has these zones."""
        for region in self._regions:
            for zone in zones.get(region, ()):
                if self.uses(region, zone):
                    yield from (Where(region, zone, kind) for kind in self.types)


def _said(settings: Settings) -> dict[str, Any]:
    found = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    # A structure of the user's own is sent as it is, with the nulls in it.
    if settings.user_data and settings.user_data.config is not None:
        found["userData"]["config"] = settings.user_data.config
    return found


def made_safe(found: Merged) -> Merged:
    """The settings with what holds where nothing was said."""
    disks = {
        name: disk
        for name, disk in found.settings.get("blockDevices", {}).items()
        if "ephemeral" not in disk
    }
    safe = {**SAFE, "blockDevices": dict.fromkeys(disks, SAFE_VOLUME)} if disks else SAFE
    lay_under(found, Level(SAFE_LEVEL, safe))
    return found
