"""Prices, offerings and images: what the market of the embedded AWS looks like."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from reconciler.sandbox import Sandbox

LINUX = {"ProductDescriptions": ["Linux/UNIX"]}
ZONES = ["us-east-1a", "us-east-1b"]
HOUR = timedelta(hours=1)


@pytest.fixture
def ec2(client: Any) -> Any:
    return client("ec2")


def history(ec2: Any, **asked: Any) -> list[dict[str, Any]]:
    pages = ec2.get_paginator("describe_spot_price_history").paginate(**asked)
    return [entry for page in pages for entry in page["SpotPriceHistory"]]


def on_demand(pricing: Any, *also: dict[str, str], **fields: str) -> list[Any]:
    asked = {
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        **fields,
    }
    filters = [{"Type": "TERM_MATCH", "Field": f, "Value": v} for f, v in asked.items()]
    pages = pricing.get_paginator("get_products").paginate(
        ServiceCode="AmazonEC2", Filters=[*filters, *also]
    )
    return [json.loads(text) for page in pages for text in page["PriceList"]]


def price_of(product: Any) -> float:
    (term,) = product["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    assert (dimension["unit"], dimension["beginRange"]) == ("Hrs", "0")
    return float(dimension["pricePerUnit"]["USD"])


def test_from_now_on_there_is_one_price_of_each_offering_from_before(ec2: Any) -> None:
    now = datetime.now(UTC)
    prices = history(ec2, StartTime=now, InstanceTypes=["m5.large", "c5.xlarge"], **LINUX)
    offerings = [(one["AvailabilityZone"], one["InstanceType"]) for one in prices]
    assert len(offerings) == len(set(offerings)) == 10
    assert {one["ProductDescription"] for one in prices} == {"Linux/UNIX"}
    assert all(now - HOUR <= one["Timestamp"] <= now for one in prices)


def test_whose_clock_is_ahead_is_told_the_price_of_now(ec2: Any) -> None:
    ahead = datetime.now(UTC) + HOUR
    prices = history(ec2, StartTime=ahead, InstanceTypes=["m5.large", "c5.xlarge"])
    assert len(prices) == 10


def test_prices_are_near_a_third_of_on_demand_and_grow_with_the_machine(client: Any) -> None:
    names = ["m5.large", "m5.2xlarge", "c5.large", "r5.large"]
    prices = history(client("ec2"), StartTime=datetime.now(UTC), InstanceTypes=names, **LINUX)
    full = {
        name: price_of(*on_demand(client("pricing"), regionCode="us-east-1", instanceType=name))
        for name in names
    }
    for one in prices:
        assert 0.3 <= float(one["SpotPrice"]) / full[one["InstanceType"]] <= 0.45
    assert full["c5.large"] < full["m5.large"] < full["r5.large"] < full["m5.2xlarge"]
    assert len({one["SpotPrice"] for one in prices}) > len(names)


def test_prices_move_by_the_hour_and_the_newest_comes_first(ec2: Any, sandbox: Sandbox) -> None:
    start = datetime.now(UTC)
    sandbox.turn(5 * 3600)
    prices = history(
        ec2,
        StartTime=start,
        EndTime=start + 6 * HOUR,
        InstanceTypes=["m5.large"],
        Filters=[{"Name": "availability-zone", "Values": ZONES}],
    )
    times = [one["Timestamp"] for one in prices]
    assert times == sorted(times, reverse=True)
    by_zone = defaultdict(list)
    for one in prices:
        by_zone[one["AvailabilityZone"]].append(one)
    for zone in ZONES:
        moments = [one["Timestamp"] for one in by_zone[zone]]
        assert [a - b for a, b in pairwise(moments)] == [HOUR] * (len(moments) - 1)
        assert moments[-1] <= start < moments[-2]
        assert len({one["SpotPrice"] for one in by_zone[zone]}) > 1
    assert len(prices) == 12


def test_the_same_hour_has_the_same_price_in_every_world(ec2: Any, sandbox: Sandbox) -> None:
    def now() -> list[str]:
        found = history(ec2, StartTime=datetime.now(UTC), InstanceTypes=["m5.large"])
        return [one["SpotPrice"] for one in found]

    before = now()
    sandbox.reset()
    assert now() == before


def test_the_history_comes_in_pages(ec2: Any) -> None:
    asked = {"InstanceTypes": ["m5.large"], "AvailabilityZone": "us-east-1a"}
    start = datetime.now(UTC) - 30 * HOUR
    whole = history(ec2, StartTime=start, **asked)
    assert len(whole) in (30, 31)
    paged = history(ec2, StartTime=start, PaginationConfig={"PageSize": 7}, **asked)
    assert [one["Timestamp"] for one in paged] == [one["Timestamp"] for one in whole]


def test_nobody_sells_what_is_not_made_or_not_linux(ec2: Any, refused: Any) -> None:
    with refused("InvalidParameterValue"):
        history(ec2, InstanceTypes=["m5.lagre"])
    assert history(ec2, InstanceTypes=["m5.large"], ProductDescriptions=["Windows"]) == []


def test_a_price_limit_is_compared_with_the_price_of_the_hour(
    ec2: Any, sandbox: Sandbox, refused: Any
) -> None:
    image = sandbox.image("worker")
    (price,) = history(
        ec2, StartTime=datetime.now(UTC), InstanceTypes=["m5.large"], AvailabilityZone=ZONES[0]
    )

    def run(most: float) -> Any:
        options = {"MarketType": "spot", "SpotOptions": {"MaxPrice": f"{most:.6f}"}}
        return ec2.run_instances(
            ImageId=image,
            InstanceType="m5.large",
            MinCount=1,
            MaxCount=1,
            Placement={"AvailabilityZone": ZONES[0]},
            InstanceMarketOptions=options,
        )

    assert run(float(price["SpotPrice"]))["Instances"]
    with refused("SpotMaxPriceTooLow"):
        run(float(price["SpotPrice"]) - 0.00001)


def test_one_product_is_what_all_filters_match(client: Any, refused: Any) -> None:
    pricing = client("pricing")
    (product,) = on_demand(pricing, regionCode="eu-central-1", instanceType="m5.large")
    assert product["product"]["attributes"]["vcpu"] == "2"
    assert product["serviceCode"] == "AmazonEC2"
    assert on_demand(pricing, regionCode="eu-central-1", instanceType="m5.lagre") == []
    assert on_demand(pricing, regionCode="nowhere", instanceType="m5.large") == []
    windows = {"Type": "TERM_MATCH", "Field": "tenancy", "Value": "Host"}
    assert on_demand(pricing, windows, regionCode="us-east-1", instanceType="m5.large") == []
    everywhere = on_demand(pricing, instanceType="m5.large")
    assert len(everywhere) > 20


def test_a_region_s_products_come_in_pages_of_a_hundred(client: Any) -> None:
    first = client("pricing").get_products(
        ServiceCode="AmazonEC2",
        Filters=[{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"}],
    )
    assert len(first["PriceList"]) == 100
    assert first["NextToken"]


def test_offerings_are_found_by_zone_and_pattern_in_pages(ec2: Any) -> None:
    asked = {
        "LocationType": "availability-zone",
        "Filters": [
            {"Name": "instance-type", "Values": ["m5.*", "c5.large"]},
            {"Name": "location", "Values": ZONES},
        ],
    }
    whole = ec2.describe_instance_type_offerings(**asked)["InstanceTypeOfferings"]
    assert {one["Location"] for one in whole} == set(ZONES)
    assert {one["InstanceType"].split(".")[0] for one in whole} == {"m5", "c5"}
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(
        **asked, PaginationConfig={"PageSize": 5}
    )
    assert [one for page in pages for one in page["InstanceTypeOfferings"]] == whole


def test_the_newest_image_of_a_name_is_told_by_its_date(ec2: Any, sandbox: Sandbox) -> None:
    old = sandbox.image("worker-1", created=datetime(2020, 1, 1, tzinfo=UTC))
    new = sandbox.image("worker-2", architecture="arm64")
    sandbox.image("other")
    images = ec2.describe_images(
        Owners=["self"], Filters=[{"Name": "name", "Values": ["worker-*"]}]
    )["Images"]
    by_age = sorted(images, key=lambda image: str(image["CreationDate"]))
    assert [image["ImageId"] for image in by_age] == [old, new]
    assert [image["Architecture"] for image in by_age] == ["x86_64", "arm64"]


def test_images_are_as_old_as_their_names_say_and_come_in_pages(ec2: Any) -> None:
    asked = {
        "Owners": ["amazon"],
        "Filters": [{"Name": "name", "Values": ["al2023-ami-2023*"]}],
    }
    images = ec2.describe_images(**asked)["Images"]
    for image in images:
        day = image["Name"].removeprefix("al2023-ami-").split(".")[2]
        assert image["CreationDate"].replace("-", "").startswith(day)
    first = ec2.describe_images(**asked, MaxResults=5)
    assert [i["ImageId"] for i in first["Images"]] == [i["ImageId"] for i in images[:5]]
    assert first["NextToken"]


def test_an_image_that_is_not_there_is_an_error_beside_one_that_is(
    ec2: Any, sandbox: Sandbox, refused: Any
) -> None:
    with refused("InvalidAMIID.NotFound"):
        ec2.describe_images(ImageIds=[sandbox.image("worker"), "ami-00000000"])
