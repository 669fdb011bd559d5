"""What a definition means survives: values through our reader, and settings through factoring."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert import converted
from reconciler.convert.factors import Launch, factored, nested
from reconciler.convert.part import Complaint, Part, leaves
from reconciler.convert.run_instances import told
from reconciler.convert.words import over
from reconciler.load import load
from reconciler.render import rendered
from tests.conftest import ESTATE
from tests.convert.conftest import ROOT_URL
from tests.effort import examples

PRICES = st.integers(1, 10**6).map(lambda millionths: millionths / 10**6)


@st.composite
def worker_types(draw: st.DrawFn) -> dict[str, Any]:
    """Worker types of the Provisioner, with all the numbers that they have."""
    names = draw(st.lists(st.sampled_from(["m5.large", "c5.large", "r5.large"]), min_size=1,
                          unique=True))  # fmt: skip
    least, most = sorted(draw(st.tuples(PRICES, PRICES)))
    return {
        "workerType": "build",
        "description": "Builds",
        "owner": "ci@example.org",
        "minCapacity": draw(st.integers(0, 5)),
        "maxCapacity": draw(st.integers(5, 1000)),
        "scalingRatio": draw(st.integers(0, 100)) / 100,
        "minPrice": least,
        "maxPrice": most,
        "instanceTypes": [
            {
                "instanceType": name,
                "capacity": draw(st.integers(1, 96)),
                "utility": draw(st.integers(1, 1000)) / 10,
            }
            for name in names
        ],
        "regions": [{"region": "eu-central-1", "launchSpec": {"ImageId": "ami-01234567"}}],
    }


@given(definition=worker_types())
@examples(25)
def test_numbers_mean_the_same_once_they_are_loaded_and_rendered(
    tmp_path_factory: pytest.TempPathFactory, definition: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("numbers")
    (folder / "definition").write_text(json.dumps(definition))
    made = converted(str(folder / "definition"), ROOT_URL)
    assert not made.complaints
    (folder / "desired.yml").write_text(f"{ESTATE}{made.text}")
    spec = yaml.safe_load(rendered(load(str(folder / "desired.yml")).resources))["spec"]
    wanted = {word: definition[f"{word}Capacity"] for word in ("min", "max")}
    assert spec["capacity"] == {**wanted, "scalingRatio": definition["scalingRatio"]}
    assert spec["price"] == {word: definition[f"{word}Price"] for word in ("min", "max")}
    for theirs, ours in zip(definition["instanceTypes"], spec["instanceTypes"], strict=True):
        assert ours["capacity"] == theirs["capacity"]
        # What 1 USD an hour for the machine is after utility, there and here.
        there, here = 1 / theirs["utility"], 1 / ours["capacity"] / ours["utility"]
        assert here == pytest.approx(there, rel=1e-5)


WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=1, max_size=8)
TRAPS = ["y", "no", "1e3", "0o7", "2020-03-17", "~", "null", "", "1.10", "a: b", "- ", "<<", "="]
VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(10**14), 10**14),
        st.floats(-1e6, 1e6),
        WORDS,
        st.sampled_from(TRAPS),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=6,
)


@given(config=st.dictionaries(WORDS | st.sampled_from(TRAPS), VALUES, min_size=1, max_size=3))
@examples(40)
def test_what_workers_are_to_read_is_the_same_once_it_is_loaded_or_is_told(
    tmp_path_factory: pytest.TempPathFactory, config: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("config")
    pool = {
        "owner": "ci@example.org",
        "description": "Builds",
        "config": {
            "image": "ami-01234567",
            "maxCapacity": 5,
            "worker-config": config,
            "instance_types": [{"instanceType": "m5.large"}],
            "regions": ["eu-central-1"],
        },
    }
    (folder / "definition").write_text(json.dumps({"proj/build": pool}))
    made = converted(str(folder / "definition"), ROOT_URL)
    if not made.complaints:
        (folder / "desired.yml").write_text(f"{ESTATE}{made.text}")
        (resource,) = load(str(folder / "desired.yml")).resources
        spec = resource.spec.model_dump(by_alias=True)
        assert spec["launch"]["userData"]["config"]["workerConfig"] == config
    for complaint in made.complaints:
        assert "would be read as a number" in complaint or "can't be seen" in complaint


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "image": st.sampled_from([{"id": "ami-1"}, {"id": "ami-2"}]),
        "launch": st.dictionaries(
            st.sampled_from("abc"),
            st.integers(0, 2)
            | st.dictionaries(st.sampled_from("xy"), st.integers(0, 2), min_size=1),
            min_size=1,
        ),
    },
)


@given(data=st.data())
@examples(60)
def test_factored_settings_come_together_again_or_are_told(data: st.DataObject) -> None:
    complaints: list[Complaint] = []
    places = list(product(["m5.large", "c5.large"], ["us-west-2a", "us-west-2b", "eu-west-1a"]))
    # With one for all, for each type, and for each zone, much can be said; with chance, little.
    by_type, by_zone = (
        {name: data.draw(SETTINGS) for name in dict.fromkeys(names)}
        for names in zip(*places, strict=True)
    )
    drawn = [over(by_zone[zone], by_type[name]) for name, zone in places]
    launches = [
        Launch(_part(at, complaints), zone[:-1], zone, name, 1, told(_part(at, [])), settings)
        for at, ((name, zone), settings) in enumerate(zip(places, drawn, strict=True))
    ]
    general, regions, zones, types = factored(launches)
    for at, one in enumerate(launches):
        found: Any = nested(general.get("", {}))
        for level, name in ((regions, one.region), (zones, one.zone), (types, one.type)):
            found = over(found, nested(level.get(str(name), {})))
        here = {steps for steps, _ in _set(found)}
        wanted = dict(_set(one.settings))
        assert all(wanted.get(steps) == value for steps, value in _set(found))
        lost = [steps for steps in wanted if steps not in here]
        telling = [each.what for each in complaints if each.path == (at,)]
        assert len(telling) == len(lost)
        assert all(any(f"{'.'.join(steps)} " in what for what in telling) for steps in lost)


def _part(at: int, complaints: list[Complaint]) -> Part:
    return Part({}, (at,), complaints)


def _set(settings: Any) -> list[tuple[tuple[Any, ...], Any]]:
    return list(leaves(settings))
