"""The AWS Provisioner's worker types: what becomes of each word, and of their secrets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.convert.conftest import Convert
from tests.convert.definitions import IMAGE, TYPE, worker_type


def test_the_provisioners_words(convert: Convert) -> None:
    definition = worker_type(
        minCapacity=1,
        scalingRatio=0.2,
        minPrice=0.1,
        maxPrice=1.5,
        canUseSpot=True,
        canUseOndemand=False,
        userData={"a": 1},
        instanceTypes=[{**TYPE, "capacity": 4, "utility": 3, "userData": {"b": 2}}],
        availabilityZones=[
            {
                "availabilityZone": "us-west-2a",
                "region": "us-west-2",
                "launchSpec": {"SubnetId": "subnet-01234567", "EbsOptimized": True},
            }
        ],
    )
    made = convert(definition)
    assert made.complaints == []
    zone = {"subnet": "subnet-01234567", "launch": {"ebsOptimized": True}}
    assert made.specs["build"] == {
        "description": "Builds",
        "owner": "ci@example.org",
        "queue": {
            "taskcluster": {
                "rootUrl": "https://tc.example.org",
                "taskQueueId": "aws-provisioner-v1/build",
            }
        },
        "capacity": {"min": 1, "max": 5, "scalingRatio": 0.2},
        "price": {"min": 0.1, "max": 1.5},
        "purchase": "spot",
        "launch": {"userData": {"config": {"data": {"a": 1}}}},
        "instanceTypes": [
            {
                "type": "m5.large",
                "capacity": 4,
                "utility": 0.75,
                "launch": {"userData": {"config": {"data": {"b": 2}}}},
            }
        ],
        "regions": [
            {
                "region": "us-west-2",
                "image": {"id": IMAGE},
                "zones": {"us-west-2a": zone},
            }
        ],
    }


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"scopes": ["queue:x"]}, "scopes.0: 'queue:x': workers get no credentials from here"),
        ({"scalingRatio": 1.1}, "scalingRatio: 1.1 is not in 0 to 1"),
        ({"canUseOndemand": True}, "canUseOndemand: the Provisioner did not read it"),
        ({"canUseSpot": False}, "canUseSpot: nothing could be bought so"),
        ({"availabilityZones": [{"availabilityZone": "us-east-1a", "region": "us-east-1"}]},
         "us-east-1a of us-east-1 is in no region that is named"),
        ({"userData": {"a": {"b": 1, "c": 2}},
          "regions": [{"region": "us-west-2", "userData": {"a": {"b": 3}}}]},
         "regions.0.userData: a.c of all launches holds beside this here"),
        ({"launchSpec": {"BlockDeviceMappings": [{"DeviceName": "xvdb", "Ebs": {"VolumeSize": 1}}]},
          "instanceTypes": [{**TYPE, "launchSpec": {"BlockDeviceMappings": [
              {"DeviceName": "xvdc", "Ebs": {"VolumeSize": 2}}]}}]},
         "instanceTypes.0.launchSpec: blockDevices.xvdb.size of all launches holds beside this"),
    ],
)  # fmt: skip
def test_what_of_the_provisioners_is_told(
    convert: Convert, more: dict[str, Any], told: str
) -> None:
    assert convert(worker_type(**more)).about(told)


def test_no_secret_is_printed_and_each_is_told(convert: Convert) -> None:
    hidden = [f"hunter{number}" for number in range(1, 9)]
    one, two, three, four, five, six, seven, eight = hidden
    definition = worker_type(
        secrets={"a": one, "b": {"c": [two]}},
        userData={"livelogSecret": three, "deep": [{"accessToken": four}]},
        launchSpec={"UserData": five},
        instanceTypes=[{**TYPE, "secrets": {"d": six}, "userData": seven}],
        regions=[{"region": "us-west-2", "odd": {"password": eight}}],
    )
    made = convert(definition)
    everything = f"{made.specs} {made.complaints}"
    assert not [one for one in hidden if one in everything]
    places = ("secrets.a", "secrets.b.c.0", "userData.livelogSecret", "userData.deep.0.accessToken",
              "launchSpec.UserData", "instanceTypes.0.secrets.d", "instanceTypes.0.userData",
              "regions.0.odd.password")  # fmt: skip
    for place in places:
        assert made.about(f"build: {place}: what stands here"), place


def test_what_the_provisioner_did_not_hold_to_is_said_as_it_was_meant(convert: Convert) -> None:
    made = convert(worker_type(canUseOndemand=True, canUseSpot=True, scalingRatio=1.1))
    assert made.spec["purchase"] == "spot-then-on-demand"
    assert made.spec["capacity"]["scalingRatio"] == 1
