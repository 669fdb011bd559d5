"""The GitLab jobs' scripts do what they should, against a small server that answers as GitLab."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.docs.conftest import Ci
from tests.docs.pipelines import gitlab_script
from tests.laws.cases import document
from tests.world import world

PLAN, COMMENT, APPLY, APPLY_LEFT, DRIFT = map(
    gitlab_script, ("plan", "comment", "apply", "apply-left", "drift")
)
NOTES = "/projects/5/merge_requests/7/notes"
MARK = "<!-- reconcile plan -->\n\nearlier"
MERGED = "/projects/5/repository/commits/merged/merge_requests"


class GitLab:
    """What it answers to each path, and each call that would have changed something."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"/user": {"id": 1}}
        self.wrote: list[tuple[str, str, str]] = []

    def has_plan(self, text: str, ref: str = "head") -> None:
        at = f"/projects/5/jobs/artifacts/refs%2Fmerge-requests%2F7%2F{ref}/raw/plan.json?job=plan"
        self.answers[at] = json.loads(text)

    def has_notes(self, *pages: list[dict[str, Any]]) -> None:
        for number, page in enumerate(pages, 1):
            self.answers[f"{NOTES}?per_page=100&page={number}"] = page


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitLab]:
    there = GitLab()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.headers["Authorization"] == "Bearer secret" and self.path in there.answers
            self._answer(200 if found else 404, there.answers.get(self.path, {}))

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            there.wrote.append((self.command, self.path, sent["body"]))
            self._answer(201, {})

        def do_PUT(self) -> None:
            self.do_POST()

        def _answer(self, status: int, data: Any) -> None:
            path, _, page = self.path.rpartition("page=")
            following = f"{path}page={int(page) + 1}" if page.isdigit() else ""
            self.send_response(status)
            more = following in there.answers
            self.send_header("X-Next-Page", str(int(page) + 1) if more else "")
            self.end_headers()
            self.wfile.write(json.dumps(data).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    for name, value in {
        "CI_API_V4_URL": f"http://127.0.0.1:{server.server_port}",
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_COMMIT_SHA": "merged",
        "CI_PIPELINE_URL": "https://gitlab.example.com/acme/fleet/-/pipelines/900",
        "RECONCILE_TOKEN": "secret",
        "no_proxy": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    yield there
    server.shutdown()
    serving.join()
    server.server_close()


def note(number: int, author: int, body: str = MARK) -> dict[str, Any]:
    return {"id": number, "author": {"id": author}, "body": body}


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([[]], ("POST", NOTES)),
        ([[note(4, 1, "approved"), note(5, 1)]], ("PUT", f"{NOTES}/5")),
        ([[note(4, 2)] * 100, [note(6, 1)]], ("PUT", f"{NOTES}/6")),
        ([[note(4, 2)]], ("POST", NOTES)),
    ],
    ids=["first", "next", "further on", "forged"],
)
def test_there_is_one_comment_and_it_is_ours(
    ci: Ci, gitlab: GitLab, pages: list[list[dict[str, Any]]], expected: tuple[str, str]
) -> None:
    gitlab.has_notes(*pages)
    (ci.folder / "plan.md").write_text("### 1 to create\n")
    ran = ci.run(COMMENT)
    assert ran.returncode == 0, ran
    ((method, path, body),) = gitlab.wrote
    assert (method, path) == expected
    assert body == (
        "<!-- reconcile plan -->\n\n### 1 to create\n\n"
        "[The pipeline](https://gitlab.example.com/acme/fleet/-/pipelines/900) of merged.\n"
    )


def test_no_line_of_an_error_is_one_that_gitlab_obeys(ci: Ci, gitlab: GitLab) -> None:
    gitlab.has_notes([])
    (ci.folder / "problems.txt").write_text("wrong\n/approve\n")
    assert ci.run(COMMENT).returncode == 0
    ((*_, body),) = gitlab.wrote
    assert "### There is no plan" in body
    assert "\n\n    | wrong\n    | /approve\n" in body


