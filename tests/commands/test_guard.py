"""Nothing dangerous happens by accident: limits, protection, and an estate that forgets itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import ESTATE
from tests.laws.cases import Clients
from tests.quick import reads
from tests.world import tag, tags, world


@pytest.fixture(autouse=True)
def parameters_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard looks at changes, of whatever kind."""
    reads(monkeypatch, "Parameter".__eq__)


def parameter(number: int, annotations: str = "{}", value: str = "x") -> str:
    return (
        "apiVersion: reconciler/v1\nkind: Parameter\n"
        f"metadata: {{name: p{number}, annotations: {annotations}}}\nspec: {{value: {value}}}\n"
    )


def estate(limits: str) -> str:
    return ESTATE.replace("[eu-central-1]", f"[eu-central-1], limits: {limits}")


def parameters(aws: Clients) -> list[str]:
    return sorted(world(aws)["Parameter"])


@pytest.mark.parametrize(
    ("limits", "there", "stay", "crossed"),
    [
        ("{}", 12, 7, ""),
        ("{}", 12, 5, "limits.deletesPercent: 50"),
        ("{}", 9, 1, ""),
        ("{}", 30, 19, "limits.deletes: 10"),
        ("{deletes: 1}", 3, 2, ""),
        ("{deletes: 1}", 3, 1, "limits.deletes: 1"),
        ("{deletesPercent: 0}", 10, 9, "limits.deletesPercent: 0"),
        ("{deletes: 100, deletesPercent: 100}", 20, 1, ""),
    ],
)
def test_limits_of_an_estate(
    limits: str,
    there: int,
    stay: int,
    crossed: str,
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
) -> None:
    desired(*map(parameter, range(there)), estate=estate(limits))
    reconcile("apply", "--yes")
    desired(*map(parameter, range(stay)), estate=estate(limits))
    planned, applied = reconcile("plan"), reconcile("apply", "--yes")
    assert (planned.status, applied.status) == ((3, 3) if crossed else (0, 0))
    assert f"Plan: {there - stay} to delete" in planned.out
    assert len(parameters(aws)) == (there if crossed else stay)
    if crossed:
        told = f"{there - stay} of {there} Parameter would be deleted or replaced"
        assert f"refused: {told}, which crosses {crossed}" in planned.err


def test_a_limit_can_be_lifted_for_one_run_and_no_further(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(*map(parameter, range(5)), estate=estate("{deletes: 0}"))
    reconcile("apply", "--yes")
    desired(*map(parameter, range(2)), estate=estate("{deletes: 0}"))
    refused = reconcile("apply", "--yes", "--allow-deletes", "2")
    assert refused.status == 3
    assert "crosses --allow-deletes 2" in refused.err
    assert reconcile("plan", "--allow-deletes", "3").status == 0
    assert reconcile("apply", "--yes", "--allow-deletes", "3").status == 0
    assert parameters(aws) == ["ci-p0", "ci-p1"]


def test_replacements_count_as_well(desired: Callable[..., None], reconcile: Any) -> None:
    limits = estate("{deletes: 1}")
    desired(*map(parameter, range(2)), estate=limits)
    reconcile("apply", "--yes")
    listed = [parameter(i).replace("value: x", "values: [x]") for i in range(2)]
    desired(*listed, estate=limits)
    refused = reconcile("plan")
    assert (refused.status, refused.out.count("± replace")) == (3, 2)


def test_an_estate_that_declares_nothing_is_always_refused(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(parameter(0))
    reconcile("apply", "--yes")
    desired(estate=estate("{deletes: 100, deletesPercent: 100}"))
    refused = reconcile("apply", "--yes", "--allow-deletes", "100")
    assert refused.status == 3
    assert "nothing is declared" in refused.err
    assert "`reconcile destroy` does that" in refused.err
    assert parameters(aws) == ["ci-p0"]
    assert reconcile("destroy", "--yes").status == 0
    assert parameters(aws) == []
    assert reconcile("plan").status == 0


PROTECT = '{reconciler/protect: "true"}'


@pytest.mark.parametrize(
    "then",
    [
        [parameter(1)],
        [parameter(1), parameter(0).replace("value: x", "values: [x]")],
        [parameter(1), parameter(0, PROTECT).replace("value: x", "values: [x]")],
    ],
    ids=["the document is gone", "unprotected and replaced at once", "replaced"],
)
def test_what_is_protected_is_neither_deleted_nor_replaced(
    then: list[str], aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(parameter(0, PROTECT), parameter(1))
    reconcile("apply", "--yes")
    assert tags(aws, "Parameter", "ci-p0")["reconciler:protect"] == "true"
    assert reconcile("plan", "--detailed-exitcode").status == 0
    before = world(aws)
    desired(*then)
    refused = reconcile("apply", "--yes", "--allow-deletes", "9")
    assert refused.status == 3
    assert "Parameter/p0 is protected" in refused.err
    destroyed = reconcile("destroy", "--yes")
    assert destroyed.status == 3
    assert world(aws) == before


def test_what_is_protected_changes_in_place_and_goes_in_two_steps(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(parameter(0, PROTECT), parameter(1))
    reconcile("apply", "--yes")
    desired(parameter(0, PROTECT, value="z"), parameter(1))
    assert reconcile("apply", "--yes").status == 0
    desired(parameter(0, value="z"), parameter(1))
    unprotected = reconcile("apply", "--yes")
    assert "tags.reconciler:protect  - true" in unprotected.out
    desired(parameter(1))
    assert reconcile("apply", "--yes").status == 0
    assert parameters(aws) == ["ci-p1"]


def test_protection_by_hand_counts(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(parameter(0), parameter(1))
    reconcile("apply", "--yes")
    tag(aws, "Parameter", "reconciler:protect", "true", name="ci-p0")
    assert reconcile("plan", "--detailed-exitcode").status == 0
    desired(parameter(1))
    assert reconcile("apply", "--yes").status == 3


def test_a_misspelled_protection_is_a_mistake(desired: Callable[..., None], reconcile: Any) -> None:
    desired(parameter(0, '{reconciler/protct: "true"}'))
    told = reconcile("validate").err
    assert "did you mean 'reconciler/protect'?" in told
    desired(parameter(0, "{reconciler/protect: true}"))
    assert "is not one of true, false" in reconcile("validate").err
