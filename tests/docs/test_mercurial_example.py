"""Mercurial's machines as an estate: value for value what they were, and to be had in the sandbox.

What is otherwise here stands in the example's README, and in `OTHERWISE`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from moto.backends import get_backend
from moto.ec2.models.amis import Ami

from reconciler.derive.combinations import Combinations, Where
from reconciler.fields.launch import SAFE_VOLUME
from reconciler.load import Declared, load
from reconciler.sandbox import Sandbox
from tests.direct import embedded
from tests.effort import EFFORT
from tests.images.conftest import NOTHING, Workshop, at_work
from tests.quick import reads

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "mercurial"
DOCUMENTS, README = str(EXAMPLE / "desired"), (EXAMPLE / "README.md").read_text("utf-8")
DATA = ROOT.parent / "shared" / "data" / "hg-automation" / "resources.json"
REGION = "us-west-2"

with_data = pytest.mark.skipif(
    not DATA.exists(), reason="the data of Mercurial's automation is not here"
)

PROFILE, ENDS = "hg-ephemeral-ec2-1", {"InstanceInitiatedShutdownBehavior": "terminate"}
OTHERWISE: dict[str, dict[str, Any]] = {
    "linux_bake": {**ENDS, "iam_instance_profile": PROFILE},
    "linux_temp": {"iam_instance_profile": PROFILE},
    "windows_bake": {**ENDS, "user_data": False},
    "windows_temp": ENDS,
}

ASKED = {
    "linux": ("cloud-init status --wait", "useradd --user-group --create-home"),
    "windows": ("# Older tools ask", "if (Test-Path $second)"),
}
"""What was asked of the system that an image is made of, by the beginnings, in this order."""


@pytest.fixture(scope="module")
def declared() -> Declared:
    return load(DOCUMENTS)


def specs(declared: Declared, kind: str) -> dict[str, Any]:
    return {one.key.name: one.spec for one in declared.resources if one.key.kind == kind}


@pytest.fixture(scope="module")
def had() -> Any:
    """What Mercurial's automation made beside what stands all the time."""
    return json.loads(DATA.read_text())["extra_not_standing"]


def test_what_stands_all_the_time_is_as_in_the_first_example(declared: Declared) -> None:
    """Which is held to the same data by a test of its own."""
    for one in load(str(ROOT / "desired")).resources:
        assert specs(declared, one.key.kind)[one.key.name] == one.spec


@with_data
def test_the_images_are_named_and_made_of_what_mercurial_had(declared: Declared, had: Any) -> None:
    images = specs(declared, "Image")
    assert {f"{declared.estate.prefix}{name}" for name in images} == {*had["ami_names"]}
    for name, image in images.items():
        system, _, distribution = name.partition("-dev")
        assert image.description == had["ami_descriptions"][system]
        owner, base, user = had["ami_base"][distribution.removeprefix("-") or system]
        assert (image.base.owner, image.base.name) == (owner, base)
        assert f"| `{name}` | `{base}` | {owner} | `{user}` |" in README
    assert all(one in README for one in had["tags"]["ami"])


@with_data
def test_the_machines_are_as_mercurial_launched_them(declared: Declared, had: Any) -> None:
    images, types = specs(declared, "Image"), specs(declared, "WorkerType")
    for name, image in images.items():
        system = name.partition("-")[0]
        assert baked(image, system) == wanted(had, f"{system}_bake"), name
    for name, of in types.items():
        system = name.partition("-")[0]
        assert launched(of, system) == wanted(had, f"{system}_temp"), name
        assert of.launch.tags == had["tags"][f"instance_{system}" + "_temp" * (system != "linux")]
        assert images[of.image.built]
    assert {of.image.built for of in types.values()} == {*images}


def wanted(had: Any, name: str) -> dict[str, Any]:
    said = {**had["run_instances"][name], **OTHERWISE[name]}
    return {**said, "InstanceType": said["InstanceType"].split()[-1].rstrip(">")}


def baked(image: Any, system: str) -> dict[str, Any]:
    devices = {
        name: {**SAFE_VOLUME, **disk.model_dump(by_alias=True, exclude_none=True)}
        for name, disk in image.block_devices.items()
    }
    around = image.launch.model_dump(by_alias=True, exclude_none=True)
    # A t3 is so by itself: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-optimized.html
    assert image.instance_type.startswith("t3.")
    return told(image.instance_type, {**around, "blockDevices": devices}, system)


