"""The price list: what EC2's machines cost on demand, for who asks precisely enough.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from reconciler.sandbox import market
from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.paging import page
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

_SERVICE = "AmazonEC2"
# Codes of the price list for on-demand terms, and for a rate by the hour.
_TERM = "JRTCKXETXF"
_RATE = "6YS6EN2CT7"

# One product of each type and region; what AWS has beside, such as Windows, is not sold here.
_LIKE_ALL = {
    "servicecode": _SERVICE,
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "licenseModel": "No License required",
    "marketoption": "OnDemand",
    "locationType": "AWS Region",
    "operation": "RunInstances",
}


def machines_have_on_demand_prices(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """Filters match the whole text; the list is in pages of at most a hundred."""
    if parameters["ServiceCode"] != _SERVICE:
        raise AwsError("InvalidParameterException", f"{parameters['ServiceCode']} is not sold here")
    wanted = {one["Field"]: one["Value"] for one in parameters.get("Filters") or ()}
    found = [
        attributes
        for attributes in _products(wanted.get("regionCode"), wanted.get("instanceType"))
        if all(attributes.get(field) == value for field, value in wanted.items())
    ]
    size, token = parameters.get("MaxResults") or 100, parameters.get("NextToken")
    some, more = page(found, size, token, "InvalidNextTokenException")
    prices = [json.dumps(_price(call, attributes)) for attributes in some]
    return {"FormatVersion": "aws_v1", "PriceList": prices, **({"NextToken": more} if more else {})}


def _products(region: str | None, instance_type: str | None) -> Iterator[dict[str, str]]:
    offered = INSTANCE_TYPE_OFFERINGS["region"]
    for place in sorted(offered) if region is None else [region]:
        for one in offered.get(place, ()):
            name = one["InstanceType"]
            if name in INSTANCE_TYPES and instance_type in (None, name):
                yield {
                    **_LIKE_ALL,
                    "regionCode": place,
                    "instanceType": name,
                    "vcpu": str(market.vcpus(name)),
                    "memory": f"{INSTANCE_TYPES[name]['MemoryInfo']['SizeInMiB'] / 1024:g} GiB",
                }


def _price(call: Call, attributes: dict[str, str]) -> dict[str, Any]:
    region, name = attributes["regionCode"], attributes["instanceType"]
    sku = sha256(f"{region} {name}".encode()).hexdigest()[:16].upper()
    term, price = f"{sku}.{_TERM}", f"{market.on_demand(region, name):.10f}"
    rate = {
        "unit": "Hrs",
        "endRange": "Inf",
        "beginRange": "0",
        "description": f"${price} per On Demand Linux {name} Instance Hour",
        "appliesTo": [],
        "rateCode": f"{term}.{_RATE}",
        "pricePerUnit": {"USD": price},
    }
    since = f"{call.clock.began:%Y-%m-01T00:00:00Z}"
    terms = {
        "priceDimensions": {rate["rateCode"]: rate},
        "sku": sku,
        "effectiveDate": since,
        "offerTermCode": _TERM,
        "termAttributes": {},
    }
    product = {"productFamily": "Compute Instance", "attributes": attributes, "sku": sku}
    return {
        "product": product,
        "serviceCode": _SERVICE,
        "terms": {"OnDemand": {term: terms}},
        "version": f"{call.clock.began:%Y%m01000000}",
        "publicationDate": since,
    }
