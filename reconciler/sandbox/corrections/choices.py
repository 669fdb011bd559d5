"""What an instant fleet is asked for: pools to choose from, and how much of each way of buying."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from reconciler.sandbox.call import Call
from reconciler.sandbox.corrections import templates
from reconciler.sandbox.corrections.found import Data
from reconciler.sandbox.supply import Purchase
from reconciler.sandbox.wire import Answer, Parameters

# Of what fleets can do, the sandbox lacks these.
_LACKING = ("MinTargetCapacity", "MaxTotalPrice", "SingleInstanceType", "SingleAvailabilityZone")


@dataclass(frozen=True)
class Choice:
    """One launch template with one override of it."""

    version: Any
    override: Mapping[str, Any]

    @property
    def weight(self) -> float:
        return float(self.override.get("WeightedCapacity") or 1)

    @property
    def priority(self) -> float:
        return float(self.override.get("Priority", inf))

    def told(self) -> Answer:
        """LaunchTemplateAndOverrides, with the template's id and the version's number always.

        Seen on AWS: https://github.com/localstack/moto/pull/172
        """
        template = {
            "LaunchTemplateId": self.version.template.id,
            "Version": str(self.version.number),
        }
        return {"LaunchTemplateSpecification": template, "Overrides": dict(self.override)}


def choices(call: Call, parameters: Parameters) -> Iterator[Choice]:
    for options in ("SpotOptions", "OnDemandOptions"):
        for name in _LACKING:
            if (parameters.get(options) or {}).get(name):
                raise NotImplementedError(f"{options} with {name}")
    for config in parameters["LaunchTemplateConfigs"]:
        version = templates.version_of(call, config["LaunchTemplateSpecification"])
        overrides: list[Data] = config.get("Overrides") or [{}]
        for override in overrides:
            if "InstanceRequirements" in override:
                raise NotImplementedError("overrides with InstanceRequirements")
            yield Choice(version, override)


def targets(said: Mapping[str, Any]) -> dict[Purchase, int]:
    """How much of each way of buying: what is not said of either is of the default."""
    targets: dict[Purchase, int] = {
        "on-demand": said.get("OnDemandTargetCapacity") or 0,
        "spot": said.get("SpotTargetCapacity") or 0,
    }
    default: Purchase = "spot" if said.get("DefaultTargetCapacityType") == "spot" else "on-demand"
    targets[default] += max(0, said["TotalTargetCapacity"] - sum(targets.values()))
    return {purchase: wanted for purchase, wanted in targets.items() if wanted}
