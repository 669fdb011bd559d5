"""ci-config's pools, word by word: what becomes of each, and what is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.convert.conftest import Convert
from tests.convert.definitions import IMAGE, TYPE, launch, manager, pool, worker_type


def test_a_pool_without_a_doubt_brings_no_complaint(convert: Convert) -> None:
    made = convert(pool({"minCapacity": 1, "spot": True}))
    assert made.complaints == []
    assert made.specs == {
        "proj/build": {
            "description": "Builds",
            "owner": "ci@example.org",
            "queue": {
                "taskcluster": {"rootUrl": "https://tc.example.org", "taskQueueId": "proj/build"}
            },
            "capacity": {"min": 1, "max": 5},
            "purchase": "spot",
            "image": {"id": IMAGE},
            "launch": {"userData": {"config": {}}},
            "instanceTypes": [{"type": "m5.large"}],
            "regions": [{"region": "us-west-2"}],
        }
    }


@pytest.mark.parametrize(
    ("config", "steps", "said", "told"),
    [
        ({"spot": False}, "purchase", "on-demand", ""),
        ({"image": "i-current"}, "image", {"name": "i-current"}, "worker-images.yml"),
        ({"security": "open"}, "launch.securityGroups", ["open"], "SecurityGroup/open must be"),
        ({"security": "sg-01234567"}, "launch.securityGroups", ["sg-01234567"], ""),
        ({"scalingRatio": 0}, "capacity.scalingRatio", 0, "scalingRatio: 0 launches nothing"),
        ({"scalingRatio": 1}, "capacity.scalingRatio", 0, ""),
        ({"scalingRatio": 0.5}, "capacity.scalingRatio", 0, "0.5 units for each waiting task"),
        ({"lifecycle": {"registrationTimeout": 600}}, "lifecycle.registerWithin", 600, ""),
        ({"lifecycle": {"reregistrationTimeout": 90}}, "lifecycle", None, "90 seconds can't"),
        ({"userData": {"a": 1}}, "launch.userData.config.workerConfig.a", 1, "config.userData: "),
        ({"worker-config": {"a": [1]}}, "launch.userData.config.workerConfig.a", [1], ""),
        ({"additional-user-data": {"a": 1}}, "launch.userData.config.a", 1, ""),
        ({"implementation": "generic"}, "launch.userData.config", {}, "'generic' chose"),
        ({"maxCapacity": "many"}, "capacity", None, "config.maxCapacity: 'many' is not a whole"),
        ({"maxCapacity": True}, "capacity", None, "config.maxCapacity: true is not a whole"),
        ({"worker-config": {"a": None, "b": 1}}, "launch.userData.config.workerConfig", {"b": 1},
         "config.worker-config.a: nothing, as a value, can't be said here"),
        ({"worker-config": {"a": "\x85\x00"}}, "launch.userData.config.workerConfig.a",
         "\x85\x00", ""),
        ({"additional-user-data": {"a": {"b": 1, "c": 2}},
          "instance_types": [{**TYPE, "additional-user-data": {"a": {"b": 3}}}]},
         "launch.userData.config.a.c", 2, "a.c of all types holds beside this here"),
        ({"minCapcity": 3}, "capacity.min", None, "3 has no place in a WorkerType, and was left "
         "out; did you mean 'minCapacity'?"),
        ({"odd": {"a": [{"b": 7}]}}, "odd", None, "config.odd.a.0.b: 7 has no place"),
        ({"regions": ["us-west-2", 4]}, "regions", [{"region": "us-west-2"}], "regions.1: 4"),
    ],
)  # fmt: skip
def test_words_of_pools(
    convert: Convert, config: dict[str, Any], steps: str, said: Any, told: str
) -> None:
    made = convert(pool(config))
    found: Any = made.spec
    for step in steps.split("."):
        found = found.get(step) if found else None
    assert found == said
    assert made.about("proj/build", told) if told else not made.complaints


@pytest.mark.parametrize(
    ("own", "said", "told"),
    [
        ({"capacityPerInstance": 2}, {"capacity": 2}, []),
        ({"capacity": 2}, {"capacity": 2}, ["capacity: it is the Provisioner's word"]),
        (
            {"capacity": 3, "capacityPerInstance": 2},
            {"capacity": 2},
            ["capacity: 3 is the Provisioner's word; capacityPerInstance, 2, is what counts"],
        ),
        ({"capacityPerInstance": 4, "utility": 3}, {"capacity": 4, "utility": 0.75}, []),
        ({"utility": 2.0}, {"utility": 2}, []),
        ({"launchConfig": {"EbsOptimized": True}}, {"launch": {"ebsOptimized": True}}, []),
        (
            {"launchSpec": {"EbsOptimized": True}},
            {"launch": {"ebsOptimized": True}},
            ["launchSpec: it is the Provisioner's word, and ci-admin did not read it"],
        ),
        (
            {"launchConfig": {"SubnetId": "subnet-1"}},
            {},
            ["launchConfig.SubnetId: 'subnet-1' can't be said at this level"],
        ),
        ({"userData": {}}, {}, []),
    ],
)
def test_words_of_a_pools_instance_types(
    convert: Convert, own: dict[str, Any], said: dict[str, Any], told: list[str]
) -> None:
    made = convert(pool({"instance_types": [{**TYPE, **own}]}))
    assert made.spec["instanceTypes"] == [{"type": "m5.large", **said}]
    assert len(made.complaints) == len(told)
    assert all(made.about(f"proj/build: config.instance_types.0.{one}") for one in told)


def test_without_a_utility_beside_others_a_machine_is_worth_one(convert: Convert) -> None:
    types = [
        {**TYPE, "capacityPerInstance": 2, "utility": 3},
        {"instanceType": "c5.large", "capacityPerInstance": 2},
    ]
    made = convert(pool({"instance_types": types}))
    assert [one["utility"] for one in made.spec["instanceTypes"]] == [1.5, 0.5]
    assert made.about("instance_types.1: other types have a utility and this has none")


def test_lists_of_both_levels_are_joined_as_ci_admin_joined_them(convert: Convert) -> None:
    own = {**TYPE, "worker-config": {"a": {"b": [2]}, "c": [3]}}
    made = convert(pool({"worker-config": {"a": {"b": [1]}}, "instance_types": [own]}))
    (kind,) = made.spec["instanceTypes"]
    assert kind["launch"]["userData"]["config"]["workerConfig"] == {"a": {"b": [1, 2]}, "c": [3]}


def test_what_must_be_said_and_is_not_is_told(convert: Convert) -> None:
    made = convert(pool({"regions": None}, description="", owner=" "))
    assert made.spec["description"] == "proj/build"
    assert made.about("description: it is empty")
    assert made.about("owner: nobody owns it")
    assert convert(pool({"image": None})).about("no image is said for all its launches")
    assert made.about("the document is not valid yet, since spec: `regions` is missing")


def test_pools_of_other_clouds_are_left_out_and_told(convert: Convert) -> None:
    theirs = pool({}, provider_id="level1-gcp")
    made = convert({**pool({}), "proj/other": theirs["proj/build"]})
    assert list(made.specs) == ["proj/build"]
    assert made.about("proj/other: its provider, 'level1-gcp',", "left out as a whole")


def test_without_a_root_url_nothing_could_be_launched_by_mistake(convert: Convert) -> None:
    made = convert(pool({}), None)
    assert made.spec["queue"]["taskcluster"]["rootUrl"] == "https://taskcluster.invalid"
    assert made.about("give --root-url")


def test_several_definitions_in_one_file(convert: Convert) -> None:
    one, two = manager(launch("m5.large", "us-west-2a")), worker_type()
    assert list(convert([one, two]).specs) == ["proj/build", "build"]
    assert list(convert({"workerPools": [one]}).specs) == ["proj/build"]
    assert convert([{**two, "workerType": None}, one]).about("says its name: it was left out")
    assert convert([one, 5]).about("5 is not a mapping, and was left out")