def git(folder: Path, *arguments: str) -> None:
    me = ("-c", "user.name=me", "-c", "user.email=me@localhost")
    subprocess.run(["git", *me, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(("status", "passed"), [(0, 0), (2, 0), (1, 1), (3, 3)])
def test_what_is_planned_is_what_the_merge_would_make(ci: Ci, status: int, passed: int) -> None:
    origin, clone = ci.folder / "origin", ci.folder / "clone"
    git(ci.folder, "init", "--initial-branch=main", str(origin))
    for branch in ("main", "theirs"):
        git(origin, "checkout", "-B", branch)
        git(origin, "commit", "--allow-empty", "--message", branch)
    git(origin, "checkout", "main")
    (origin / "meanwhile.yml").touch()
    git(origin, "add", ".")
    git(origin, "commit", "--message", "meanwhile")
    git(ci.folder, "clone", "--branch=theirs", str(origin), str(clone))
    ci.folder = clone
    ci.program("reconcile", f"ls *.yml; echo 'reading …' >&2; echo why >&2; exit {status}")
    ran = ci.run(PLAN, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main")
    assert ran.returncode == passed, ran
    assert (clone / "plan.md").read_text() == "meanwhile.yml\n"
    assert (clone / "problems.txt").read_text() == "why\n"


@pytest.mark.parametrize("ref", ["head", "merge"])
def test_what_was_reviewed_is_applied_and_nothing_is_left(
    ci: Ci, gitlab: GitLab, ref: str, desired: Callable[..., None], reconcile: Any, aws: Any
) -> None:
    desired(document("Parameter", "one", "{value: a}"))
    reviewed = ci.folder / "plan.json"
    reconcile("plan", "--out", str(reviewed))
    gitlab.answers[MERGED] = [{"iid": 6, "state": "opened"}, {"iid": 7, "state": "merged"}]
    gitlab.has_plan(reviewed.read_text(), ref)
    ran = ci.run(APPLY)
    assert ran.returncode == 0, ran
    assert "Applied: 1 created." in ran.stdout
    assert world(aws)["Parameter"]["ci-one"]["Value"] == "a"


def test_what_is_left_waits_for_somebody_who_has_read_it(
    ci: Ci, gitlab: GitLab, desired: Callable[..., None], aws: Any
) -> None:
    desired(document("Parameter", "one", "{value: a}"))
    gitlab.answers[MERGED] = []
    ran = ci.run(APPLY)
    assert (ran.returncode, world(aws)["Parameter"]) == (2, {})
    assert "Parameter/one" in ran.stdout
    assert ci.run(APPLY_LEFT).returncode == 0
    assert world(aws)["Parameter"]["ci-one"]["Value"] == "a"


@pytest.mark.parametrize("token", ["secret", "wrong", ""])
def test_without_a_reviewed_plan_nothing_is_applied(ci: Ci, gitlab: GitLab, token: str) -> None:
    gitlab.answers[MERGED] = [{"iid": 7, "state": "merged"}]
    ci.program("reconcile", 'test "$1" = plan || touch applied')
    ran = ci.run(APPLY, RECONCILE_TOKEN=token)
    assert (ran.returncode, "no reviewed plan" in ran.stdout) == (0, True)
    assert not (ci.folder / "applied").exists()


@pytest.mark.parametrize(
    ("applied", "planned", "passed"),
    [(0, 0, 0), (0, 2, 2), (5, 2, 2), (5, 0, 0), (1, 0, 1), (3, 0, 3), (4, 0, 4), (0, 1, 1)],
)
def test_a_job_is_red_for_what_went_wrong_and_for_what_is_left(
    ci: Ci, gitlab: GitLab, applied: int, planned: int, passed: int
) -> None:
    gitlab.answers[MERGED] = [{"iid": 7, "state": "merged"}]
    gitlab.has_plan("{}")
    ci.program("reconcile", f'test "$1" = apply && exit {applied}; exit {planned}')
    assert ci.run(APPLY).returncode == passed


@pytest.mark.parametrize("status", [0, 1, 2])
def test_drift_fails_the_job(ci: Ci, status: int) -> None:
    ci.reconcile_ends(status)
    assert ci.run(DRIFT).returncode == status
