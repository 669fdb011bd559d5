"""What holds for every kind: it comes, changes, goes, and leaves what is not ours alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from reconciler.kinds import STANDING
from tests.laws.cases import BYSTANDER, CASES, DRIFTS, Case, Clients, document
from tests.world import tag, tags, world

pytestmark = pytest.mark.usefixtures("case_alone")
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)


@pytest.fixture(autouse=True)
def surroundings(aws: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second VPC, and a secret for who wants one."""
    monkeypatch.setenv("TOKEN", "a secret, and nobody's business")
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "second"}])


@each
def test_what_is_declared_is_made_and_then_there_is_nothing_to_do(
    case: Case, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(BYSTANDER, *case.around, document(case.kind, "one", case.spec))
    applied = reconcile("apply", "--yes")
    assert applied.status == 0, applied
    assert f"{len(case.around) + 2} created" in applied.out
    nothing(reconcile)


@each
def test_every_change_converges_at_once(
    case: Case, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(BYSTANDER, *case.around, document(case.kind, "one", case.spec))
    reconcile("apply", "--yes")
    for spec, action in case.edits:
        desired(BYSTANDER, *case.around, document(case.kind, "one", spec))
        applied = reconcile("apply", "--yes")
        assert f"{action} {case.kind}/one" in applied.out, (spec, applied)
        assert applied.status == 0, (spec, applied)
        nothing(reconcile)


@pytest.mark.parametrize(("case", "number"), DRIFTS, ids=lambda v: getattr(v, "kind", v))
def test_what_others_change_is_found_and_put_right(
    case: Case, number: int, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(BYSTANDER, *case.around, document(case.kind, "one", case.spec))
    reconcile("apply", "--yes")
    before = world(aws)
    case.drifts[number](aws)
    assert world(aws) != before
    found = reconcile("plan", "--detailed-exitcode")
    assert found.status == 2, found
    assert reconcile("apply", "--yes").status == 0
    nothing(reconcile)


@each
def test_what_git_no_longer_declares_goes_and_nothing_of_it_stays(
    case: Case, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(BYSTANDER, *case.around)
    reconcile("apply", "--yes")
    before = world(aws)
    for spec in (case.spec, case.edits[-1][0]):
        desired(BYSTANDER, *case.around, document(case.kind, "one", spec))
        reconcile("apply", "--yes")
        assert world(aws) != before
        desired(BYSTANDER, *case.around)
        assert f"delete {case.kind}/one" in reconcile("apply", "--yes").out
        assert world(aws) == before
        nothing(reconcile)


@each
def test_a_stranger_of_the_same_name_is_told_of_and_stays_as_it_is(
    case: Case, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(BYSTANDER, *case.around)
    reconcile("apply", "--yes")
    case.foreign(aws)
    before = world(aws)
    desired(BYSTANDER, *case.around, document(case.kind, "one", case.spec))
    planned = reconcile("plan")
    assert planned.status == 1
    assert f"conflict {case.kind}/one" in planned.out
    assert reconcile("apply", "--yes").status == 1
    assert reconcile("destroy", "--only", f"{case.kind}/*", "--yes").status == 0
    desired(BYSTANDER, *case.around)
    reconcile("apply", "--yes")
    assert world(aws)[case.kind]["ci-one"] == before[case.kind]["ci-one"]


@each
def test_tags_follow_git_and_those_of_others_stay(
    case: Case, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(
        BYSTANDER, *case.around, document(case.kind, "one", case.spec, "{team: a, cost center: b}")
    )
    reconcile("apply", "--yes")
    nothing(reconcile)
    tag(aws, case.kind, "billing", "x")
    nothing(reconcile)
    desired(BYSTANDER, *case.around, document(case.kind, "one", case.spec, "{team: c, stage: d}"))
    assert "tags.cost center  - b" in reconcile("apply", "--yes").out
    nothing(reconcile)
    present = {key: value for key, value in tags(aws, case.kind).items() if ":" not in key}
    assert present == {"team": "c", "stage": "d", "billing": "x"}


@each
def test_every_field_is_tried_here(case: Case) -> None:
    specs = [yaml.safe_load(spec) for spec in (case.spec, *(spec for spec, _ in case.edits))]
    tried = {field for spec in specs for field in spec}
    assert tried == {info.alias for info in STANDING[case.kind].spec.model_fields.values()}


def test_every_kind_is_tried_here() -> None:
    assert [case.kind for case in CASES] == list(STANDING)


def nothing(reconcile: Any) -> None:
    """There is nothing to do."""
    planned = reconcile("plan", "--detailed-exitcode")
    assert planned.status == 0, planned
