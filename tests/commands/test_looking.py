"""Documents looked at without AWS: what they come to, what hangs on what, what a branch changes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.sandbox import Sandbox
from tests.conftest import ESTATE
from tests.laws.cases import document

TRUST = (
    '{Version: "2012-10-17", Statement: {Effect: Allow, Action: "sts:AssumeRole", '
    "Principal: {Service: ec2.amazonaws.com}}}"
)
ROLE = document("Role", "worker", f"{{trustPolicy: {TRUST}}}", "{team: x}")
PROFILE = document("InstanceProfile", "worker", "{role: worker}")
GROUP = document("SecurityGroup", 'a#"b"'.replace('"', ""), "{description: A}")
SECRET = document("Parameter", "token", "{secret: {file: token}}")


@pytest.fixture(autouse=True)
def nothing_is_asked_of_aws(aws: object, sandbox: Sandbox) -> Iterator[None]:
    yield
    assert sandbox.requests == []


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        known = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "-c",
            "init.defaultBranch=main",
        ]
        command = ["git", *known, *arguments]
        ran = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    return run


@pytest.fixture
def committed(desired: Callable[..., None], git: Callable[..., str], tmp_path: Path) -> None:
    """A first commit of all of the above."""
    desired(ROLE, PROFILE, GROUP, SECRET)
    (tmp_path / "desired" / "token").write_text("hush\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "x")


def test_render_says_every_default_and_aws_s_names(
    desired: Callable[..., None], reconcile: Any
) -> None:
    desired(ROLE, PROFILE, GROUP, SECRET)
    shown = list(yaml.safe_load_all(reconcile("render").out))
    assert [(one["kind"], one["metadata"]["name"]) for one in shown] == [
        ("InstanceProfile", "ci-worker"),
        ("Parameter", "ci-token"),
        ("Role", "ci-worker"),
        ("SecurityGroup", "ci-a#b"),
    ]
    assert shown[0]["spec"] == {"path": "/", "role": "ci-worker"}
    assert shown[1]["spec"]["secret"] == {"file": "token"}
    assert shown[2]["metadata"]["tags"] == {"team": "x"}
    assert shown[2]["spec"]["maxSessionDuration"] == 3600
    assert shown[3]["metadata"]["regions"] == ["eu-central-1"]
    assert shown[3]["spec"]["egress"] == [
        {"protocol": "all", "cidrs": ["0.0.0.0/0"], "description": ""}
    ]


def test_a_graph_has_an_arrow_for_each_reference(
    desired: Callable[..., None], reconcile: Any
) -> None:
    desired(ROLE, PROFILE, GROUP)
    assert reconcile("graph").out == (
        "flowchart LR\n"
        '  n0["InstanceProfile/worker"]\n'
        '  n1["Role/worker"]\n'
        '  n2["SecurityGroup/a#35;b (eu-central-1)"]\n'
        "  n0 --> n1\n"
    )
    drawn = reconcile("graph", "--format", "dot").out
    assert '  "InstanceProfile/worker" -> "Role/worker";\n' in drawn
    assert '  "SecurityGroup/a#b (eu-central-1)";\n' in drawn


def test_svg_needs_graphviz_and_says_so(
    desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired(ROLE, PROFILE)
    if shutil.which("dot"):
        assert "</svg>" in reconcile("graph", "--format", "svg").out
    monkeypatch.setenv("PATH", "")
    told = reconcile("graph", "--format", "svg")
    assert told.status == 1
    assert "install graphviz" in told.err


def test_diff_is_what_a_merge_would_change(
    committed: None, desired: Callable[..., None], git: Callable[..., str], reconcile: Any
) -> None:
    same = reconcile("diff", "HEAD", "--detailed-exitcode")
    assert (same.status, same.out.splitlines()[-1]) == (0, "Nothing to do: 4 unchanged.")
    desired(ROLE.replace("team: x", "team: z"), GROUP.replace("description: A", "description: B"))
    changed = reconcile("diff", "main", "--detailed-exitcode")
    assert changed.status == 2
    for told in (
        "- delete InstanceProfile/worker",
        "- delete Parameter/token",
        "tags.team  x → z",
        "description  A → B  forces the replacement",
        "Plan: 1 to update, 1 to replace, 2 to delete, 0 unchanged.",
    ):
        assert told in changed.out
    assert "Nothing to do" not in reconcile("diff", "main", "desired/all.yml").out


def test_diff_reads_all_that_was_committed(
    committed: None, git: Callable[..., str], reconcile: Any, tmp_path: Path
) -> None:
    """What is left out of archives, and where links lead, though that is beside the documents."""
    (tmp_path / ".gitattributes").write_text("desired export-ignore\n")
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "group.yml").write_text(
        document("SecurityGroup", "z", "{description: A}")
    )
    (tmp_path / "common" / "link.yml").symlink_to("group.yml")
    (tmp_path / "desired" / "z.yml").symlink_to("../common/link.yml")
    git("add", "--all")
    git("commit", "--quiet", "--message", "links")
    same = reconcile("diff", "HEAD", "--detailed-exitcode")
    assert (same.status, same.out.splitlines()[-1]) == (0, "Nothing to do: 5 unchanged.")
    (tmp_path / "common" / "group.yml").write_text(
        document("SecurityGroup", "z", "{description: B}")
    )
    assert "description  A → B" in reconcile("diff", "HEAD").out
    assert git("status", "--porcelain").split() == ["M", "common/group.yml"]


def test_a_link_that_leads_nowhere_is_told_of_by_diff(
    committed: None, git: Callable[..., str], reconcile: Any, tmp_path: Path
) -> None:
    link = tmp_path / "desired" / "z.yml"
    for target in ("../nowhere.yml", "z.yml", "/nowhere.yml", os.fsdecode(b"../\xff.yml")):
        link.symlink_to(target)
        git("add", "--all")
        git("commit", "--quiet", "--message", "a link")
        link.unlink()
        told = reconcile("diff", "HEAD")
        assert told.status == 1
        assert told.err.startswith("HEAD:desired/z.yml:1:1: can't be read: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["diff", "nowhere"], "nowhere is no revision of the repository of desired"),
        (["diff", "--output=x"], "No such option"),
        (["diff", "HEAD", "later"], "later is not there at HEAD"),
    ],
)
def test_what_diff_can_t_do_it_says(
    arguments: list[str], told: str, committed: None, reconcile: Any, tmp_path: Path
) -> None:
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "all.yml").write_text(ESTATE)
    ran = reconcile(*arguments)
    assert ran.status == 1
    assert told in ran.err


def test_diff_outside_of_git_says_so(desired: Callable[..., None], reconcile: Any) -> None:
    desired(ROLE)
    ran = reconcile("diff", "main")
    assert ran.status == 1
    assert "desired is in no git repository" in ran.err
