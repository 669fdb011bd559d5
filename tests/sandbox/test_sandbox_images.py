"""Images made of instances: what they hold, when they are there, and what goes with them."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import Any

import pytest

from tests.sandbox.conftest import Client, Refused
from tests.sandbox.fleet_world import World, mapping, tags
from tests.sandbox.machines import Machines

DISKS = [
    {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 40}},
    {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 100, "DeleteOnTermination": True}},
]


@pytest.fixture
def world(sandbox: Any, client: Client) -> World:
    return World(sandbox, client)


def launched(world: World, image: str = "", **more: Any) -> str:
    asked = {"ImageId": image or world.image, "InstanceType": "m5.large", **more}
    answer = world.ec2.run_instances(MinCount=1, MaxCount=1, **asked)
    return str(answer["Instances"][0]["InstanceId"])


def made(world: World, instance: str, name: str = "built", **more: Any) -> str:
    return str(world.ec2.create_image(InstanceId=instance, Name=name, **more)["ImageId"])


def state(world: World, image: str) -> str:
    return str(world.ec2.describe_images(ImageIds=[image])["Images"][0]["State"])


def snapshots(world: World, **more: Any) -> list[dict[str, Any]]:
    return list(world.ec2.describe_snapshots(OwnerIds=["self"], **more)["Snapshots"])


def of(world: World, image: str) -> list[dict[str, Any]]:
    told = f"*for {image}"
    return snapshots(world, Filters=[{"Name": "description", "Values": [told]}])


def test_an_image_has_all_disks_of_its_instance_and_tags_on_everything(world: World) -> None:
    base = world.ec2.describe_images(Owners=["amazon"])["Images"][0]
    instance = launched(world, base["ImageId"], BlockDeviceMappings=DISKS)
    marked = [tags("image", Of="image"), tags("snapshot", Of="snapshot")]
    image = made(world, instance, TagSpecifications=marked, Description="words")
    (told,) = world.ec2.describe_images(ImageIds=[image])["Images"]
    assert mapping(told["Tags"]) == {"Of": "image"}
    same = ("Architecture", "PlatformDetails", "RootDeviceName", "VirtualizationType")
    assert [told[name] for name in same] == [base[name] for name in same]
    assert (told["State"], told["Description"]) == ("available", "words")
    assert (told["SourceInstanceId"], told["OwnerId"]) == (instance, "123456789012")
    ids = {one["DeviceName"]: one["Ebs"] for one in told["BlockDeviceMappings"]}
    assert {name: ebs["VolumeSize"] for name, ebs in ids.items()} == {
        "/dev/sda1": 40,
        "/dev/sdb": 100,
    }
    found = of(world, image)
    assert {one["SnapshotId"] for one in found} == {ebs["SnapshotId"] for ebs in ids.values()}
    for one in found:
        assert one["Description"] == f"Created by CreateImage({instance}) for {image}"
        assert (mapping(one["Tags"]), one["State"]) == ({"Of": "snapshot"}, "completed")


def test_what_is_launched_from_it_has_its_disks(world: World) -> None:
    image = made(world, launched(world, BlockDeviceMappings=DISKS))
    instance = launched(world, image, BlockDeviceMappings=[DISKS[0] | {"Ebs": {"VolumeSize": 50}}])
    held = [{"Name": "attachment.instance-id", "Values": [instance]}]
    volumes = world.ec2.describe_volumes(Filters=held)["Volumes"]
    assert sorted(one["Size"] for one in volumes) == [50, 100]
    assert {one["SnapshotId"] for one in volumes} == {one["SnapshotId"] for one in of(world, image)}
    world.ec2.terminate_instances(InstanceIds=[instance])
    assert world.ec2.describe_volumes(Filters=held)["Volumes"] == []


def test_a_name_is_taken_while_its_image_is_registered(world: World, refused: Refused) -> None:
    instance = launched(world)
    image = made(world, instance)
    with refused("InvalidAMIName.Duplicate"):
        made(world, instance)
    world.ec2.deregister_image(ImageId=image)
    assert made(world, instance) != image


def test_what_makes_no_sense_is_refused(world: World, refused: Refused) -> None:
    instance = launched(world)
    with refused("InvalidAMIName.Malformed"):
        made(world, instance, "a*b")
    with refused("InvalidParameterValue"):
        made(world, instance, TagSpecifications=[tags("instance", Of="x")])
    with refused("DryRunOperation"):
        made(world, instance, DryRun=True)
    with refused("InvalidInstanceID.NotFound"):
        made(world, "i-00000000000000000")
    world.ec2.terminate_instances(InstanceIds=[instance])
    with refused("InvalidParameterValue"):
        made(world, instance)
    assert world.ec2.describe_images(Owners=["self"], Filters=[NAMED])["Images"] == []


NAMED = {"Name": "name", "Values": ["built"]}


def test_an_image_is_pending_for_as_long_as_is_said(world: World, refused: Refused) -> None:
    world.sandbox.imaging(120)
    image = made(world, launched(world))
    assert state(world, image) == "pending"
    assert [one["State"] for one in of(world, image)] == ["pending"]
    with refused("InvalidAMIID.Unavailable"):
        launched(world, image)
    world.sandbox.turn(120)
    assert state(world, image) == "available"
    assert [one["State"] for one in of(world, image)] == ["completed"]
    world.sandbox.imaging(inf)
    never = made(world, launched(world), "never")
    world.sandbox.turn(1_000_000)
    assert state(world, never) == "pending"


def test_an_image_can_fail(world: World, refused: Refused) -> None:
    world.sandbox.imaging(60, fails=True)
    image = made(world, launched(world))
    world.sandbox.turn(60)
    (told,) = world.ec2.describe_images(ImageIds=[image])["Images"]
    assert (told["State"], told["StateReason"]["Code"]) == ("failed", "Server.InternalError")
    with refused("InvalidAMIID.Unavailable"):
        launched(world, image)


def test_an_image_takes_as_long_as_machines_do_if_nobody_says(world: World) -> None:
    instance = launched(world)
    world.sandbox.boot(5)
    image = made(world, instance)
    assert state(world, image) == "pending"
    world.sandbox.turn(5)
    assert state(world, image) == "available"


def test_snapshots_outlive_their_image_and_stay_while_it_is_registered(
    world: World, refused: Refused
) -> None:
    image = made(world, launched(world, BlockDeviceMappings=DISKS))
    one, other = [found["SnapshotId"] for found in of(world, image)]
    with refused("InvalidSnapshot.InUse"):
        world.ec2.delete_snapshot(SnapshotId=one)
    world.ec2.deregister_image(ImageId=image)
    assert [found["SnapshotId"] for found in of(world, image)] == [one, other]
    world.ec2.delete_snapshot(SnapshotId=one)
    assert [found["SnapshotId"] for found in of(world, image)] == [other]


def test_snapshots_go_with_their_image_if_that_is_asked(world: World) -> None:
    image = made(world, launched(world, BlockDeviceMappings=DISKS))
    ids = [one["SnapshotId"] for one in of(world, image)]
    answer = world.ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    told = {one["SnapshotId"]: one["ReturnCode"] for one in answer["DeleteSnapshotResults"]}
    assert told == dict.fromkeys(ids, "success")
    assert of(world, image) == []


def test_snapshots_are_listed_by_owner_and_in_pages(world: World) -> None:
    for number in range(3):
        made(world, launched(world, BlockDeviceMappings=DISKS), f"built-{number}")
    ours = snapshots(world)
    assert {one["OwnerId"] for one in ours} == {"123456789012"}
    first = world.ec2.describe_snapshots(OwnerIds=["self"], MaxResults=5)
    rest = snapshots(world, NextToken=first["NextToken"], MaxResults=1000)
    assert [*first["Snapshots"], *rest] == ours


@pytest.mark.parametrize("no_reboot", [False, True])
def test_the_builder_s_disk_goes_into_its_image_and_it_reboots_if_it_may(
    machines: Machines, no_reboot: bool
) -> None:
    hook = "#cloud-boothook\n#!/bin/sh\necho boot >> $HOME/boots"
    (id_,) = machines.launch(UserData=hook)
    machines.ran(
        id_,
        "echo kept > $HOME/file; ln -s file $HOME/link; mkfifo $HOME/pipe",
        "apt-get install -y tool",
        "shutdown -h +5",
    )
    made = machines.ec2.create_image(InstanceId=id_, Name="built", NoReboot=no_reboot)
    machines.sandbox.agent.settle()
    home = machines.sandbox.agent.folder(id_) / "disk" / "home"
    assert (home / "boots").read_text().split() == ["boot"] * (1 if no_reboot else 2)
    machines.sandbox.turn(300)
    assert machines.state(id_)[0] == ("terminated" if no_reboot else "running")
    machines.image = made["ImageId"]
    (other,) = machines.launch()
    told = machines.ran(other, "cat $HOME/link $HOME/boots; ls $HOME; cat $HOME/../asked")
    lines = "kept boot boots file link apt-get install -y tool"
    assert told["StandardOutputContent"].split() == lines.split()


def test_of_a_stopped_builder_too(machines: Machines) -> None:
    (id_,) = machines.launch()
    machines.ran(id_, "echo kept > $HOME/file")
    machines.ec2.stop_instances(InstanceIds=[id_])
    machines.image = machines.ec2.create_image(InstanceId=id_, Name="built")["ImageId"]
    assert machines.state(id_)[0] == "stopped"
    machines.ec2.terminate_instances(InstanceIds=[id_])
    (other,) = machines.launch()
    assert machines.ran(other, "cat $HOME/file")["StandardOutputContent"] == "kept\n"


def test_under_a_weather_an_image_and_its_snapshots_show_late(world: World) -> None:
    instance = launched(world)
    images, disks = [], []
    for seed in range(6):
        world.sandbox.weather("late", seed)
        image = made(world, instance, f"built-{seed}")
        look = partial(world.ec2.describe_images, Owners=["self"], Filters=[of_id(image)])
        images.append(looks(lambda look=look: look()["Images"]))
        disks.append(looks(lambda image=image: of(world, image)))
        world.sandbox.weather("fair")
        assert state(world, image) == "pending"
        world.sandbox.turn(60)
        assert state(world, image) == "available"
    assert {bool(n) for n in images} == {bool(n) for n in disks} == {True, False}


def of_id(image: str) -> dict[str, Any]:
    return {"Name": "image-id", "Values": [image]}


def looks(seen: Any, most: int = 25) -> int:
    """How often one has to look."""
    return next(n for n in range(most) if seen())
