"""Spot instances that are taken back: the notice, the end, and what tells of both."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.sandbox.fleet_world import A, World, ids, on_demand

LARGE_A = {"InstanceType": "m5.large", "AvailabilityZone": A}


@pytest.fixture(scope="module")
def world(server: Sandbox, clients: Any) -> World:
    return World(server, clients)


@pytest.fixture(scope="module")
def queue(world: World) -> str:
    """What EC2 tells goes there."""
    sqs, events = world.client("sqs"), world.client("events")
    url = sqs.create_queue(QueueName="notices")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:notices"
    events.put_rule(Name="spot", EventPattern=json.dumps({"source": ["aws.ec2"]}))
    events.put_targets(Rule="spot", Targets=[{"Id": "queue", "Arn": arn}])
    return str(url)


def heard(world: World, queue: str) -> list[dict[str, Any]]:
    answer = world.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    for message in answer.get("Messages", ()):
        world.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in answer.get("Messages", ())]


def request(world: World, id_: str) -> tuple[str, str]:
    (found,) = world.ec2.describe_spot_instance_requests(
        Filters=[{"Name": "instance-id", "Values": [id_]}]
    )["SpotInstanceRequests"]
    return found["State"], found["Status"]["Code"]


def test_a_notice_comes_two_minutes_before_the_end(world: World, queue: str) -> None:
    (id_,) = ids(world.fleet(LARGE_A))
    assert request(world, id_) == ("active", "fulfilled")
    world.sandbox.interrupt(id_)
    (event,) = heard(world, queue)
    assert event["detail-type"] == "EC2 Spot Instance Interruption Warning"
    assert event["detail"] == {"instance-id": id_, "instance-action": "terminate"}
    assert event["resources"] == [f"arn:aws:ec2:{A}:instance/{id_}"]
    assert (event["source"], event["region"]) == ("aws.ec2", "us-east-1")
    assert request(world, id_) == ("active", "marked-for-termination")
    world.sandbox.turn(119)
    assert world.described([id_])[0]["State"]["Name"] == "running"
    world.sandbox.turn(1)
    (instance,) = world.described([id_])
    assert instance["State"]["Name"] == "terminated"
    assert instance["StateReason"]["Code"] == "Server.SpotInstanceTermination"
    assert instance["StateTransitionReason"].startswith("Service initiated (")
    assert request(world, id_) == ("closed", "instance-terminated-no-capacity")


def test_who_ends_it_first_is_told_so(world: World, queue: str) -> None:
    (id_,) = ids(world.fleet(LARGE_A))
    world.sandbox.interrupt(id_)
    world.ec2.terminate_instances(InstanceIds=[id_])
    world.sandbox.turn(120)
    (instance,) = world.described([id_])
    assert instance["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert request(world, id_) == ("closed", "instance-terminated-by-user")
    heard(world, queue)


def test_a_recommendation_ends_nothing(world: World, queue: str) -> None:
    (id_,) = ids(world.fleet(LARGE_A))
    world.sandbox.recommend_rebalance(id_)
    (event,) = heard(world, queue)
    assert event["detail-type"] == "EC2 Instance Rebalance Recommendation"
    assert event["detail"] == {"instance-id": id_}
    world.sandbox.turn(3600)
    assert world.described([id_])[0]["State"]["Name"] == "running"


def test_a_cancelled_request_leaves_its_instance(world: World) -> None:
    (id_,) = ids(world.fleet(LARGE_A))
    sir = world.described([id_])[0]["SpotInstanceRequestId"]
    world.ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[sir])
    assert request(world, id_) == ("cancelled", "request-canceled-and-instance-running")
    assert world.described([id_])[0]["State"]["Name"] == "running"


def test_only_spot_instances_are_taken_back(world: World, refused: Any) -> None:
    (id_,) = ids(world.fleet(LARGE_A, **on_demand(1)))
    for door in (world.sandbox.interrupt, world.sandbox.recommend_rebalance):
        with pytest.raises(LookupError, match="no spot instance"):
            door(id_)
        with pytest.raises(LookupError, match="no instance"):
            door("i-00000000000000000")
    with refused("InvalidSpotInstanceRequestID.NotFound"):
        world.ec2.describe_spot_instance_requests(SpotInstanceRequestIds=["sir-00000000"])
