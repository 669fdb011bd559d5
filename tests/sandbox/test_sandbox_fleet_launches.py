"""RunInstances, client tokens, and instances as they are described."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.sandbox import Sandbox
from tests.sandbox.fleet_world import A, B, World, mapping, tags


@pytest.fixture(scope="module")
def world(server: Sandbox, clients: Any) -> World:
    return World(server, clients)


def run(world: World, **more: Any) -> Any:
    usual = {
        "LaunchTemplate": {"LaunchTemplateId": world.template},
        "InstanceType": "m5.large",
        "MinCount": 1,
        "MaxCount": 1,
    }
    asked = {**usual, **more}
    return world.ec2.run_instances(**{n: part for n, part in asked.items() if part is not None})


def test_as_many_as_possible_are_launched_and_each_is_whole(world: World) -> None:
    answer = run(world, MinCount=1, MaxCount=3)
    assert [one["State"]["Name"] for one in answer["Instances"]] == ["pending"] * 3
    described = world.described([one["InstanceId"] for one in answer["Instances"]])
    assert {one["IamInstanceProfile"]["Arn"] for one in described} == {world.profile}
    assert {one["State"]["Name"] for one in described} == {"running"}
    assert {one["MetadataOptions"]["HttpTokens"] for one in described} == {"required"}
    assert {mapping(one["Tags"])["aws:ec2launchtemplate:version"] for one in described} == {"1"}
    assert not any("StateReason" in one for one in described)


def test_fewer_come_where_fewer_are_left_but_never_less_than_the_least(
    world: World, refused: Any
) -> None:
    with world.scarce({(A, "m5.large", "*"): 2}):
        place = {"Placement": {"AvailabilityZone": A}}
        answer = run(world, MinCount=1, MaxCount=3, **place)
        assert len(answer["Instances"]) == 2
        with refused("InsufficientInstanceCapacity"):
            run(world, **place)


def test_a_spot_instance_may_be_run_too_for_a_price(world: World, refused: Any) -> None:
    spot = {"MarketType": "spot", "SpotOptions": {"MaxPrice": "0.001"}}
    with refused("SpotMaxPriceTooLow"):
        run(world, InstanceMarketOptions=spot)
    answer = run(world, InstanceMarketOptions={"MarketType": "spot"})
    (instance,) = world.described([answer["Instances"][0]["InstanceId"]])
    assert instance["InstanceLifecycle"] == "spot"
    assert instance["SpotInstanceRequestId"].startswith("sir-")


def test_an_interface_that_is_described_has_the_groups_and_the_address(world: World) -> None:
    nic = {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": [world.group]}
    name = "with interface"
    world.ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={"ImageId": world.image, "NetworkInterfaces": [nic]},
    )
    config = world.config(
        {"InstanceType": "m5.large", "SubnetId": world.subnets[B]}, LaunchTemplateName=name
    )
    answer = world.fleet(LaunchTemplateConfigs=[config])
    (instance,) = world.described(answer["Instances"][0]["InstanceIds"])
    assert [group["GroupId"] for group in instance["SecurityGroups"]] == [world.group]
    assert instance["SubnetId"] == world.subnets[B]
    assert "PublicIpAddress" not in instance


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"ImageId": "ami-00000000"}, "InvalidAMIID.NotFound"),
        ({"ImageId": "image"}, "InvalidAMIID.Malformed"),
        ({"KeyName": "gone"}, "InvalidKeyPair.NotFound"),
        ({"SecurityGroupIds": ["sg-00000000"]}, "InvalidGroup.NotFound"),
        ({"SecurityGroups": ["gone"], "SecurityGroupIds": None}, "InvalidGroup.NotFound"),
        ({"SubnetId": "subnet-00000000"}, "InvalidSubnetID.NotFound"),
        ({"Placement": {"AvailabilityZone": "us-east-9z"}}, "InvalidParameterValue"),
        ({"IamInstanceProfile": {"Arn": "arn:gone"}}, "InvalidParameterValue"),
        ({"InstanceType": "m5.lagre"}, "InvalidParameterValue"),
        ({"Placement": {"AvailabilityZone": "us-east-1e"}}, "Unsupported"),
        (
            {"LaunchTemplate": {"LaunchTemplateName": "gone"}},
            "InvalidLaunchTemplateName.NotFoundException",
        ),
        (
            {"NetworkInterfaces": [{"DeviceIndex": 0}], "SubnetId": "subnet-00000000"},
            "InvalidParameterCombination",
        ),
    ],
)
def test_what_is_wrong_is_said_at_once_in_a_dry_run_too(
    world: World, refused: Any, asked: Any, code: str
) -> None:
    before = world.count()
    for dry in (True, False):
        with refused(code):
            run(world, DryRun=dry, **asked)
    assert world.count() == before


def test_a_group_is_of_the_subnet_s_network(world: World, refused: Any) -> None:
    vpc = world.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = world.ec2.create_security_group(GroupName="far", Description="d", VpcId=vpc)
    with refused("InvalidParameter"):
        run(world, SecurityGroupIds=[group["GroupId"]])


def test_a_dry_run_of_what_could_be_launched_says_so(world: World) -> None:
    before = world.count()
    with pytest.raises(ClientError) as caught:
        run(world, DryRun=True, Placement={"AvailabilityZone": A})
    assert caught.value.response["Error"]["Code"] == "DryRunOperation"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert world.count() == before


def test_a_public_parameter_stands_for_an_image(world: World) -> None:
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    image = world.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    answer = run(world, ImageId=f"resolve:ssm:{name}")
    assert answer["Instances"][0]["ImageId"] == image
    (root, _, __) = world.described([answer["Instances"][0]["InstanceId"]])[0][
        "BlockDeviceMappings"
    ]
    assert root["DeviceName"] == "/dev/xvda"


def test_a_token_runs_instances_once(world: World, refused: Any) -> None:
    first = run(world, ClientToken="once")
    before = world.count()
    again = run(world, ClientToken="once")
    assert [one["InstanceId"] for one in first["Instances"]] == [
        one["InstanceId"] for one in again["Instances"]
    ]
    with refused("IdempotentParameterMismatch"):
        run(world, ClientToken="once", InstanceType="c5.large")
    assert world.count() == before
    world.ec2.terminate_instances(InstanceIds=[first["Instances"][0]["InstanceId"]])
    with refused("IdempotentInstanceTerminated"):
        run(world, ClientToken="once")


def test_a_token_of_a_call_that_failed_may_be_used_again(world: World, refused: Any) -> None:
    with refused("InvalidKeyPair.NotFound"):
        run(world, ClientToken="retried", KeyName="gone")
    assert run(world, ClientToken="retried")["Instances"]


def test_a_token_of_too_many_characters_is_none(world: World, refused: Any) -> None:
    with refused("InvalidClientToken"):
        run(world, ClientToken="x" * 65)


def test_a_template_is_created_once_by_a_token(world: World, refused: Any) -> None:
    asked = {
        "LaunchTemplateName": "by token",
        "LaunchTemplateData": {"ImageId": world.image},
        "ClientToken": "template",
    }
    first, again = (world.ec2.create_launch_template(**asked) for _ in range(2))
    assert first["LaunchTemplate"] == again["LaunchTemplate"]
    with refused("IdempotentParameterMismatch"):
        world.ec2.create_launch_template(**{**asked, "LaunchTemplateName": "other name"})
    with refused("InvalidLaunchTemplateName.AlreadyExistsException"):
        world.ec2.create_launch_template(**{**asked, "ClientToken": "another"})


def found(world: World, name: str, *values: str) -> set[str]:
    answer = world.ec2.describe_instances(Filters=[{"Name": name, "Values": list(values)}])
    return {one["InstanceId"] for some in answer["Reservations"] for one in some["Instances"]}


def test_instances_are_found_by_filters_and_patterns(world: World) -> None:
    marked = [tags("instance", Mark="a*b")]
    one = run(world, ClientToken="filtered", TagSpecifications=marked)["Instances"][0]["InstanceId"]
    assert found(world, "client-token", "filtered") == {one}
    assert found(world, "client-token", "filt*", "none") == {one}
    assert found(world, "tag:Mark", r"a\*b") == {one}
    assert found(world, "tag:Mark", r"b*") == set()
    assert found(world, "tag-key", "Mark") == {one}
    assert one in found(world, "instance-state-name", "run*")
    assert one in found(world, "iam-instance-profile.arn", "*/profile")
    assert one not in found(world, "instance-lifecycle", "spot")
    with pytest.raises(ClientError, match=r"\(InvalidParameterValue\)"):
        found(world, "no-such-filter", "x")


def test_pages_count_instances_even_of_one_reservation(world: World, refused: Any) -> None:
    mark = [tags("instance", Page="yes")]
    several = run(world, MinCount=7, MaxCount=7, TagSpecifications=mark)
    one = run(world, TagSpecifications=mark)
    wanted = [{"Name": "tag:Page", "Values": ["yes"]}]
    pages = [
        [(some["ReservationId"], len(some["Instances"])) for some in page["Reservations"]]
        for page in world.ec2.get_paginator("describe_instances").paginate(
            Filters=wanted, PaginationConfig={"PageSize": 5}
        )
    ]
    first, second = several["ReservationId"], one["ReservationId"]
    assert pages == [[(first, 5)], [(first, 2), (second, 1)]]
    with refused("InvalidParameterCombination"):
        world.ec2.describe_instances(InstanceIds=[one["Instances"][0]["InstanceId"]], MaxResults=5)
    with refused("InvalidParameterValue"):
        world.ec2.describe_instances(MaxResults=1001)


def test_who_has_ended_is_in_no_network_and_tells_why(world: World) -> None:
    id_ = run(world)["Instances"][0]["InstanceId"]
    world.ec2.terminate_instances(InstanceIds=[id_])
    (instance,) = world.described([id_])
    assert (instance["NetworkInterfaces"], instance["SecurityGroups"]) == ([], [])
    assert "SubnetId" not in instance
    assert instance["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert instance["StateTransitionReason"].startswith("User initiated (")
    assert instance["StateTransitionReason"].endswith(" GMT)")


def test_a_boot_takes_as_long_as_is_said_and_one_may_hang(world: World) -> None:
    sandbox = world.sandbox
    sandbox.boot(30)
    ids = [one["InstanceId"] for one in run(world, MinCount=2, MaxCount=2)["Instances"]]
    sandbox.boot(0)
    sandbox.hold_boot(ids[0])

    def states() -> list[str]:
        return [one["State"]["Name"] for one in world.described(ids)]

    assert states() == ["pending", "pending"]
    sandbox.turn(31)
    assert states() == ["pending", "running"]
    sandbox.turn(10**6)
    assert states() == ["pending", "running"]
