"""Which commit documents come from, and how they were at another, by asking git."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import ReconcileError
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


@contextmanager
def at(ref: str, documents: str) -> Iterator[str]:
    """The path of the documents as they were at a revision, for as long as the block runs."""
    path = Path(documents).absolute()
    folder = path if path.is_dir() else path.parent
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        raise ReconcileError(f"{documents} is in no git repository")
    if _git(folder, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") is None:
        raise ReconcileError(f"{ref} is no revision of the repository of {documents}")
    inside = folder.resolve().relative_to(top)
    with tempfile.TemporaryDirectory() as copy:
        archive = Path(copy, "documents.tar")
        made = _git(Path(top), "archive", f"--output={archive}", ref, "--", str(inside))
        if made is None:
            raise ReconcileError(f"{documents} is not there at {ref}")
        with tarfile.open(archive) as files:
            files.extractall(copy, filter="data")
        archive.unlink()
        yield str(Path(copy, inside, "" if path.is_dir() else path.name))


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None where there is no git, no repository or no commit."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return ran.stdout.strip()
