"""scarce and late, over a fleet: capacity comes and goes, and boots take their time."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from reconciler.sandbox import Sandbox
from tests.sandbox.fleet_world import World, ids

TYPES = ("m5.large", "c5.large", "r5.large", "m5.xlarge", "c5.xlarge")
POOLS = [
    {"InstanceType": kind, "AvailabilityZone": f"us-east-1{zone}"}
    for kind in TYPES
    for zone in "abc"
]


@pytest.fixture
def world(server: Sandbox, clients: Any) -> World:
    return World(server, clients)


def dry(world: World, seed: int) -> set[str]:
    """The pools of which nothing is to be had now."""
    world.sandbox.weather("scarce", seed)
    answers = [(pool, world.fleet(pool, wanted=1)) for pool in POOLS]
    return {str(pool) for pool, answer in answers if not ids(answer)}


def test_some_pools_run_dry_and_recover_and_a_seed_brings_the_same(world: World) -> None:
    before = dry(world, 3)
    assert 0 < len(before) < len(POOLS)
    assert dry(world, 3) == before
    assert dry(world, 4) != before
    seen = [before]
    for _ in range(6):
        world.sandbox.turn(1800)
        seen.append(dry(world, 3))
    assert not set.intersection(*seen)
    assert set.union(*seen) > before


def test_late_shows_a_launch_bit_by_bit_and_in_the_end_all_of_it(world: World) -> None:
    world.sandbox.weather("late", 2)
    launched = ids(world.fleet(*POOLS, wanted=20, ClientToken="late"))

    def shown() -> set[str]:
        answer = world.ec2.describe_instances()
        return {one["InstanceId"] for some in answer["Reservations"] for one in some["Instances"]}

    first = shown()
    assert 0 < len(first) < 20
    tagged = [tag(world, id_) for id_ in launched]
    assert set(tagged) == {"done", "InvalidInstanceID.NotFound"}
    world.sandbox.turn(90)
    assert shown() == set(launched)
    again = ids(world.fleet(*POOLS, wanted=20, ClientToken="late"))
    assert again == launched
    assert shown() == set(launched)


def tag(world: World, id_: str) -> str:
    try:
        world.ec2.create_tags(Resources=[id_], Tags=[{"Key": "a", "Value": "b"}])
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "done"


@pytest.mark.parametrize("seed", range(2))
def test_late_shows_a_template_late_and_in_the_end(world: World, seed: int) -> None:
    world.sandbox.weather("late", seed)
    made = [world.made_template(f"late-{n}") for n in range(6)]

    def shown() -> set[str]:
        answer = world.ec2.describe_launch_templates()
        return {one["LaunchTemplateId"] for one in answer["LaunchTemplates"]} & set(made)

    assert shown() < set(made)
    world.sandbox.turn(90)
    assert shown() == set(made)
    for id_ in made:
        world.ec2.delete_launch_template(LaunchTemplateId=id_)
    world.sandbox.turn(90)
    assert shown() == set()


def test_late_boots_take_up_to_a_minute(world: World) -> None:
    world.sandbox.weather("late", 1)
    launched = ids(world.fleet(*POOLS, wanted=10))
    world.sandbox.weather("fair")

    def states() -> list[str]:
        return [one["State"]["Name"] for one in world.described(launched)]

    assert set(states()) == {"pending"}
    seen = []
    for _ in range(4):
        world.sandbox.turn(15)
        seen.append(states().count("running"))
    assert seen[-1] == 10
    assert seen[0] < 10


def test_late_ends_take_up_to_a_minute_and_happen_once(world: World) -> None:
    launched = ids(world.fleet(*POOLS, wanted=10))
    world.sandbox.weather("late", 1)
    world.ec2.terminate_instances(InstanceIds=launched)
    world.sandbox.weather("fair")

    def states() -> set[str]:
        return {one["State"]["Name"] for one in world.described(launched)}

    assert states() == {"shutting-down"}
    world.sandbox.turn(60)
    assert states() == {"terminated"}
    world.sandbox.weather("late", 1)
    world.ec2.terminate_instances(InstanceIds=launched)
    assert states() == {"terminated"}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_weather_a_token_launches_once(world: World, seed: int) -> None:
    world.sandbox.weather("storm", seed)
    answer = None
    while not answer:
        try:
            answer = world.fleet(*POOLS, wanted=4, ClientToken="storm")
        except (ClientError, HTTPClientError):
            world.sandbox.turn(5)
    world.sandbox.weather("fair")
    assert world.count() == len(ids(answer)) == 4
