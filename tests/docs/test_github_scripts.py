"""The GitHub workflow's scripts do what they should, with the real `reconcile` where it matters."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest

from tests.docs.conftest import Ci
from tests.docs.pipelines import script
from tests.laws.cases import document
from tests.world import world

pytestmark = pytest.mark.skipif(not shutil.which("jq"), reason="the stand-in for gh needs jq")

PLAN = script("plan", "Plan")
WRITE, PUT = script("comment", "Write the comment"), script("comment", "Put it")
FIND, APPLY = script("apply", "Find"), script("apply", "Apply")
LEFT = script("apply", "Show what is left")
LOOK, ISSUE = script("drift", "Look"), script("report", "Open")

BOT, MARK = {"login": "github-actions[bot]"}, "<!-- reconcile plan -->\n\nearlier"
COMMENTS = "repos/acme/fleet/issues/7/comments"
PULLS = "repos/acme/fleet/commits/merged/pulls"
RUNS = (
    "repos/acme/fleet/actions/workflows/reconcile.yml/runs?event=pull_request&head_sha=reviewedsha"
)
ISSUES = "repos/acme/fleet/issues?state=open&per_page=100"
OURS = {"full_name": "acme/fleet"}


def commented(ci: Ci, *there: dict[str, Any]) -> list[tuple[str, str, dict[str, str]]]:
    ci.gh_answers({f"{COMMENTS}?per_page=100": list(there)})
    assert ci.run(WRITE, HEAD="0123abc").returncode == 0
    assert ci.run(PUT, NUMBER="7").returncode == 0
    return ci.gh_wrote()


def pulled(**other: Any) -> dict[str, Any]:
    head = {"sha": "reviewedsha", "repo": OURS}
    return {"merged_at": "2026", "merge_commit_sha": "merged", "head": head, **other}


def ran(**other: Any) -> dict[str, Any]:
    return {"id": 77, "conclusion": "success", "head_repository": OURS, **other}


def keep(ci: Ci, run: str) -> None:
    """What the step `Keep the plan` does."""
    artifact = ci.gh / run / "reconcile-plan"
    artifact.mkdir(parents=True)
    (ci.folder / "plan.json").rename(artifact / "plan.json")


@pytest.mark.parametrize(("status", "passed"), [(0, 0), (2, 0), (1, 1), (3, 3)])
def test_a_plan_is_red_when_nobody_could_apply_it(ci: Ci, status: int, passed: int) -> None:
    ci.reconcile_ends(status, "the plan\n", "reading …\nrefused: too much\n")
    assert ci.run(PLAN).returncode == passed
    assert (ci.folder / "plan.md").read_text() == "the plan\n"
    assert (ci.folder / "problems.txt").read_text() == "refused: too much\n"


def test_the_first_comment_is_a_new_one(ci: Ci) -> None:
    (ci.folder / "plan.md").write_text("### 1 to create\n")
    ((method, path, fields),) = commented(ci)
    assert (method, path) == ("POST", COMMENTS)
    assert fields["body"] == (
        "<!-- reconcile plan -->\n\n### 1 to create\n\n"
        "[The run](https://github.example.com/acme/fleet/actions/runs/900) of 0123abc.\n"
    )


def test_the_next_one_takes_its_place(ci: Ci) -> None:
    (ci.folder / "plan.md").write_text("### Nothing to do\n")
    other, ours = {"id": 4, "user": BOT, "body": "tests passed"}, {"id": 5, "user": BOT}
    ((method, path, fields),) = commented(ci, other, {**ours, "body": MARK})
    assert (method, path) == ("PATCH", "repos/acme/fleet/issues/comments/5")
    assert "### Nothing to do" in fields["body"]


def test_a_comment_with_a_forged_mark_is_left_alone(ci: Ci) -> None:
    """Its author could change it after the plan was written there."""
    forged = {"id": 6, "user": {"login": "mallory"}, "body": MARK}
    ((method, path, _),) = commented(ci, forged)
    assert (method, path) == ("POST", COMMENTS)


def test_the_comment_says_that_there_is_no_plan_and_why(ci: Ci) -> None:
    (ci.folder / "plan.md").write_text("")
    (ci.folder / "problems.txt").write_text("all.yml:3:1: `wrong` ``` @everyone\n/close é")
    ((_, _, fields),) = commented(ci)
    lines = fields["body"].splitlines()
    assert "### There is no plan" in lines
    assert lines[-2:] == ["    | all.yml:3:1: `wrong` ``` @everyone", "    | /close é"]
    assert lines[-3] == ""


def test_a_comment_is_never_too_long_for_github(ci: Ci) -> None:
    (ci.folder / "plan.md").write_text("x" * 63_999 + "\n")
    (ci.folder / "problems.txt").write_text("é" * 5000)
    ((_, _, fields),) = commented(ci)
    assert len(fields["body"].encode()) < 65_536
    assert "�" not in fields["body"]


@pytest.fixture
def reviewed(ci: Ci, desired: Callable[..., None], aws: Any) -> Ci:
    """A CI where a plan was made on a pull request that is merged by now."""
    desired(document("Parameter", "one", "{value: a}"))
    planned = ci.run(PLAN)
    assert planned.returncode == 0, planned
    assert "Parameter/one" in (ci.folder / "plan.md").read_text()
    keep(ci, "77")
    ci.gh_answers({PULLS: [pulled()], RUNS: {"workflow_runs": [ran()]}})
    return ci


def test_what_was_reviewed_is_applied_and_nothing_is_left(reviewed: Ci, aws: Any) -> None:
    for step in (FIND, APPLY, LEFT):
        assert reviewed.run(step, RUN="").returncode == 0
    assert world(aws)["Parameter"]["ci-one"]["Value"] == "a"
    assert "Nothing to do" in (reviewed.gh / "summary").read_text()


def test_what_is_stale_changes_nothing_and_can_be_applied_by_who_reads_it_anew(
    reviewed: Ci, aws: Any, desired: Callable[..., None]
) -> None:
    desired(document("Parameter", "one", "{value: another}"))
    assert reviewed.run(FIND, RUN="").returncode == 0
    applied = reviewed.run(APPLY)
    assert (applied.returncode, "::warning::stale" in applied.stdout) == (0, True)
    assert world(aws)["Parameter"] == {}
    left = reviewed.run(LEFT)
    assert left.returncode == 2
    assert "gh workflow run reconcile.yml --field run=900" in left.stdout
    assert "Parameter/one" in (reviewed.gh / "summary").read_text()

    keep(reviewed, "900")
    shutil.rmtree(reviewed.folder / "reviewed")
    by_hand = {"GITHUB_EVENT_NAME": "workflow_dispatch", "RUN": "900"}
    for step in (FIND, APPLY, LEFT):
        assert reviewed.run(step, **by_hand).returncode == 0
    assert world(aws)["Parameter"]["ci-one"]["Value"] == "another"


@pytest.mark.parametrize(
    ("pulls", "runs"),
    [
        ([], [ran()]),
        ([pulled(merged_at=None)], [ran()]),
        ([pulled(merge_commit_sha="another")], [ran()]),
        ([pulled(head={"sha": "reviewedsha", "repo": {"full_name": "fork/fleet"}})], [ran()]),
        ([pulled(head={"sha": "reviewedsha", "repo": None})], [ran()]),
        ([pulled()], []),
        ([pulled()], [ran(conclusion="failure")]),
        ([pulled()], [ran(conclusion=None)]),
        ([pulled()], [ran(head_repository={"full_name": "fork/fleet"})]),
        ([pulled()], [ran(id=78)]),
    ],
    ids=["pushed", "open", "other", "fork", "gone", "none", "red", "running", "fork's", "expired"],
)
def test_without_a_reviewed_plan_nothing_is_applied(
    ci: Ci, pulls: list[Any], runs: list[Any]
) -> None:
    (ci.folder / "plan.json").write_text("{}")
    keep(ci, "77")
    ci.gh_answers({PULLS: pulls, RUNS: {"workflow_runs": runs}})
    found = ci.run(FIND, RUN="")
    assert (found.returncode, "no reviewed plan" in found.stdout) == (0, True)
    ci.program("reconcile", "touch applied")
    assert ci.run(APPLY).returncode == 0
    assert not (ci.folder / "applied").exists()


@pytest.mark.parametrize(("status", "passed"), [(0, 0), (5, 0), (1, 1), (3, 3), (4, 4)])
def test_an_apply_goes_on_only_when_it_is_done_or_stale(ci: Ci, status: int, passed: int) -> None:
    (ci.folder / "reviewed").mkdir()
    (ci.folder / "reviewed" / "plan.json").write_text("{}")
    ci.reconcile_ends(status)
    assert ci.run(APPLY).returncode == passed


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_what_is_left_is_red(ci: Ci, status: int) -> None:
    ci.reconcile_ends(status, "the plan\n")
    assert ci.run(LEFT).returncode == status
    assert (ci.gh / "summary").read_text() == "the plan\n"


@pytest.mark.parametrize(("status", "passed"), [(0, 0), (2, 0), (1, 1)])
def test_drift_is_told_to_the_next_job(ci: Ci, status: int, passed: int) -> None:
    ci.reconcile_ends(status, "SecurityGroup/one + 0.0.0.0/0\n")
    assert ci.run(LOOK).returncode == passed
    assert (ci.gh / "output").read_text() == f"status={status}\n"


ISSUE_THERE = {"number": 3, "user": BOT, "body": "<!-- reconcile drift -->"}
OTHERS = [
    {"number": 1, "user": BOT, "body": None},
    {"number": 2, "user": {"login": "mallory"}, "body": "<!-- reconcile drift -->"},
]


@pytest.mark.parametrize(
    ("status", "there", "expected"),
    [
        ("2", OTHERS, [("POST", "repos/acme/fleet/issues")]),
        ("2", [*OTHERS, ISSUE_THERE], [("PATCH", "repos/acme/fleet/issues/3")]),
        ("0", [*OTHERS, ISSUE_THERE], [("PATCH", "repos/acme/fleet/issues/3")]),
        ("0", OTHERS, []),
    ],
    ids=["open", "update", "close", "quiet"],
)
def test_there_is_one_issue_while_there_is_drift(
    ci: Ci, status: str, there: list[Any], expected: list[tuple[str, str]]
) -> None:
    (ci.folder / "drift.txt").write_text("SecurityGroup/one + 0.0.0.0/0\n")
    ci.gh_answers({ISSUES: there})
    assert ci.run(ISSUE, STATUS=status).returncode == 0
    wrote = ci.gh_wrote()
    assert [call[:2] for call in wrote] == expected
    for *_, fields in wrote:
        if status == "2":
            assert "    | SecurityGroup/one + 0.0.0.0/0" in fields["body"]
        else:
            assert fields == {"state": "closed"}
