"""RunInstances: as many as there are, each with all that was asked for or its template says."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox import market, wire
from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.found import Data, unsupported
from reconciler.sandbox.corrections.launch import Launch, to_launch
from reconciler.sandbox.corrections.launching import launch
from reconciler.sandbox.corrections.sale import for_sale
from reconciler.sandbox.corrections.templates import with_template
from reconciler.sandbox.errors import AwsError, dry_run
from reconciler.sandbox.supply import Pool
from reconciler.sandbox.wire import Answer, Parameters


def instances_are_launched_as_asked(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """moto launches MinCount, heeds part of the template, and gives the first one the profile.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    data, tags = with_template(call, parameters)
    asked = _asked(call, data)
    if parameters.get("DryRun"):
        raise dry_run()
    count, why = for_sale(call, asked, parameters["MaxCount"])
    if count < parameters["MinCount"] and why:
        raise why
    answer = wire.plain("ec2", "RunInstances", launch(call, asked, count, tags))
    for instance in answer["Instances"]:
        instance["State"] = {"Code": 0, "Name": "pending"}
    return answer


def _asked(call: Call, data: Data) -> Launch:
    _refuse_two_networks(data)
    market_options: dict[str, Any] = data.get("InstanceMarketOptions") or {}
    spot = market_options.get("MarketType") == "spot"
    most = (market_options.get("SpotOptions") or {}).get("MaxPrice")
    asked = to_launch(call, data, "spot" if spot else "on-demand", most)
    if "InstanceType" in data:
        _check_type(call, asked.pool)
    return asked


def _check_type(call: Call, pool: Pool) -> None:
    """Not of the default type, which many regions don't have any more."""
    if not market.known(pool.instance_type):
        told = f"Invalid value '{pool.instance_type}' for InstanceType."
        raise AwsError("InvalidParameterValue", told)
    if why := unsupported(call, pool):
        raise AwsError("Unsupported", why)


def _refuse_two_networks(data: Data) -> None:
    """Fleets may: their overrides are for the interface then."""
    for name, words in (("SubnetId", "subnet ID"), ("SecurityGroupIds", "security groups")):
        if data.get(name) and data.get("NetworkInterfaces"):
            told = f"Network interfaces and an instance-level {words} may not be specified "
            raise AwsError("InvalidParameterCombination", f"{told}on the same request")
