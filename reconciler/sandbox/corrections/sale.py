"""How many instances of a pool are sold, and why not more: capacity, price and quotas."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox import market
from reconciler.sandbox.call import Call
from reconciler.sandbox.corrections.launch import Launch
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.supply import Pool, Purchase


def for_sale(call: Call, asked: Launch, wanted: int) -> tuple[int, AwsError | None]:
    """How many are to be had, up to what is wanted, and what stands against the others."""
    price = spot_price(call, asked.pool)
    if asked.pool.purchase == "spot" and asked.max_price is not None and asked.max_price < price:
        return 0, _price_too_low(asked.max_price, price)
    allowed = _allowed(call, asked.pool)
    if allowed < wanted and allowed <= call.supply.left(asked.pool):
        return allowed, _over_quota(call, asked.pool.purchase)
    left = call.supply.left(asked.pool)
    if left < wanted:
        return max(0, int(left)), no_capacity(asked.pool)
    return wanted, None


def spot_price(call: Call, pool: Pool) -> float:
    hour = market.hour_at(pool.zone, pool.instance_type, call.clock.now())
    return market.spot(call.region, pool.zone, pool.instance_type, hour)


def no_capacity(pool: Pool) -> AwsError:
    """A server's error, which clients retry: the status is 500.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-codes-table-server
    Seen on AWS: https://github.com/hashicorp/terraform-provider-aws/issues/1496, and for spot
    https://github.com/osbuild/osbuild-composer/pull/4494
    """
    told = "There is no Spot capacity available that matches your request."
    if pool.purchase == "on-demand":
        told = (
            f"We currently do not have sufficient {pool.instance_type} capacity in the "
            f"Availability Zone you requested ({pool.zone}). Our system will be working on "
            "provisioning additional capacity."
        )
    return AwsError("InsufficientInstanceCapacity", told, 500)


def _price_too_low(offered: float, price: float) -> AwsError:
    """Seen on AWS: https://github.com/aws/aws-parallelcluster-node/pull/415"""
    told = (
        f"Your Spot request price of {offered:g} is lower than the minimum required Spot request "
        f"fulfillment price of {price:.4f}."
    )
    return AwsError("SpotMaxPriceTooLow", told)


def _over_quota(call: Call, purchase: Purchase) -> AwsError:
    """Both quotas count vCPUs.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html#ec2-on-demand-instances-limits
    """
    if purchase == "spot":
        return AwsError("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
    told = (
        "You have requested more vCPU capacity than your current vCPU limit of "
        f"{call.supply.quota(purchase):g} allows for the instance bucket that the specified "
        "instance type belongs to."
    )
    return AwsError("VcpuLimitExceeded", told)


def _allowed(call: Call, pool: Pool) -> int:
    """How many more of this type the account may have running."""
    spare = call.supply.quota(pool.purchase) - sum(
        market.vcpus(instance.instance_type)
        for reservation in call.world("ec2").reservations.values()
        for instance in reservation.instances
        if _counts(instance, pool.purchase)
    )
    return int(max(0, min(spare, 10**9)) // market.vcpus(pool.instance_type))


def _counts(instance: Any, purchase: Purchase) -> bool:
    runs = instance.state in ("pending", "running")
    return runs and (instance.lifecycle == "spot") == (purchase == "spot")
