"""The settings of every launch that a worker type allows, and where each of them was said. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from reconciler.fields.launch import SAFE, SAFE_VOLUME, Image, Settings
from reconciler.fleet.settings import Level, Merged, merged
from reconciler.kinds.worker_type import InstanceTypeSpec, WorkerTypeSpec, ZoneSpec

SAFE_LEVEL = "as nothing else is said"


class Where(NamedTuple):
    """One (region, zone, type) of a worker type."""

    region: str
    zone: str
    instance_type: str


class Pick(NamedTuple):
    """An image, and where it was said."""

    image: Image | None
    level: str


class Combinations:
    """One worker type's launches, each merged once for all that have the same to say."""

    def __init__(self, spec: WorkerTypeSpec) -> None:
        self.spec = spec
        self._merged: dict[tuple[str, str, str], Merged] = {}

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
        if where.region not in self._regions or where.instance_type not in self.types:
            return False
        zone = self.zone(where)
        return zone.use if zone else bool(self._regions[where.region].other_zones)

    def image(self, where: Where) -> Pick:
        """The image there: a type's own comes first, then its region's."""
        for level, said in (
            (f"instanceTypes.{where.instance_type}", self.types[where.instance_type].image),
            (f"regions.{where.region}", self._regions[where.region].image),
        ):
            if said:
                return Pick(said, level)
        return Pick(self.spec.image, "image")

    def settings(self, where: Where) -> Merged:
        """What holds there, said from the general to the special."""
        region, zone = self._regions[where.region], self.zone(where)
        kind = self.types[where.instance_type]
        same = (
            where.region if region.launch else "",
            where.zone if zone and zone.launch else "",
            where.instance_type if kind.launch else "",
        )
        if same not in self._merged:
            found = merged(
                Level(name, _said(said))
                for name, said in (
                    ("launch", self.spec.launch),
                    (f"regions.{where.region}.launch", region.launch),
                    (f"zones.{where.zone}.launch", zone.launch if zone else None),
                    (f"instanceTypes.{where.instance_type}.launch", kind.launch),
                )
            )
            self._merged[same] = _made_safe(found)
        return self._merged[same]

    def all(self, zones: dict[str, list[str]]) -> Iterator[Where]:
        """Every combination, where each region has these zones."""
        for region in self._regions:
            for zone in zones.get(region, ()):
                for kind in self.types:
                    if self.has(where := Where(region, zone, kind)):
                        yield where


def _said(settings: Settings | None) -> dict[str, Any]:
    if settings is None:
        return {}
    found = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    # A structure of the user's own is sent as it is, with the nulls in it.
    if settings.user_data and settings.user_data.config is not None:
        found["userData"]["config"] = settings.user_data.config
    return found


def _made_safe(found: Merged) -> Merged:
    """The settings with what holds where nothing was said."""
    disks = {
        name: disk
        for name, disk in found.settings.get("blockDevices", {}).items()
        if "ephemeral" not in disk
    }
    safe = {**SAFE, "blockDevices": dict.fromkeys(disks, SAFE_VOLUME)} if disks else SAFE
    whole = merged([Level(SAFE_LEVEL, safe), Level("", found.settings)])
    origins = {path: found.origins.get(path, level) for path, level in whole.origins.items()}
    return Merged(whole.settings, origins)
