"""Worker-manager's pools: settings of each combination become levels of ours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.convert.conftest import Convert
from tests.convert.definitions import launch, manager


def test_worker_managers_combinations_become_levels(convert: Convert) -> None:
    zones = [("us-west-2a", "subnet-0000000a"), ("us-west-2b", "subnet-0000000b"),
             ("eu-west-1a", "subnet-0000000c")]  # fmt: skip
    launches = [
        launch(
            kind,
            zone,
            workerConfig={"all": True, "disk": capacity, "zone": zone},
            capacityPerInstance=capacity,
            launchConfig={
                "ImageId": f"ami-0000000{'a' if zone < 'f' else 'b'}",
                "SubnetId": subnet,
                "SecurityGroupIds": [f"sg-0000000{'a' if zone < 'f' else 'b'}"],
                "InstanceMarketOptions": {"SpotOptions": {"MaxPrice": str(capacity / 8)}},
            },
        )
        for kind, capacity in (("m5.large", 1), ("m5.xlarge", 2))
        for zone, subnet in zones
    ]
    made = convert(manager(*launches, lifecycle={"registrationTimeout": 900}))
    assert made.complaints == []
    spec = made.spec
    assert [region["otherZones"] for region in spec["regions"]] == [False, False]
    assert spec["price"] == {"max": 0.125}
    assert spec["purchase"] == "spot"
    assert spec["lifecycle"] == {"registerWithin": 900}
    assert spec["launch"]["userData"]["config"]["workerConfig"] == {"all": True}
    assert [(one["type"], one["capacity"]) for one in spec["instanceTypes"]] == [
        ("m5.large", 1),
        ("m5.xlarge", 2),
    ]
    assert [
        one["launch"]["userData"]["config"]["workerConfig"] for one in spec["instanceTypes"]
    ] == [{"disk": 1}, {"disk": 2}]
    by_letter = {"us-west-2": "b", "eu-west-1": "a"}
    for region in spec["regions"]:
        letter = by_letter.pop(region["region"])
        assert region["image"] == {"id": f"ami-0000000{letter}"}
        assert region["launch"] == {"securityGroups": [f"sg-0000000{letter}"]}
    assert not by_letter
    own = {zone: one for region in spec["regions"] for zone, one in region["zones"].items()}
    assert {zone: one["subnet"] for zone, one in own.items()} == dict(zones)
    configs = [one["launch"]["userData"]["config"]["workerConfig"] for one in own.values()]
    assert configs == [{"zone": zone} for zone, _ in zones]


@pytest.mark.parametrize(
    ("launches", "told"),
    [
        ([launch("m5.large", "us-west-2a"), launch("c5.large", "us-west-2b")],
         "m5.large was not launched in us-west-2b"),
        ([launch("m5.large", "us-west-2a"),
          launch("m5.large", "us-west-2b", capacityPerInstance=4)], "4 for m5.large is 1"),
        ([launch(kind, zone, workerConfig={"a": f"{kind}{zone}"})
          for kind in ("m5.large", "c5.large") for zone in ("us-west-2a", "us-west-2b")],
         "workerConfig.a 'm5.largeus-west-2a' is for m5.large in us-west-2a, and not for all"),
        ([launch("m5.large", "us-west-2a"),
          launch("c5.large", "us-west-2a", launchConfig={"InstanceMarketOptions": None})],
         "launchConfigs.1.launchConfig: this is on demand and others are spot"),
        ([launch("m5.large", "us-west-2a"),
          launch("m5.large", "us-west-2a", launchConfig={"SubnetId": "subnet-1"})],
         "subnet-1 is not the one subnet of its zone"),
        ([launch("m5.large", "us-west-2a"),
          launch("c5.large", "us-west-2a", launchConfig={
              "InstanceMarketOptions": {"SpotOptions": {"MaxPrice": "0.7"}}})],
         "MaxPrice: 0.7 an instance is not the same"),
        ([launch("m5.large", "us-west-2a", launchConfig={"ImageId": "ami-0000000a"}),
          launch("m5.large", "us-west-2b", launchConfig={"ImageId": "ami-0000000b"})],
         "image.id 'ami-0000000a' is for m5.large in us-west-2a, and not for all"),
        ([launch(kind, "us-west-2a", launchConfig={"TagSpecifications": [
            {"ResourceType": "instance", "Tags": [{"Key": "a", "Value": kind}]}]})
          for kind in ("m5.large", "c5.large")],
         "launch.tags.a 'm5.large' is for m5.large in us-west-2a, and not for all"),
        ([launch("m5.large", "us-west-2a", workerConfig={"a": 1}),
          launch("m5.large", "us-west-2a", workerConfig={"a": 2},
                 launchConfig={"Placement": None})],
         "workerConfig.a 2 is for m5.large in us-west-2, and not for all"),
        ([{"region": "us-west-2", "launchConfig": {"ImageId": "ami-00000001"}}],
         "it names no region or no InstanceType"),
        ([launch("m5.large", "us-west-2a", workerManager={"initialWeight": 0.3})],
         "workerManager.initialWeight: 0.3 has no place"),
    ],
)  # fmt: skip
def test_what_of_worker_managers_can_not_be_said(
    convert: Convert, launches: list[Any], told: str
) -> None:
    assert convert(manager(*launches)).about("proj/build", told)
