"""What is forgotten stays in AWS, and is nobody's any more."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.laws.cases import BYSTANDER, CASES, Case, Clients, document
from tests.world import tag, tags, world

pytestmark = pytest.mark.usefixtures("case_alone")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_what_is_forgotten_stays_as_it_is_without_our_tags(
    case: Case, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(BYSTANDER, *case.around, document(case.kind, "one", case.spec, "{team: x}"))
    reconcile("apply", "--yes")
    tag(aws, case.kind, "billing", "y")
    before = world(aws)[case.kind]["ci-one"]
    forgotten = reconcile("forget", f"{case.kind}/one", "--yes")
    assert forgotten.status == 0, forgotten
    after = world(aws)[case.kind]["ci-one"]
    assert {**after, "Tags": None} == {**before, "Tags": None}
    assert tags(aws, case.kind) == {"team": "x", "billing": "y"}
    assert f"conflict {case.kind}/one" in reconcile("plan").out
    desired(BYSTANDER, *case.around)
    assert reconcile("plan", "--detailed-exitcode").status == 0


def test_a_generated_key_s_private_half_is_forgotten_with_it(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(BYSTANDER, document("KeyPair", "one", "{generate: {type: rsa}}"))
    reconcile("apply", "--yes")
    assert reconcile("forget", "KeyPair/one", "--yes").status == 0
    desired(BYSTANDER)
    assert reconcile("plan", "--detailed-exitcode").status == 0
    assert "/ec2/keypair/ci-one" in world(aws)["Parameter"]


def test_it_asks_and_what_is_not_ours_is_told(
    aws: Clients, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired(document("Parameter", "one", "{value: x}"))
    reconcile("apply", "--yes")
    before = world(aws)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"no\n")))
    assert reconcile("forget", "Parameter/one").status == 1
    assert world(aws) == before
    told = reconcile("forget", "Parameter/two", "--yes")
    assert told.status == 1
    assert "Parameter/two is not the estate's" in told.err
