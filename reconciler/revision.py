"""Which commit documents come from, by asking git."""

from __future__ import annotations

import subprocess
from pathlib import Path

from reconciler.saved import Revision


def revision(documents: str) -> Revision | None:
    """The commit of the repository that holds the documents, or None where there is none."""
    path = Path(documents)
    folder = path if path.is_dir() else path.parent
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    changed = _git(folder, "status", "--porcelain", "--", path.name if path.is_file() else ".")
    return Revision(commit=commit, dirty=changed != "")


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None where there is no git, no repository or no commit."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return ran.stdout.strip()
