"""Whatever is put wherever into a definition: it is in the document, or it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.convert.conftest import Convert, Made
from tests.convert.definitions import TYPE, launch, manager, pool, worker_type

SETTINGS = {
    "KeyName": "k",
    "SecurityGroups": ["a"],
    "IamInstanceProfile": {"Name": "p"},
    "EbsOptimized": True,
    "Monitoring": {"Enabled": True},
    "MetadataOptions": {"HttpTokens": "required", "InstanceMetadataTags": "enabled"},
    "BlockDeviceMappings": [{"DeviceName": "xvdb", "Ebs": {"VolumeSize": 9}}],
    "NetworkInterfaces": [{"AssociatePublicIpAddress": True}],
}
DATA = {"a": {"b": [1, {"c": 2}]}}
ZONE = {"availabilityZone": "us-west-2a", "region": "us-west-2", "userData": DATA}
DEFINITIONS: dict[str, Any] = {
    "ci-config": pool(
        {
            "worker-config": DATA,
            "additional-user-data": DATA,
            "lifecycle": {"registrationTimeout": 60},
            "instance_types": [
                {**TYPE, "capacityPerInstance": 2, "utility": 4, "launchConfig": SETTINGS}
            ],
        }
    ),
    "worker-manager": manager(
        launch("m5.large", "us-west-2a", launchConfig=SETTINGS, workerConfig=DATA),
        launch("c5.large", "us-west-2a", additionalUserData=DATA),
        lifecycle={"registrationTimeout": 60},
    ),
    "provisioner": worker_type(
        launchSpec=SETTINGS, userData=DATA, minPrice=0.5, maxPrice=1, availabilityZones=[ZONE]
    ),
}
ODD = "nowhere-else-424242"
BOOKKEEPING = ("created", "lastModified")

Steps = tuple[Any, ...]


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """The path of every part, the whole's too."""
    yield steps
    if isinstance(value, Mapping | list):
        for word in value if isinstance(value, Mapping) else range(len(value)):
            yield from places(value[word], (*steps, word))


def at(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = value[step]
    return value


def is_kept(made: Made, word: Any) -> bool:
    # What should be user data and is no mapping may be one that is packed, with what it hides.
    hidden = made.about(f"{word}: what stands here may be a secret")
    without_name = made.about("it was left out as a whole")
    return ODD in json.dumps([made.specs, made.complaints]) or bool(hidden or without_name)


@pytest.mark.parametrize("form", DEFINITIONS)
def test_a_word_that_nobody_knows(convert: Convert, form: str) -> None:
    whole = DEFINITIONS[form]
    lost = []
    for steps in places(whole):
        if isinstance(at(whole, steps), Mapping) and (steps or form != "ci-config"):
            other = deepcopy(whole)
            at(other, steps)["odd"] = ODD
            if not is_kept(convert(other), "odd"):
                lost.append(steps)
    assert not lost


@pytest.mark.parametrize("form", DEFINITIONS)
@pytest.mark.parametrize("odd", [ODD, {"odd": ODD}], ids=["text", "mapping"])
def test_a_value_of_another_sort(convert: Convert, form: str, odd: Any) -> None:
    whole = DEFINITIONS[form]
    lost = []
    for steps in places(whole):
        # Without a config it is no definition at all, and bookkeeping means nothing.
        if steps and steps[-1] not in (*BOOKKEEPING, "config", "proj/build"):
            other = deepcopy(whole)
            at(other, steps[:-1])[steps[-1]] = odd
            if not is_kept(convert(other), steps[-1]):
                lost.append(steps)
    assert not lost