def launched(of: Any, system: str) -> dict[str, Any]:
    (kind,), (region,) = of.instance_types, of.regions
    settings = Combinations(of).settings(Where(region.region, "", kind.type)).settings
    if system == "linux":
        assert settings["ebsOptimized"] is True
    return told(kind.type, settings, system)


def told(kind: str, settings: Mapping[str, Any], system: str) -> dict[str, Any]:
    """The settings of a machine of ours, as the data says them."""
    disks = dict(settings["blockDevices"])
    first, *second = (disk(*one) for one in disks.items())
    linux = system == "linux"
    if linux:
        # They are named after the image's own, of which the data says nothing.
        for one in (first, *second):
            del one["device"]
    return {
        "InstanceType": kind,
        "root_volume": first,
        **({"optional_second_volume": second[0]} if second else {}),
        **({"EbsOptimized": True} if linux else {"user_data": "userData" in settings}),
        **ENDS,
        "KeyName": f"hg-{settings['keyPair']}",
        "security_groups": [f"hg-{name}" for name in settings["securityGroups"]],
        "MinCount": 1,
        "MaxCount": 1,
        "iam_instance_profile": f"hg-{settings['instanceProfile']}",
    }


def disk(name: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "device": name,
        "size_gib": said["size"],
        "type": said["type"],
        "delete_on_termination": said["deleteOnTermination"],
    }


@pytest.fixture(scope="module")
def sandbox(quick_worlds: None) -> Iterator[Sandbox]:
    with embedded(agent=True) as aws:
        yield aws


@pytest.fixture
def workshop(sandbox: Sandbox, aws: Any, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """An account to build in, in an AWS that has the images which the example's are made from."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    made = at_work(sandbox, aws, monkeypatch)
    reads(monkeypatch, lambda _: True)
    world: Any = get_backend("ec2")["123456789012"][REGION]
    for one in json.loads((EXAMPLE / "bases.json").read_text()):
        world.amis[one["ami_id"]] = Ami(world, **one)
    return made


def test_the_example_is_valid_and_plans(
    workshop: Workshop, reconcile: Any, declared: Declared
) -> None:
    assert reconcile("validate", DOCUMENTS).status == 0
    planned = reconcile("plan", DOCUMENTS)
    assert planned.status == 0
    for name in specs(declared, "Image"):
        assert f"+ create ImageVersion/{name}." in planned.out
    assert "Plan: 11 to create" in planned.out


BAKED = ["linux-dev-debian10"]
if EFFORT > 1:
    BAKED = ["linux-dev-debian9", "linux-dev-ubuntu18.04", "linux-dev-ubuntu19.04", "windows-dev"]


@pytest.mark.parametrize("name", BAKED)
def test_an_image_bakes(name: str, workshop: Workshop, reconcile: Any) -> None:
    only = [f"{kind}/*" for kind in ("Document", "KeyPair", "SecurityGroup", "Role")]
    options = [
        word for one in [*only, "InstanceProfile/*", f"Image/{name}"] for word in ("--only", one)
    ]
    applied = reconcile("apply", DOCUMENTS, *options, "--yes")
    assert applied.status == 0, applied
    (image,) = workshop.images()
    assert image["Name"].startswith(f"hg-{name}.")
    assert image["State"] == "available"
    assert workshop.left() == NOTHING
    ec2 = workshop.ec2
    [[builder]] = [one["Instances"] for one in ec2.describe_instances()["Reservations"]]
    assert builder["KeyName"] == "hg-automation"
    behaviour = ec2.describe_instance_attribute(
        InstanceId=builder["InstanceId"], Attribute="instanceInitiatedShutdownBehavior"
    )
    assert behaviour["InstanceInitiatedShutdownBehavior"] == {"Value": "terminate"}
    asked = (workshop.sandbox.agent.folder(image["ImageId"]) / "asked").read_text().splitlines()
    at = [
        next(number for number, line in enumerate(asked) if line.startswith(one))
        for one in ASKED[name.partition("-")[0]]
    ]
    assert at == sorted(at)
    assert reconcile("plan", DOCUMENTS, *options, "--detailed-exitcode").status == 0
