"""CreateFleet of the type instant: one attempt, whose answer tells what came and what did not.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instant-fleet.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil
from typing import Any

from moto.ec2.utils import random_fleet_id

from reconciler.sandbox import market
from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections import templates
from reconciler.sandbox.corrections.choices import Choice, choices, targets
from reconciler.sandbox.corrections.found import unsupported
from reconciler.sandbox.corrections.launch import Launch, merged, tags_by_type, to_launch
from reconciler.sandbox.corrections.launching import launch
from reconciler.sandbox.corrections.sale import for_sale, spot_price
from reconciler.sandbox.errors import AwsError, dry_run
from reconciler.sandbox.supply import Purchase
from reconciler.sandbox.wire import Answer, Parameters


def an_instant_fleet_is_launched_at_once(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """What is wrong with a template is the call's error, with an override one of `Errors`.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFleet.html
    Seen on AWS: https://github.com/aws/karpenter-provider-aws/issues/5850
    Errors may stand beside instances: https://github.com/aws/karpenter-provider-aws/pull/303
    """
    if parameters.get("Type") != "instant":
        return onward(parameters)
    asked = [*choices(call, parameters)]
    if parameters.get("DryRun"):
        raise dry_run()
    fleet = _Fleet(call, parameters, asked)
    for purchase, wanted in targets(parameters["TargetCapacitySpecification"]).items():
        fleet.buy(purchase, wanted)
    tags = tags_by_type(parameters.get("TagSpecifications") or ())
    call.world("ec2").tags[fleet.id].update(tags.get("fleet", {}))
    return fleet.answer()


class _Fleet:
    def __init__(self, call: Call, parameters: Parameters, choices: Sequence[Choice]) -> None:
        self.id = random_fleet_id()
        self._call = call
        self._parameters = parameters
        self._choices = choices
        self._launched: dict[tuple[Purchase, int], list[Any]] = {}
        self._errors: list[Answer] = []

    def buy(self, purchase: Purchase, wanted: float) -> None:
        """From one pool after the other, the best first, or from all of them by turns."""
        strategy = self._strategy(purchase)
        pools = sorted(self._pools(purchase), key=lambda pool: self._rank(strategy, *pool))
        alone = len(pools) == 1
        rich: list[tuple[Choice, Launch]] = []
        while wanted > 0 and pools:
            choice, asked = pools[0]
            share = wanted / len(pools) if strategy == "diversified" else wanted
            count, why = for_sale(self._call, asked, ceil(share / choice.weight))
            if count:
                self._launch(choice, asked, count)
                wanted -= count * choice.weight
            if why:
                self._refuse(choice, purchase, _of_a_fleet(why, purchase, alone))
            else:
                rich.append(pools[0])
            # Who could give all that was asked of it may be asked for more.
            pools, rich = (pools[1:], rich) if pools[1:] else (rich, [])

    def answer(self) -> Answer:
        instances = [
            {
                "LaunchTemplateAndOverrides": self._choices[index].told(),
                "Lifecycle": purchase,
                "InstanceIds": [instance.id for instance in launched],
                "InstanceType": launched[0].instance_type,
                "AvailabilityZone": launched[0].availability_zone,
                "SubnetId": launched[0].subnet_id,
            }
            for (purchase, index), launched in self._launched.items()
        ]
        return {"FleetId": self.id, "Errors": self._errors, "Instances": instances}

    def _strategy(self, purchase: Purchase) -> str:
        options = self._parameters.get("SpotOptions" if purchase == "spot" else "OnDemandOptions")
        return str((options or {}).get("AllocationStrategy") or "lowest-price")

    def _pools(self, purchase: Purchase) -> list[tuple[Choice, Launch]]:
        """What can be tried; of the rest it is told at once what is wrong with it."""
        pools = []
        for choice in self._choices:
            try:
                pools.append((choice, self._asked(choice, purchase)))
            except AwsError as error:
                self._refuse(choice, purchase, error)
        _refuse_duplicates([asked for _, asked in pools])
        return pools

    def _asked(self, choice: Choice, purchase: Purchase) -> Launch:
        asked = {
            **choice.override,
            "TagSpecifications": self._parameters.get("TagSpecifications"),
            "ClientToken": self._parameters.get("ClientToken"),
        }
        if zone := choice.override.get("AvailabilityZone"):
            asked["Placement"] = {"AvailabilityZone": zone}
        data = merged(choice.version.data, asked)
        found = to_launch(self._call, data, purchase, choice.override.get("MaxPrice"))
        # So called, seen on AWS: https://github.com/aws/karpenter-provider-aws/issues/404
        if told := unsupported(self._call, found.pool):
            raise AwsError("InvalidFleetConfiguration", told)
        return found

    def _rank(self, strategy: str, choice: Choice, asked: Launch) -> float:
        if strategy in ("prioritized", "capacity-optimized-prioritized"):
            return choice.priority
        if strategy == "capacity-optimized":
            return -self._call.supply.left(asked.pool)
        if strategy == "diversified":
            return 0
        return self._price(asked) / choice.weight

    def _price(self, asked: Launch) -> float:
        if asked.pool.purchase == "spot":
            return spot_price(self._call, asked.pool)
        return market.on_demand(self._call.region, asked.pool.instance_type)

    def _launch(self, choice: Choice, asked: Launch, count: int) -> None:
        tags = {**templates.tags(choice.version), "aws:ec2:fleet-id": self.id}
        reservation = launch(self._call, asked, count, tags)
        key = asked.pool.purchase, self._choices.index(choice)
        self._launched.setdefault(key, []).extend(reservation.instances)

    def _refuse(self, choice: Choice, purchase: Purchase, error: AwsError) -> None:
        self._errors.append(
            {
                "LaunchTemplateAndOverrides": choice.told(),
                "Lifecycle": purchase,
                "ErrorCode": error.code,
                "ErrorMessage": error.message,
            }
        )


def _refuse_duplicates(asked: Sequence[Launch]) -> None:
    """Seen on AWS: https://github.com/github-aws-runners/terraform-aws-github-runner/issues/5297"""
    if max(Counter(one.pool for one in asked).values(), default=1) > 1:
        told = "The fleet configuration contains duplicate instance pools."
        raise AwsError("InvalidFleetConfig", told)


def _of_a_fleet(error: AwsError, purchase: Purchase, alone: bool) -> AwsError:
    """Where several pools of spot instances could be chosen from, their lack has another name.

    Seen on AWS: https://github.com/mludvig/aws-ethereum-miner/issues/23
    """
    if error.code != "InsufficientInstanceCapacity" or purchase == "on-demand" or alone:
        return error
    told = "Unable to fulfill capacity due to your request configuration."
    return AwsError("UnfulfillableCapacity", f"{told} Please adjust your request and try again.")
