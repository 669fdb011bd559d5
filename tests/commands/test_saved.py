"""What was reviewed is what is applied, or nothing is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.conftest import ESTATE
from tests.laws.cases import CASES, Case, Clients, document
from tests.world import tag, world

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "saved-plan.json").read_text())

# What there is, what git says then, and so one change of each sort.
KEPT, GONE, OTHER, NEW = (
    document("Parameter", name, f"{{value: {name}x}}") for name in ("kept", "gone", "other", "new")
)
BEFORE = (KEPT, GONE, OTHER)
AFTER = (KEPT.replace("keptx", "changed"), OTHER.replace("value: otherx", "values: [a]"), NEW)


@pytest.fixture
def saved(desired: Callable[..., None], reconcile: Any, tmp_path: Path) -> Path:
    """A plan of an update, a replacement, a deletion and a creation."""
    desired(*BEFORE)
    reconcile("apply", "--yes")
    desired(*AFTER)
    file = tmp_path / "plan.json"
    assert reconcile("plan", "--out", str(file), "--detailed-exitcode").status == 2
    return file


def test_a_saved_plan_is_carried_out_once(saved: Path, aws: Clients, reconcile: Any) -> None:
    applied = reconcile("apply", str(saved), "--yes")
    assert applied.status == 0
    assert "Applied: 1 created, 1 updated, 1 replaced, 1 deleted." in applied.out
    assert reconcile("plan", "--detailed-exitcode").status == 0
    before = world(aws)
    again = reconcile("apply", str(saved), "--yes")
    assert again.status == 5
    for told in ("kept has moved", "new has moved: it is there by now", "gone has moved: it is"):
        assert told in again.err
    assert world(aws) == before


def test_the_file_is_as_its_schema_says(saved: Path) -> None:
    plan = json.loads(saved.read_text())
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(plan, SCHEMA)
    assert [(change["action"], change["name"]) for change in plan["changes"]] == [
        ("delete", "gone"),
        ("update", "kept"),
        ("create", "new"),
        ("replace", "other"),
    ]


def test_the_same_plan_is_the_same_file(saved: Path, reconcile: Any, tmp_path: Path) -> None:
    reconcile("plan", "--out", str(tmp_path / "again.json"))
    assert (tmp_path / "again.json").read_bytes() == saved.read_bytes()


@pytest.mark.parametrize("name", ["kept", "gone", "other", "new"])
def test_whatever_moved_is_named_and_nothing_is_changed(
    name: str, saved: Path, aws: Clients, reconcile: Any
) -> None:
    there = name != "new"
    aws("ssm").put_parameter(Name=f"ci-{name}", Value="theirs", Overwrite=there, Type="String")
    before = world(aws)
    refused = reconcile("apply", str(saved), "--yes")
    assert refused.status == 5
    told = [line for line in refused.err.splitlines() if " has moved: " in line]
    assert len(told) == 1, refused
    assert told[0].startswith(f"Parameter/{name} has moved: ")
    assert world(aws) == before


@pytest.mark.parametrize("name", ["kept", "gone", "other"])
def test_another_tag_or_none_at_all_is_a_move_as_well(
    name: str, saved: Path, aws: Clients, reconcile: Any
) -> None:
    tag(aws, "Parameter", "team", "theirs", name=f"ci-{name}")
    assert f"Parameter/{name} has moved: tags.team None → theirs" in (
        reconcile("apply", str(saved), "--yes").err
    )
    aws("ssm").delete_parameter(Name=f"ci-{name}")
    assert f"Parameter/{name} has moved: it is gone" in reconcile("apply", str(saved), "--yes").err


@pytest.mark.usefixtures("case_alone")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_a_move_is_seen_of_every_kind(
    case: Case,
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "second"}])
    desired(*case.around, document(case.kind, "one", case.spec))
    reconcile("apply", "--yes")
    desired(*case.around, document(case.kind, "one", case.edits[0][0]))
    assert reconcile("plan", "--out", "plan.json", "--detailed-exitcode").status == 2
    case.drifts[0](aws)
    before = world(aws)
    refused = reconcile("apply", "plan.json", "--yes")
    assert refused.status == 5
    assert f"{case.kind}/one has moved: " in refused.err
    assert world(aws) == before


def test_what_the_plan_does_not_touch_may_move_and_is_not_touched(
    saved: Path, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    aws("ssm").put_parameter(Name="theirs", Value="x", Type="String")
    desired(*AFTER, document("Parameter", "later", "{value: x}"))
    assert reconcile("apply", str(saved), "--yes").status == 0
    assert "Plan: 1 to create" in reconcile("plan").out


def test_other_documents_are_refused(
    saved: Path, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    before = world(aws)
    desired(*AFTER[1:], AFTER[0].replace("changed", "otherwise"))
    refused = reconcile("apply", str(saved), "--yes")
    assert refused.status == 5
    assert refused.err.splitlines()[-1] == (
        "desired no longer declares what was planned: plan again"
    )
    desired(*AFTER, GONE)
    assert reconcile("apply", str(saved), "--yes").status == 5
    desired(*AFTER, estate=ESTATE.replace("acme", "other"))
    assert "the plan is for Estate/acme" in reconcile("apply", str(saved), "--yes").err
    assert world(aws) == before


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (lambda text: text[: len(text) // 2], "is cut short, or is no saved plan"),
        (lambda text: text.replace('"version": 2', '"version": 1'), "is no plan of version 2"),
        (lambda text: text.replace("keptx", "keptz"), "was edited since it was written"),
        (lambda text: text.replace('"action": "delete"', '"action": "keep"'), "was edited"),
        (lambda text: text.replace('"unchanged"', '"unchangd"'), "was edited"),
        (lambda text: "", "is cut short"),
        (lambda text: "[]", "is no plan of version 2"),
    ],
)
def test_a_broken_plan_is_refused_in_one_line(
    broken: Callable[[str], str], told: str, saved: Path, aws: Clients, reconcile: Any
) -> None:
    before = world(aws)
    saved.write_text(broken(saved.read_text()))
    refused = reconcile("apply", str(saved), "--yes")
    assert refused.status == 5, refused
    assert told in refused.err
    assert len(refused.err.strip().splitlines()) == 1
    assert world(aws) == before


def test_the_commit_is_told_and_whether_the_tree_was_dirty(
    desired: Callable[..., None], reconcile: Any, tmp_path: Path
) -> None:
    desired(KEPT)

    def git(*arguments: str) -> str:
        known = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        ran = subprocess.run(
            ["git", *known, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return ran.stdout.strip()

    def revision() -> Any:
        reconcile("plan", "--out", "plan.json")
        return json.loads((tmp_path / "plan.json").read_text())["revision"]

    assert revision() is None
    git("init", "-q")
    git("add", "desired")
    git("commit", "-q", "-m", "x")
    assert revision() == {"commit": git("rev-parse", "HEAD"), "dirty": False}
    desired(NEW)
    assert revision() == {"commit": git("rev-parse", "HEAD"), "dirty": True}
    told = f"the plan of desired at commit {git('rev-parse', 'HEAD')[:12]} and what was not"
    assert told in reconcile("apply", "plan.json", "--yes").err


def test_no_secret_is_in_the_file(
    desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desired(document("Parameter", "a", "{secret: {env: TOKEN}}"))
    for value in ("canary-1", "canary-2"):
        monkeypatch.setenv("TOKEN", value)
        reconcile("plan", "--out", "plan.json")
        assert "canary" not in (tmp_path / "plan.json").read_text()
        assert reconcile("apply", "plan.json", "--yes").status == 0
    assert "another value" in (tmp_path / "plan.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["plan", "--out", "plan.yml"], "the name of a saved plan ends in .json"),
        (["plan", "--out", "nowhere/plan.json"], "can't be written"),
        (["apply", "plan.json"], "can't be read"),
        (["apply", "plan.json", "--only", "Role/*"], "a saved plan is applied whole"),
    ],
)
def test_mistakes_with_files_are_told(
    arguments: list[str], told: str, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(KEPT)
    ran = reconcile(*arguments)
    assert ran.status == 1
    assert told in ran.err
