"""CreateFleet of the type instant, as AWS answers it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.sandbox.fleet_world import A, B, C, World, codes, ids, mapping, on_demand, tags

LARGE_A = {"InstanceType": "m5.large", "AvailabilityZone": A}
LARGE_B = {"InstanceType": "m5.large", "AvailabilityZone": B}
XLARGE_A = {"InstanceType": "c5.xlarge", "AvailabilityZone": A}
TURNS = {"SpotOptions": {"AllocationStrategy": "diversified"}}


@pytest.fixture(scope="module")
def world(server: Sandbox, clients: Any) -> World:
    return World(server, clients)


def test_an_instance_is_all_that_its_template_and_the_override_say(world: World) -> None:
    answer = world.fleet({"InstanceType": "c5.xlarge", "SubnetId": world.subnets[B]})
    (instance,) = world.described(ids(answer))
    assert {
        "ImageId": world.image,
        "InstanceType": "c5.xlarge",
        "KeyName": "key",
        "SubnetId": world.subnets[B],
        "InstanceLifecycle": "spot",
    }.items() <= instance.items()
    assert instance["Placement"]["AvailabilityZone"] == B
    assert [group["GroupId"] for group in instance["SecurityGroups"]] == [world.group]
    assert instance["IamInstanceProfile"]["Arn"] == world.profile
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    id_ = instance["InstanceId"]
    for attribute, value in (
        ("userData", {"UserData": {"Value": "aGVsbG8="}}),
        (
            "instanceInitiatedShutdownBehavior",
            {"InstanceInitiatedShutdownBehavior": {"Value": "terminate"}},
        ),
    ):
        told = world.ec2.describe_instance_attribute(InstanceId=id_, Attribute=attribute)
        assert value.items() <= told.items()


def test_volumes_are_the_image_s_and_the_template_s(world: World) -> None:
    answer = world.fleet(LARGE_A)
    (instance,) = world.described(ids(answer))
    root, other = instance["BlockDeviceMappings"]
    assert (root["DeviceName"], root["Ebs"]["DeleteOnTermination"]) == ("/dev/sda1", True)
    assert (other["DeviceName"], other["Ebs"]["DeleteOnTermination"]) == ("/dev/sdb", False)
    volumes = world.ec2.describe_volumes(VolumeIds=[root["Ebs"]["VolumeId"]])["Volumes"]
    assert (volumes[0]["Size"], volumes[0]["VolumeType"]) == (40, "gp3")


def test_everything_is_tagged_in_the_call_that_makes_it(world: World) -> None:
    answer = world.fleet(
        LARGE_A,
        TagSpecifications=[
            tags("fleet", Of="fleet"),
            tags("instance", Of="call"),
            tags("volume", Of="volume"),
        ],
    )
    (instance,) = world.described(ids(answer))
    assert mapping(instance["Tags"]) == {
        "Of": "call",
        "Only": "template",
        "aws:ec2launchtemplate:id": world.template,
        "aws:ec2launchtemplate:version": "1",
        "aws:ec2:fleet-id": answer["FleetId"],
    }
    volumes = [device["Ebs"]["VolumeId"] for device in instance["BlockDeviceMappings"]]
    for volume in world.ec2.describe_volumes(VolumeIds=volumes)["Volumes"]:
        assert mapping(volume["Tags"]) == {"Of": "volume"}
    found = world.ec2.describe_tags(
        Filters=[{"Name": "resource-id", "Values": [answer["FleetId"]]}]
    )
    assert mapping(found["Tags"]) == {"Of": "fleet"}


def test_the_answer_tells_which_override_each_instance_is_of(world: World) -> None:
    answer = world.fleet(LARGE_A, LARGE_B, wanted=5, **TURNS)
    assert answer["Errors"] == []
    assert sorted(len(one["InstanceIds"]) for one in answer["Instances"]) == [2, 3]
    told = [one["LaunchTemplateAndOverrides"]["Overrides"] for one in answer["Instances"]]
    assert sorted(told, key=str) == [LARGE_A, LARGE_B]
    for one in answer["Instances"]:
        template = one["LaunchTemplateAndOverrides"]["LaunchTemplateSpecification"]
        assert template == {"LaunchTemplateId": world.template, "Version": "1"}
        assert (one["Lifecycle"], one["InstanceType"]) == ("spot", "m5.large")
        zone = one["LaunchTemplateAndOverrides"]["Overrides"]["AvailabilityZone"]
        for instance in world.described(one["InstanceIds"]):
            assert instance["Placement"]["AvailabilityZone"] == zone


def test_several_templates_take_part(world: World) -> None:
    other = world.made_template("other", TagSpecifications=[tags("instance", Only="other")])
    answer = world.fleet(
        LaunchTemplateConfigs=[
            world.config(LARGE_A),
            world.config(LARGE_B, LaunchTemplateName="other", Version="$Latest"),
        ],
        wanted=2,
        **TURNS,
    )
    named = [
        one["LaunchTemplateAndOverrides"]["LaunchTemplateSpecification"]
        for one in answer["Instances"]
    ]
    assert sorted(one["LaunchTemplateId"] for one in named) == sorted([world.template, other])
    assert {one["Version"] for one in named} == {"1"}
    launched = [mapping(one["Tags"])["Only"] for one in world.described(ids(answer))]
    assert sorted(launched) == ["other", "template"]


def test_on_demand_has_no_lifecycle_and_the_first_priority_is_served_first(world: World) -> None:
    answer = world.fleet(
        {**LARGE_A, "Priority": 2.0},
        {**XLARGE_A, "Priority": 1.0},
        **on_demand(2),
        OnDemandOptions={"AllocationStrategy": "prioritized"},
    )
    (one,) = answer["Instances"]
    assert (one["Lifecycle"], one["InstanceType"], len(one["InstanceIds"])) == (
        "on-demand",
        "c5.xlarge",
        2,
    )
    for instance in world.described(ids(answer)):
        assert "InstanceLifecycle" not in instance
        assert "SpotInstanceRequestId" not in instance


def test_the_cheapest_is_served_first_where_price_decides(world: World) -> None:
    big = {"InstanceType": "m5.4xlarge", "AvailabilityZone": A}
    answer = world.fleet(big, LARGE_A, SpotOptions={"AllocationStrategy": "lowest-price"})
    assert [one["InstanceType"] for one in answer["Instances"]] == ["m5.large"]


def test_weights_count_in_the_units_of_the_target(world: World) -> None:
    answer = world.fleet({**XLARGE_A, "WeightedCapacity": 4.0}, wanted=10)
    assert len(ids(answer)) == 3


def test_both_ways_of_buying_in_one_fleet(world: World) -> None:
    answer = world.fleet(
        LARGE_A,
        TargetCapacitySpecification={
            "TotalTargetCapacity": 5,
            "OnDemandTargetCapacity": 1,
            "DefaultTargetCapacityType": "spot",
        },
    )
    bought = {one["Lifecycle"]: len(one["InstanceIds"]) for one in answer["Instances"]}
    assert bought == {"on-demand": 1, "spot": 4}


def test_every_spot_instance_has_its_request(world: World) -> None:
    answer = world.fleet({**LARGE_A, "MaxPrice": "0.5"}, wanted=2)
    instances = world.described(ids(answer))
    asked = [one["SpotInstanceRequestId"] for one in instances]
    requests = world.ec2.describe_spot_instance_requests(SpotInstanceRequestIds=asked)
    assert [
        (one["InstanceId"], one["State"], one["Status"]["Code"], one["SpotPrice"])
        for one in requests["SpotInstanceRequests"]
    ] == [(id_, "active", "fulfilled", "0.500000") for id_ in ids(answer)]


def test_capacity_that_lacks_is_told_beside_what_came(world: World) -> None:
    with world.scarce({(A, "m5.large", "spot"): 1, (B, "*", "*"): 0}):
        answer = world.fleet(LARGE_A, LARGE_B, {**LARGE_A, "AvailabilityZone": C}, wanted=4)
    assert len(ids(answer)) == 4
    assert set(codes(answer)) <= {"UnfulfillableCapacity"}
    with world.scarce({(A, "m5.large", "spot"): 1, (B, "*", "*"): 0}):
        answer = world.fleet(LARGE_A, LARGE_B, wanted=4)
    assert len(ids(answer)) == 1
    assert codes(answer) == ["UnfulfillableCapacity"] * 2
    assert {error["Lifecycle"] for error in answer["Errors"]} == {"spot"}
    told = [error["LaunchTemplateAndOverrides"]["Overrides"] for error in answer["Errors"]]
    assert sorted(told, key=str) == [LARGE_A, LARGE_B]


def test_who_has_more_gives_what_others_lack(world: World) -> None:
    with world.scarce({(B, "*", "*"): 1}):
        answer = world.fleet(LARGE_A, LARGE_B, wanted=6, **TURNS)
    told = {one["AvailabilityZone"]: len(one["InstanceIds"]) for one in answer["Instances"]}
    assert told == {A: 5, B: 1}
    assert codes(answer) == ["UnfulfillableCapacity"]


def test_what_is_sold_is_no_longer_left(world: World) -> None:
    with world.scarce({(A, "m5.*", "spot"): 3}):
        sold = [len(ids(world.fleet(LARGE_A, wanted=2))) for _ in range(3)]
    assert sold == [2, 1, 0]


@pytest.mark.parametrize(
    ("overrides", "more", "left", "code"),
    [
        ([LARGE_A], {}, {("*", "*", "spot"): 0}, "InsufficientInstanceCapacity"),
        ([LARGE_A], on_demand(1), {(A, "*", "*"): 0}, "InsufficientInstanceCapacity"),
        ([{**LARGE_A, "MaxPrice": "0.001"}], {}, {}, "SpotMaxPriceTooLow"),
        ([{**LARGE_A, "InstanceType": "m5.lagre"}], {}, {}, "InvalidFleetConfiguration"),
        (
            [{"InstanceType": "m5.large", "AvailabilityZone": "us-east-1e"}],
            {},
            {},
            "InvalidFleetConfiguration",
        ),
        (
            [{"InstanceType": "m5.large", "SubnetId": "subnet-00000000"}],
            {},
            {},
            "InvalidSubnetID.NotFound",
        ),
        ([{**LARGE_A, "ImageId": "ami-00000000"}], {}, {}, "InvalidAMIID.NotFound"),
    ],
)
def test_what_stands_against_an_override_is_among_the_errors(
    world: World, overrides: Any, more: Any, left: Any, code: str
) -> None:
    with world.scarce(left):
        answer = world.fleet(*overrides, **more)
    assert answer["Instances"] == []
    assert codes(answer) == [code]
    told = answer["Errors"][0]["LaunchTemplateAndOverrides"]
    assert told["Overrides"] == overrides[0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"KeyName": "gone"}, "InvalidKeyPair.NotFound"),
        ({"SecurityGroupIds": ["sg-00000000"]}, "InvalidGroup.NotFound"),
        ({"IamInstanceProfile": {"Name": "gone"}}, "InvalidParameterValue"),
        ({"ImageId": "ami-00000000"}, "InvalidAMIID.NotFound"),
    ],
)
def test_what_a_template_refers_to_in_vain_is_among_the_errors(
    world: World, data: Any, code: str
) -> None:
    world.made_template(f"bad {code}", **data)
    answer = world.fleet(
        LaunchTemplateConfigs=[world.config(LARGE_A, LaunchTemplateName=f"bad {code}")]
    )
    assert codes(answer) == [code]
    assert answer["Instances"] == []


def test_only_spot_instances_have_requests_to_tag(world: World) -> None:
    asked: Any = {"TagSpecifications": [tags("spot-instances-request", Of="request")]}
    spot = world.fleet(LARGE_A, **asked)
    sir = world.described(ids(spot))[0]["SpotInstanceRequestId"]
    answer = world.ec2.describe_spot_instance_requests(SpotInstanceRequestIds=[sir])
    assert mapping(answer["SpotInstanceRequests"][0]["Tags"]) == {"Of": "request"}
    assert codes(world.fleet(LARGE_A, **on_demand(1), **asked)) == ["InvalidParameterValue"]


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"LaunchTemplateId": "lt-00000000000000000"}, "InvalidLaunchTemplateId.NotFound"),
        ({"LaunchTemplateName": "gone"}, "InvalidLaunchTemplateName.NotFoundException"),
        (
            {"LaunchTemplateName": "template", "Version": "7"},
            "InvalidLaunchTemplateId.VersionNotFound",
        ),
    ],
)
def test_a_template_that_is_not_there_is_the_call_s_own_error(
    world: World, refused: Any, named: Any, code: str
) -> None:
    with refused(code):
        world.fleet(LaunchTemplateConfigs=[world.config(LARGE_A, **named)])


def test_the_same_pool_twice_is_refused(world: World, refused: Any) -> None:
    before = world.count()
    with refused("InvalidFleetConfig"):
        world.fleet(LARGE_A, {"InstanceType": "m5.large", "SubnetId": world.subnets[A]})
    assert world.count() == before


def test_quotas_count_what_runs(world: World) -> None:
    sandbox = world.sandbox
    gone = world.fleet(LARGE_A, wanted=2, **on_demand(2))
    world.ec2.terminate_instances(InstanceIds=ids(gone))
    running = world.ec2.describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
    )
    vcpus = {"m5.large": 2, "c5.xlarge": 4, "m5.4xlarge": 16}
    held = {"spot": 0, "on-demand": 0}
    for reservation in running["Reservations"]:
        for one in reservation["Instances"]:
            held[one.get("InstanceLifecycle", "on-demand")] += vcpus[one["InstanceType"]]
    sandbox.quota("spot", held["spot"] + 5)
    sandbox.quota("on-demand", held["on-demand"] + 2)
    spot, other = world.fleet(LARGE_A, wanted=3), world.fleet(LARGE_A, **on_demand(2))
    sandbox.quota("spot", 10**6)
    sandbox.quota("on-demand", 10**6)
    assert (len(ids(spot)), codes(spot)) == (2, ["MaxSpotInstanceCountExceeded"])
    assert (len(ids(other)), codes(other)) == (1, ["VcpuLimitExceeded"])


def test_the_same_token_asks_for_the_same_fleet(world: World, refused: Any) -> None:
    first = world.fleet(LARGE_A, wanted=2, ClientToken="again")
    before = world.count()
    second = world.fleet(LARGE_A, wanted=2, ClientToken="again")
    for answer in (first, second):
        del answer["ResponseMetadata"]
    assert first == second
    with refused("IdempotentParameterMismatch"):
        world.fleet(LARGE_A, wanted=3, ClientToken="again")
    assert world.count() == before
    (instance, _) = world.described(ids(first))
    assert instance["ClientToken"] == "again"


def test_a_dry_run_launches_nothing(world: World, refused: Any) -> None:
    before = world.count()
    with refused("DryRunOperation"):
        world.fleet(LARGE_A, DryRun=True)
    assert world.count() == before
