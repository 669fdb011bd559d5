"""Where the loop's documents come from, and which of them it takes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.errors import ReconcileError
from reconciler.loop import git
from reconciler.loop.clone import Remote, cloned
from reconciler.loop.kept import Folder, Kept
from tests.conftest import ESTATE
from tests.laws.cases import document
from tests.loop.repository import Repository
from tests.loop.turned import Clock

ONE = document("Parameter", "one", "{value: x}")
WRONG = document("Parameter", "one", "{valeu: x}") + "---\n" + document("Parmeter", "two", "{}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def cloning(repository: Repository, clock: Clock) -> Iterator[Kept]:
    with cloned(Remote.parsed(repository.url), "desired", 30, clock.now) as source:
        yield Kept(source)


@pytest.fixture
def kept(repository: Repository, clock: Clock) -> Iterator[Kept]:
    with cloning(repository, clock) as kept:
        yield kept


def names(kept: Kept) -> list[str]:
    return [resource.key.name for resource in kept.newest().declared.resources]


def test_each_pass_goes_by_the_branch_s_newest_commit(repository: Repository, kept: Kept) -> None:
    first = repository.commit()
    assert (names(kept), kept.newest().commit) == ([], first)
    repository.commit(ONE)
    assert names(kept) == ["one"]
    repository.back_to(first)
    assert (names(kept), kept.newest().commit) == ([], first)
    assert kept.trouble == ""


def test_a_commit_with_mistakes_keeps_the_last_good_one_and_all_its_files(
    repository: Repository, kept: Kept
) -> None:
    good = repository.commit(ONE)
    path = Path(kept.newest().path, "all.yml")
    bad = repository.commit(WRONG)
    for _ in range(2):
        assert (kept.newest().commit, "valeu" in path.read_text()) == (good, False)
    assert kept.trouble.startswith(f"commit {bad[:12]} of file://")
    assert "desired/all.yml:9:8: Parameter/one: spec.valeu: unknown field" in kept.trouble
    assert "desired/all.yml:12:7: unknown kind 'Parmeter'" in kept.trouble
    assert str(path) not in kept.trouble
    better = repository.commit(ONE)
    assert (kept.newest().commit, kept.trouble) == (better, "")


@pytest.mark.parametrize("what", ["no file", "no Estate"])
def test_documents_that_vanish_are_a_mistake_and_nothing_else(
    what: str, repository: Repository, kept: Kept
) -> None:
    good = repository.commit(ONE)
    kept.newest()
    if what == "no file":
        shutil.rmtree(repository.folder / "desired")
        repository.git("add", "--all")
        repository.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x")
    else:
        repository.commit(ONE, estate="")
    assert (kept.newest().commit, names(kept)) == (good, ["one"])
    assert "can't be read" in kept.trouble or "no Estate" in kept.trouble


def test_a_server_that_is_gone_keeps_the_last_good_commit_and_is_asked_less_and_less(
    repository: Repository, clock: Clock, kept: Kept
) -> None:
    good = repository.commit(ONE)
    kept.newest()
    away = repository.folder.rename(repository.folder.with_name("away"))
    assert kept.newest().commit == good
    assert "can't be fetched: git fetch: fatal:" in kept.trouble
    away.rename(repository.folder)
    newer = repository.commit(ONE)
    assert kept.newest().commit == good
    clock.seconds += 30
    assert (kept.newest().commit, kept.trouble) == (newer, "")


def test_the_next_run_begins_with_the_last_good_commit_where_it_gets_none_better(
    repository: Repository, clock: Clock
) -> None:
    good = repository.commit(ONE)
    with cloning(repository, clock) as first:
        first.newest()
    repository.commit(WRONG)
    with cloning(repository, clock) as second:
        assert (second.newest().commit, names(second)) == (good, ["one"])
        assert "valeu" in second.trouble
    shutil.rmtree(repository.folder)
    with cloning(repository, clock) as third:
        assert (third.newest().commit, names(third)) == (good, ["one"])
        assert "can't be fetched" in third.trouble


def test_where_nothing_was_ever_good_the_loop_does_not_begin(
    repository: Repository, kept: Kept
) -> None:
    repository.commit(WRONG)
    with pytest.raises(ReconcileError, match="valeu"):
        kept.newest()


def test_documents_of_another_estate_are_not_taken(repository: Repository, kept: Kept) -> None:
    good = repository.commit(ONE)
    kept.newest()
    for other in (ESTATE.replace("acme", "bmce"), ESTATE.replace("eu-central-1", "us-west-2")):
        repository.commit(ONE, estate=other)
        assert kept.newest().commit == good
        assert "this is the loop of Estate/acme in eu-central-1" in kept.trouble


def test_two_loops_of_one_host_do_not_share_a_clone(
    repository: Repository, clock: Clock, kept: Kept
) -> None:
    repository.commit(ONE)
    with pytest.raises(ReconcileError, match="another `reconcile run` on this host"):
        cloning(repository, clock).__enter__()
    assert names(kept) == ["one"]


def test_what_a_git_left_that_was_killed_is_in_nobodys_way(
    repository: Repository, kept: Kept
) -> None:
    repository.commit()
    inside = Path(kept.newest().path).parent / ".git"
    for left in ("index.lock", "shallow.lock", "HEAD.lock", "refs/reconcile/fetched.lock"):
        (inside / left).touch()
    newer = repository.commit(ONE)
    assert (kept.newest().commit, kept.trouble) == (newer, "")


def test_names_and_passwords_in_a_url_are_never_told(repository: Repository, clock: Clock) -> None:
    remote = Remote.parsed("https://ann:canary-3f9a@127.0.0.1:9/fleet#main")
    refused = pytest.raises(ReconcileError, match="can't be fetched")
    with refused as told, cloned(remote, "desired", 30, clock.now) as source:
        Kept(source).newest()
    assert "canary" not in str(told.value)
    assert str(remote) == "https://127.0.0.1:9/fleet#main"


@pytest.mark.parametrize("text", ["", "#main", "--upload-pack=x", "u#--force", "u#+main", "u#a:b"])
def test_what_git_would_take_for_something_else_is_refused(text: str) -> None:
    with pytest.raises(ReconcileError, match="URL#BRANCH"):
        Remote.parsed(text)


@pytest.mark.parametrize("path", ["/etc", "../other", "a/../../b"])
def test_the_folder_is_inside_of_the_repository(
    path: str, repository: Repository, clock: Clock
) -> None:
    with pytest.raises(ReconcileError, match="PATH is a folder inside"):
        cloned(Remote.parsed(repository.url), path, 30, clock.now).__enter__()


def test_a_folder_is_read_anew_each_time(desired: Callable[..., None], clock: Clock) -> None:
    desired()
    kept = Kept(Folder("desired", clock.stopping))
    assert names(kept) == []
    desired(ONE)
    assert names(kept) == ["one"]
    Path("desired/all.yml").unlink()
    assert names(kept) == ["one"]
    assert "no .yml or .yaml file" in kept.trouble


def test_a_folder_that_is_being_written_to_is_left_until_it_is_done(
    desired: Callable[..., None],
) -> None:
    desired(ONE)
    deeds = iter([desired, lambda: desired(ONE)])
    kept = Kept(Folder("desired", lambda _: None))
    assert names(kept) == ["one"]

    kept = Kept(Folder("desired", lambda _: next(deeds, lambda: None)()))
    with pytest.raises(ReconcileError, match="desired is being changed at this moment"):
        names(kept)
    # Again it is written to meanwhile, and then no more.
    with pytest.raises(ReconcileError, match="being changed"):
        names(kept)
    assert names(kept) == ["one"]


def test_standard_input_can_not_be_read_again(clock: Clock) -> None:
    with pytest.raises(ReconcileError, match="name a folder"):
        Folder("-", clock.stopping)


def test_a_git_that_does_not_answer_is_given_up_with_all_that_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = tmp_path / "never"
    os.mkfifo(never)
    script = tmp_path / "git"
    script.write_text(f"#!/bin/sh\nsh -c 'read line < {never}'\n:\n")
    script.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(git, "_PATIENCE", 0.1)
    with pytest.raises(ReconcileError, match="git fetch: no answer within"):
        git.git(tmp_path, "fetch")
