"""What a region sells and for how much: offerings, spot price history, on-demand prices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.aws.ec2 import in_filters
from reconciler.aws.session import Aws
from reconciler.fleet.offering import Offering, PricePoint, Purchase

HISTORY = timedelta(hours=12)
"""What is older hardly counts in a price (see fleet/price.py)."""

_PRICING_REGION = "us-east-1"
"""Pricing answers for all regions, in few.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
"""


def offered(aws: Aws, types: Sequence[str]) -> frozenset[tuple[str, str]]:
    """The (zone, type) that the region has, of these types."""
    found = [
        one
        for some in in_filters(sorted(types))
        for one in aws.pages(
            "ec2",
            "describe_instance_type_offerings",
            "InstanceTypeOfferings",
            LocationType="availability-zone",
            Filters=[{"Name": "instance-type", "Values": some}],
        )
    ]
    return frozenset((one["Location"], one["InstanceType"]) for one in found)


def spot_prices(
    aws: Aws, types: Sequence[str], products: Iterable[str], now: float
) -> tuple[PricePoint, ...]:
    """Every change of a spot price lately, and the price before that."""
    points = aws.pages(
        "ec2",
        "describe_spot_price_history",
        "SpotPriceHistory",
        InstanceTypes=sorted(types),
        ProductDescriptions=sorted(products),
        StartTime=datetime.fromtimestamp(now, UTC) - HISTORY,
    )
    return tuple(_point(aws.region, point) for point in points)


def on_demand(aws: Aws, region: str, instance_type: str) -> float | None:
    """USD per hour for Linux, or None where AWS tells none.

    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
    """
    wanted = {
        "capacitystatus": "Used",
        "instanceType": instance_type,
        "operatingSystem": "Linux",
        "preInstalledSw": "NA",
        "regionCode": region,
        "tenancy": "Shared",
    }
    filters = [
        {"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()
    ]
    answer = aws.client("pricing", _PRICING_REGION).get_products(
        ServiceCode="AmazonEC2", Filters=filters
    )
    prices = [price for product in answer["PriceList"] for price in _hourly(json.loads(product))]
    return max(prices, default=None)


def _hourly(product: dict[str, Any]) -> list[float]:
    return [
        float(dimension["pricePerUnit"]["USD"])
        for term in product.get("terms", {}).get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
        if dimension.get("unit") == "Hrs" and "USD" in dimension["pricePerUnit"]
    ]


def _point(region: str, point: dict[str, Any]) -> PricePoint:
    offering = Offering(region, point["AvailabilityZone"], point["InstanceType"], Purchase.SPOT)
    price = float(point["SpotPrice"])
    return PricePoint(offering, point["ProductDescription"], point["Timestamp"].timestamp(), price)
