"""Settings are laid together from the general to the special, and each value knows its place."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.derive.combinations import SAFE_LEVEL, Combinations, Where
from reconciler.kinds.worker_type import WorkerTypeSpec
from tests.derive.fleets import WORDS

ZONE = "eu-central-1a"
HERE = Where("eu-central-1", ZONE, "c5.large")


def combinations(**words: Any) -> Combinations:
    return Combinations(WorkerTypeSpec.model_validate({**WORDS, **words}))


LEVELS: list[tuple[str, dict[str, Any]]] = [
    ("launch", {"launch": {"keyPair": "said"}}),
    (
        "regions.eu-central-1.launch",
        {"regions": [{"region": "eu-central-1", "launch": {"keyPair": "said"}}]},
    ),
    (
        f"zones.{ZONE}.launch",
        {"regions": [{"region": "eu-central-1", "zones": {ZONE: {"launch": {"keyPair": "said"}}}}]},
    ),
    (
        "instanceTypes.c5.large.launch",
        {"instanceTypes": [{"type": "c5.large", "launch": {"keyPair": "said"}}]},
    ),
]


@pytest.mark.parametrize(("level", "words"), LEVELS)
def test_what_is_said_at_a_level_holds_and_is_known_to_be_from_there(
    level: str, words: dict[str, Any]
) -> None:
    found = combinations(**words).settings(HERE)
    assert found.settings["keyPair"] == "said"
    assert found.origins["keyPair"] == level


def test_the_more_special_level_wins_and_the_rest_is_laid_together() -> None:
    def disk(**words: Any) -> dict[str, Any]:
        return {"blockDevices": {"/dev/xvda": words}}

    found = combinations(
        launch=disk(size=1, type="gp3") | {"userData": {"config": {"a": 1, "b": {"c": 1}}}},
        regions=[
            {
                "region": "eu-central-1",
                "launch": disk(size=2),
                "zones": {ZONE: {"launch": disk(size=3)}},
            }
        ],
        instanceTypes=[
            {
                "type": "c5.large",
                "launch": disk(size=4, encrypted=False) | {"userData": {"config": {"b": {"d": 2}}}},
            },
            {"type": "m5.large"},
        ],
    )
    here = found.settings(HERE)
    assert here.settings["blockDevices"]["/dev/xvda"] == {
        "size": 4,
        "type": "gp3",
        "encrypted": False,
        "deleteOnTermination": True,
    }
    assert here.settings["userData"]["config"] == {"a": 1, "b": {"c": 1, "d": 2}}
    assert here.origins["userData.config.b.c"] == "launch"
    assert here.origins["userData.config.b.d"] == "instanceTypes.c5.large.launch"
    assert here.origins["blockDevices./dev/xvda.deleteOnTermination"] == SAFE_LEVEL
    other = found.settings(HERE._replace(instance_type="m5.large"))
    assert other.settings["blockDevices"]["/dev/xvda"]["size"] == 3
    elsewhere = found.settings(Where("eu-central-1", "eu-central-1b", "m5.large"))
    assert elsewhere.settings["blockDevices"]["/dev/xvda"]["size"] == 2


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ({"image": {"id": "ami-00000001"}}, "image"),
        (
            {"regions": [{"region": "eu-central-1", "image": {"id": "ami-00000001"}}]},
            "regions.eu-central-1",
        ),
        (
            {
                "instanceTypes": [{"type": "c5.large", "image": {"id": "ami-00000001"}}],
                "regions": [{"region": "eu-central-1", "image": {"id": "ami-00000002"}}],
            },
            "instanceTypes.c5.large",
        ),
    ],
)
def test_the_image_of_a_type_comes_before_that_of_a_region(
    words: dict[str, Any], level: str
) -> None:
    pick = combinations(**words).image(HERE)
    assert pick.image
    assert (pick.image.id, pick.level) == ("ami-00000001", level)
