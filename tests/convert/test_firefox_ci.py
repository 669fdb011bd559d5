"""Firefox CI's 58 pools: all that they say is in the documents, or is told with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.convert import converted
from reconciler.convert.part import leaves
from reconciler.load import load
from reconciler.load.mistakes import Mistake
from reconciler.load.nodes import documents
from reconciler.load.sources import Source
from tests.convert.conftest import ROOT_URL

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "fxci" / "worker-pools-aws.yml"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="Firefox CI's pools are not here")

BESIDE = """\
apiVersion: reconciler/v1
kind: Estate
metadata: {name: fx}
spec:
  prefix: fx-
  accounts: ["123456789012"]
  regions: [us-east-1, us-west-1, us-west-2, eu-central-1]
---
apiVersion: reconciler/v1
kind: SecurityGroup
metadata: {name: trusted}
spec: {description: Trusted}
---
apiVersion: reconciler/v1
kind: SecurityGroup
metadata: {name: windows-untrusted}
spec: {description: Windows}
---
apiVersion: reconciler/v1
kind: KeyPair
metadata: {name: docker-worker-bug1600071}
spec: {generate: {type: ed25519}}
"""
VOLUME = {
    "DeleteOnTermination": "deleteOnTermination",
    "VolumeSize": "size",
    "VolumeType": "type",
}

Steps = tuple[Any, ...]


@cache
def made() -> tuple[dict[str, Any], list[str]]:
    found = converted(str(DATA), ROOT_URL)
    texts = yaml.safe_load_all(found.text)
    return {one["metadata"]["name"]: one["spec"] for one in texts}, list(found.complaints)


def told_at(line: int) -> list[str]:
    """The complaints of a line."""
    return [one for one in made()[1] if line in lines(one)]


def lines(complaint: str) -> list[int]:
    first = complaint.removeprefix(f"{DATA}:").split(":")[0]
    likewise = re.search(r"\(likewise at lines? ([0-9, ]+)\)$", complaint)
    return [int(first), *map(int, likewise[1].split(", ") if likewise else ())]


def test_all_of_them_load_beside_what_they_refer_to(tmp_path: Path) -> None:
    (tmp_path / "estate.yml").write_text(BESIDE)
    (tmp_path / "pools.yml").write_text(converted(str(DATA), ROOT_URL).text)
    declared = load(str(tmp_path))
    names = {one.key.name for one in declared.resources if one.key.kind == "WorkerType"}
    assert len(names) == 58
    assert names == set(yaml.safe_load(DATA.read_text()))


def test_nothing_that_they_say_is_lost() -> None:
    mistakes: list[Mistake] = []
    (document,) = documents(Source(str(DATA), DATA.parent, DATA.read_text()), mistakes)
    assert not mistakes
    walked = list(leaves(document.data))
    assert len(walked) > 1000
    lost = [
        f"{document.at(path)}: {'.'.join(map(str, path))}: {value!r}"
        for path, value in walked
        if not is_kept(document.data, path, value, document.at(path).line)
    ]
    assert not lost


def test_their_mistakes_are_told() -> None:
    """Words that were not read, in the places where this file has them."""
    words = ("launchSpec", "capacity", "userData", "scalingRatio", "description", "image")
    for word in words:
        assert [one for one in made()[1] if f".{word}: " in one or f": {word}: " in one], word
    (misplaced,) = [one for one in made()[1] if "gecko-t/misc: config.userData" in one]
    assert "worker-config" in misplaced
    (eight,) = [one for one in made()[1] if "taken as 8" in one]
    assert lines(eight) == [1162, 1167, 1172]


def test_a_pool_that_says_only_what_can_be_said_is_told_of_its_image_alone() -> None:
    assert [one for one in made()[1] if "pmoore-test/gwci-linux" in one] == [
        one for one in told_at(1685) if "config.image" in one
    ]


def is_kept(pools: Any, path: Steps, value: Any, line: int) -> bool:
    """Whether a value is in the document at its place, with its meaning, or is told."""
    name, *steps = path
    spec = made()[0][name]
    for pattern, kept in RULES:
        if found := re.fullmatch(pattern, ".".join(map(str, steps))):
            return kept(spec, pools[name], value, line, *found.groups())
    return False


Kept = Callable[..., bool]


def is_at(*template: str) -> Kept:
    """That the value stands under these steps; a number is the one of the source's list."""

    def kept(spec: Any, pool: Any, value: Any, line: int, *found: str) -> bool:
        steps = ".".join(template).format(*found)
        return bool(_at(spec, steps.split(".")) == value)

    return kept


