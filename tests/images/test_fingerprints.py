"""What makes another image of the same document, and what does not: pure."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.derive.recipe import fingerprint
from reconciler.kinds.image import ImageSpec

BASE = "ami-0123456789abcdef0"
CONTENTS = {"say": {"schemaVersion": "2.2"}}
WORDS: dict[str, Any] = {
    "description": "builds",
    "base": {"id": BASE},
    "instanceType": "c5.large",
    "steps": [
        {"name": "one", "script": "echo one"},
        {"name": "two", "document": "say", "parameters": {"words": ["a", "b"]}},
    ],
    "blockDevices": {"/dev/xvda": {"size": 20}},
    "launch": {"keyPair": "one"},
}


def of(base: str = BASE, contents: Any = CONTENTS, **words: Any) -> str:
    return fingerprint(ImageSpec(**{**WORDS, **words}), base, contents)


def step(number: int, **words: Any) -> list[dict[str, Any]]:
    """The steps, one of them with other words."""
    steps = [dict(one) for one in WORDS["steps"]]
    steps[number] |= words
    return steps


@pytest.mark.parametrize(
    "other",
    [
        {"base": "ami-0fedcba9876543210"},
        {"contents": {"say": {"schemaVersion": "2.0"}}},
        {"steps": step(0, script="echo two")},
        {"steps": step(0, reboot=True)},
        {"steps": step(1, parameters={"words": ["b", "a"]})},
        {"steps": WORDS["steps"][::-1]},
        {"steps": WORDS["steps"][:1]},
        {"firstBoot": "echo first"},
        {"blockDevices": {"/dev/xvda": {"size": 30}}},
    ],
    ids=str,
)
def test_what_goes_into_an_image_makes_it_another(other: dict[str, Any]) -> None:
    assert of(**other) != of()


@pytest.mark.parametrize(
    "other",
    [
        {"description": "else"},
        {"instanceType": "m5.large"},
        {"launch": {"securityGroups": ["sg-0123abcd"]}},
        {"subnet": "subnet-0123abcd"},
        {"keep": 5},
        {"timeout": 600},
        {"steps": step(0, name="other", timeout=60)},
    ],
    ids=str,
)
def test_how_it_is_built_makes_no_other_image(other: dict[str, Any]) -> None:
    assert of(**other) == of()
