"""What instances cost in the embedded AWS: made up, plausible, and the same in every run."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

# USD per hour, such that c, m and r of a size differ about as AWS's do.
_A_VCPU = 0.033
_A_GIB = 0.004
_A_GPU = 0.6

HOUR = 3600


def known(instance_type: str) -> bool:
    return instance_type in INSTANCE_TYPES


@cache
def _offerings(region: str) -> frozenset[tuple[str, str]]:
    offered = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, ())
    return frozenset((one["Location"], one["InstanceType"]) for one in offered)


def offered(region: str, zone: str, instance_type: str) -> bool:
    """Whether the zone has such machines at all."""
    return (zone, instance_type) in _offerings(region)


@cache
def spot_offerings(region: str) -> tuple[tuple[str, str], ...]:
    """Zone and type of each machine that is to be had as a spot instance."""
    return tuple(
        sorted(
            (zone, name)
            for zone, name in _offerings(region)
            if "spot" in INSTANCE_TYPES.get(name, {}).get("SupportedUsageClasses", ())
        )
    )


def vcpus(instance_type: str) -> int:
    return int(INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"])


@cache
def on_demand(region: str, instance_type: str) -> float:
    """USD per hour: more for more vCPUs, memory and GPUs, and a little more outside us-east-1."""
    machine: dict[str, Any] = INSTANCE_TYPES[instance_type]
    gpus = sum(gpu["Count"] for gpu in machine.get("GpuInfo", {}).get("Gpus", ()))
    memory = machine["MemoryInfo"]["SizeInMiB"] / 1024
    there = 1.0 if region == "us-east-1" else 1 + Random(f"place {region}").uniform(0, 0.2)
    price = _A_VCPU * vcpus(instance_type) + _A_GIB * memory + _A_GPU * gpus
    return round(float(price * there), 4)


def spot(region: str, zone: str, instance_type: str, hour: int) -> float:
    """USD per hour, from 30 to 45 % of on-demand; `hour` counts from the clock's beginning."""
    level = Random(f"level {zone} {instance_type}").uniform(0.32, 0.43)
    swing = Random(f"swing {zone} {instance_type} {hour}").uniform(-0.02, 0.02)
    return round(on_demand(region, instance_type) * (level + swing), 6)


@cache
def minute(zone: str, instance_type: str) -> int:
    """At which second of every hour the price of a spot offering moves."""
    return Random(f"minute {zone} {instance_type}").randrange(HOUR)


def hour_at(zone: str, instance_type: str, seconds: float) -> int:
    """The hour whose price is in force so many seconds after the clock's beginning."""
    return int((seconds - minute(zone, instance_type)) // HOUR)