def is_told(spec: Any, pool: Any, value: Any, line: int, *found: str) -> bool:
    return bool(told_at(line))


def _at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        value = value[int(step)] if isinstance(value, list) else (value or {}).get(step)
    return value


def _description(spec: Any, pool: Any, value: Any, line: int) -> bool:
    return bool(spec["description"] == value) if value else bool(told_at(line))


def _mail(spec: Any, pool: Any, value: Any, line: int) -> bool:
    return value is False or bool(told_at(line))


def _capacity(spec: Any, pool: Any, value: Any, line: int, at: str) -> bool:
    return bool(spec["instanceTypes"][int(at)]["capacity"] == value) and bool(told_at(line))


def _utility(spec: Any, pool: Any, value: Any, line: int, at: str) -> bool:
    one = spec["instanceTypes"][int(at)]
    return bool(one["utility"] * one.get("capacity", 1) == pytest.approx(value))


def _device(
    spec: Any, pool: Any, value: Any, line: int, at: str, of: str, n: str, word: str
) -> bool:
    source = pool["config"]["instance_types"][int(at)][of]["BlockDeviceMappings"][int(n)]
    devices = spec["instanceTypes"][int(at)]["launch"]["blockDevices"]
    volume = devices[source["DeviceName"]]
    return word == "DeviceName" or bool(volume[VOLUME[word.removeprefix("Ebs.")]] == value)


def rules() -> Iterator[tuple[str, Kept]]:
    own = "launch.userData.config"
    kind = r"config\.instance_types\.(\d+)"
    yield "description", _description
    yield "owner", is_at("owner")
    yield "email_on_error", _mail
    yield "provider_id", lambda spec, pool, value, *_: value == "aws"
    yield r"config\.image", is_at("image.name")
    yield r"config\.(m(?:ax|in))Capacity", is_at("capacity.{}")
    yield (
        r"config\.scalingRatio",
        lambda spec, pool, value, line: bool(
            value == spec["capacity"]["scalingRatio"] and told_at(line)
        ),
    )
    yield r"config\.security", is_at("launch.securityGroups.0")
    yield r"config\.spot", lambda spec, *_: spec["purchase"] == "spot"
    yield r"config\.implementation", is_told
    yield r"config\.regions\.(\d+)", is_at("regions.{}.region")
    yield r"config\.(?:worker-config|userData)\.(.+)", is_at(f"{own}.workerConfig.{{}}")
    yield r"config\.additional-user-data\.(.+)", is_at(f"{own}.{{}}")
    yield rf"{kind}\.instanceType", is_at("instanceTypes.{}.type")
    yield rf"{kind}\.capacityPerInstance", is_at("instanceTypes.{}.capacity")
    yield rf"{kind}\.capacity", _capacity
    yield rf"{kind}\.utility", _utility
    yield rf"{kind}\.worker-config\.(.+)", is_at(f"instanceTypes.{{}}.{own}.workerConfig.{{}}")
    yield rf"{kind}\.launchConfig\.KeyName", is_at("instanceTypes.{}.launch.keyPair")
    yield rf"{kind}\.(launch\w+)\.BlockDeviceMappings\.(\d+)\.(.+)", _device


RULES = list(rules())
