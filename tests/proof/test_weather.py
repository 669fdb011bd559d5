"""Whatever the weather: when it is over, a few passes make what a fair day would have made.

A history is an estate under a weather: it is made and then changed, by passes that may fail and say
why. All kinds are in one estate, and with EFFORT each kind has histories of its own, too, as many
of each weather as EFFORT says. One that fails comes again by its test's name and that EFFORT.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.conftest import Ran
from tests.effort import EFFORT
from tests.laws.cases import BYSTANDER, CASES, Case, Clients, document
from tests.proof.histories import lasting
from tests.world import world

# How often apply is tried while it rains, for each spec, and after it.
WHILE_IT_RAINS = 2
AFTERWARDS = 3
FINE, FAILED, LOCKED = 0, 1, 4

Told = Callable[..., Ran]


# The storm has the others in it, but for credentials that end.
WEATHERS = ("storm", "flaky", "late", "throttled", "expired") if EFFORT > 1 else ("storm",)
ESTATES = {"all": CASES, **({case.kind: (case,) for case in CASES} if EFFORT > 1 else {})}
HISTORIES = [
    pytest.param(cases, weather, seed, id=f"{name}-{weather}-{seed}")
    for name, cases in ESTATES.items()
    for weather in WEATHERS
    for seed in range(EFFORT)
]


def days(cases: Sequence[Case], lot: str) -> list[list[str]]:
    """What is declared at first, and what it is changed to."""
    around = [text for case in cases for text in (BYSTANDER, *case.around)]
    edits = [Random(f"{lot} {case.kind}").choice(case.edits)[0] for case in cases]
    return [
        [
            *dict.fromkeys(around),
            *(document(case.kind, "one", spec) for case, spec in zip(cases, specs, strict=True)),
        ]
        for specs in ([case.spec for case in cases], edits)
    ]


_STATEMENTS = """[
  {Sid: One, Effect: Allow, Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::a/*"]},
  {Effect: Deny, Action: ["ec2:RunInstances", "ec2:CreateTags"], Resource: "*"},
  {Effect: Allow, NotAction: "iam:*", Resource: ["arn:aws:s3:::b", "arn:aws:s3:::a"]}
]"""
_TRUSTED = """[
  {Effect: Allow, Action: "sts:AssumeRole",
   Principal: {AWS: ["111122223333", "arn:aws:iam::444455556666:root"]}},
  {Effect: Allow, Action: ["sts:AssumeRole"], Principal: {Service: [ec2.amazonaws.com]},
   Condition: {StringEquals: {"sts:ExternalId": [a, b]}}}
]"""
REWORDED = [
    document(
        "Policy", "long", f'{{document: {{Version: "2012-10-17", Statement: {_STATEMENTS}}}}}'
    ),
    document("Role", "long", f'{{trustPolicy: {{Version: "2012-10-17", Statement: {_TRUSTED}}}}}'),
]
"""What there are many words for."""


@pytest.fixture(autouse=True)
def surroundings(aws: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second VPC, a secret for who wants one, and what belongs to somebody else."""
    monkeypatch.setenv("TOKEN", "a secret, and nobody's business")
    surround(aws)


def surround(aws: Clients) -> None:
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "second"}])
    aws("ec2").create_security_group(GroupName="theirs", Description="Not yours")
    aws("ssm").put_parameter(Name="theirs", Type="String", Value="x")


@pytest.fixture
def told(reconcile: Told) -> Told:
    """Commands, each of which ends well or says why not."""

    def run(*arguments: str) -> Ran:
        ran = reconcile(*arguments)
        assert ran.status in (FINE, FAILED, LOCKED), ran
        assert "Traceback" not in ran.out + ran.err, ran
        assert ran.status == FINE or ran.err or "failed" in ran.out, ran
        if ran.status == LOCKED:
            # A pass that could not free its lock has left it, and says what to do.
            dead = re.search(r"`reconcile (unlock) (\S+)`", ran.err)
            if dead:
                run(*dead.groups())
        return ran

    return run


@pytest.fixture
def fair_day(
    aws: Clients, desired: Callable[..., None], weathered: Sandbox, told: Told
) -> Callable[[list[list[str]]], Any]:
    """What is there after these documents, one after the other, in an empty account."""

    def world_after(declared: list[list[str]]) -> Any:
        weathered.reset()
        surround(aws)
        for documents in declared:
            desired(*documents)
            assert told("apply", "--yes").status == FINE
        return lasting(world(aws))

    return world_after


@pytest.mark.parametrize(("cases", "weather", "seed"), HISTORIES)
def test_after_any_weather_a_few_passes_make_what_a_fair_day_makes(
    cases: Sequence[Case],
    weather: str,
    seed: int,
    aws: Clients,
    desired: Callable[..., None],
    weathered: Sandbox,
    told: Told,
    reconcile: Told,
    fair_day: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # With few retries of the SDK's own, passes fail; with as many as usual, answers get lost.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", str(Random(seed).choice((2, 8))))
    declared = days(cases, f"{weather} {seed}")
    weathered.weather(weather, seed)
    for documents in declared:
        desired(*documents)
        for _ in range(WHILE_IT_RAINS):
            told("apply", "--yes")
    weathered.weather("fair")
    passes = [told("apply", "--yes")]
    while passes[-1].status != FINE and len(passes) < AFTERWARDS:
        passes.append(told("apply", "--yes"))
    assert reconcile("plan", "--detailed-exitcode").status == FINE, passes
    found = lasting(world(aws))
    # What a document leaves to AWS may hang on what was there before, if that came true at all.
    assert found == fair_day(declared) or found == fair_day(declared[1:])


@pytest.mark.parametrize("seed", range(1 if EFFORT == 1 else 3 * EFFORT))
def test_what_comes_back_in_other_words_is_no_change(
    seed: int, desired: Callable[..., None], weathered: Sandbox, reconcile: Told
) -> None:
    for day, documents in enumerate(days(CASES, f"echo {seed}")):
        weathered.weather("echo", seed)
        desired(*documents, *REWORDED)
        assert reconcile("apply", "--yes").status == FINE
        for other in range(2):
            weathered.weather("echo", 1000 + 10 * seed + 2 * day + other)
            planned = reconcile("plan", "--detailed-exitcode")
            assert planned.status == FINE, (other, planned.out)
