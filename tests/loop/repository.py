"""A repository of documents that others commit to."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.conftest import ESTATE


class Repository:
    """A repository that others commit to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")

    def commit(self, *documents: str, estate: str = ESTATE) -> str:
        (self.folder / "desired").mkdir(exist_ok=True)
        (self.folder / "desired" / "all.yml").write_text("---\n".join([estate, *documents]))
        self.git("add", "--all")
        who = ("-c", "user.name=ann", "-c", "user.email=ann@example.org")
        self.git(*who, "commit", "--quiet", "--allow-empty", "--message=x")
        return self.git("rev-parse", "HEAD")

    def back_to(self, commit: str) -> None:
        self.git("reset", "--quiet", "--hard", commit)

    @property
    def url(self) -> str:
        return self.folder.as_uri() + "#main"

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        return ran.stdout.strip()
