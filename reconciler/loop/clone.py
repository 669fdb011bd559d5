"""A clone of a repository that is the loop's own, and the documents of its newest good commit."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Self

from reconciler.errors import ReconcileError
from reconciler.fields.wording import without_passwords
from reconciler.load import load
from reconciler.loop.done import Documents
from reconciler.loop.git import git
from reconciler.loop.kept import same_estate
from reconciler.loop.schedule import backed_off

_FETCHED, _GOOD = "refs/reconcile/fetched", "refs/reconcile/good"
_SHORT = 12


class Remote(NamedTuple):
    """A repository and its branch; none means the one that it names itself."""

    url: str
    branch: str

    @classmethod
    def parsed(cls, text: str) -> Self:
        """From URL#BRANCH; raises `ReconcileError` for what git would take for something else."""
        url, _, branch = text.rpartition("#") if "#" in text else (text, "", "")
        if not url or url.startswith("-") or branch.startswith(("-", "+")) or ":" in branch:
            raise ReconcileError(
                f"--source {without_passwords(text)} is not of the form URL#BRANCH, such as "
                "git@github.com:acme/fleet#main"
            )
        # A folder's path is meant from here, and git will be somewhere else.
        return cls(os.path.abspath(url) if os.path.isdir(url) else url, branch)

    def __str__(self) -> str:
        return without_passwords(self.url) + (f"#{self.branch}" if self.branch else "")


class Clone:
    """Documents at `path` of a repository, fetched before each pass."""

    def __init__(
        self, folder: Path, remote: Remote, path: str, interval: float, now: Callable[[], float]
    ) -> None:
        self._folder, self._remote, self._path = folder, remote, path
        self._interval, self._now = interval, now
        self._failures, self._next_try, self._why = 0, now(), ""

    def newest(self, before: Documents | None) -> Documents:
        """The documents of the branch's newest commit."""
        self._unlock()
        commit = self._fetched()
        if before and commit == before.commit:
            return before
        try:
            found = self._at(commit)
            same_estate(before, found.declared)
        except ReconcileError as error:
            if before:
                # What its documents name is read from files while a pass goes on.
                self._at(before.commit)
            told = f"commit {commit[:_SHORT]} of {self._remote}: {error}"
            raise ReconcileError(told) from None
        git(self._folder, "update-ref", _GOOD, commit)
        return found

    def earlier(self) -> Documents | None:
        """The documents of the last commit that was good, by this clone's own memory."""
        try:
            return self._at(git(self._folder, "rev-parse", "--verify", _GOOD))
        except ReconcileError:
            return None

    def _unlock(self) -> None:
        """Take away what a git left that was killed: nobody else works here, and it would stay."""
        for left in (self._folder / ".git").rglob("*.lock"):
            left.unlink(missing_ok=True)

    def _fetched(self) -> str:
        """The newest commit; a server that does not answer is asked less and less often."""
        if self._now() < self._next_try:
            raise ReconcileError(self._why)
        try:
            refs = f"+{self._remote.branch or 'HEAD'}:{_FETCHED}"
            options = ("--quiet", "--no-tags", "--depth=1")
            git(self._folder, "fetch", *options, "--", self._remote.url, refs)
        except ReconcileError as error:
            self._failures += 1
            self._next_try = self._now() + backed_off(self._interval, self._failures)
            self._why = f"{self._remote} can't be fetched: {error}"
            raise ReconcileError(self._why) from None
        self._failures = 0
        return git(self._folder, "rev-parse", "--verify", f"{_FETCHED}^{{commit}}")

    def _at(self, commit: str) -> Documents:
        """The documents of a commit, whose files are there from now on."""
        git(self._folder, "checkout", "--quiet", "--force", "--detach", commit)
        git(self._folder, "clean", "--quiet", "-ffdx")
        path = str(self._folder / self._path)
        try:
            return Documents(load(path), path, commit)
        except ReconcileError as error:
            # Whoever reads this knows the repository, and not where its clone is.
            raise ReconcileError(str(error).replace(f"{self._folder}{os.sep}", "")) from None


@contextmanager
def cloned(remote: Remote, path: str, interval: float, now: Callable[[], float]) -> Iterator[Clone]:
    """The clone for a loop, which is nobody else's meanwhile; at first it is empty."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ReconcileError(f"{path}: with --source, PATH is a folder inside of it")
    folder = _folder(remote, path)
    with _alone(folder):
        git(folder, "init", "--quiet")
        yield Clone(folder, remote, path, interval, now)


def _folder(remote: Remote, path: str) -> Path:
    from platformdirs import user_state_path

    name = hashlib.sha256("\n".join([*remote, path]).encode()).hexdigest()[:_SHORT]
    folder = user_state_path("reconcile") / "sources" / name
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ReconcileError(f"{folder} can't be made: {error.strerror}") from None
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two loops that check out in one folder would each find the other's documents."""
    with folder.with_suffix(".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ReconcileError(
                f"another `reconcile run` on this host uses the clone {folder}: stop it first"
            ) from None
        yield
