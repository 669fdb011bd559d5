"""Which commit documents come from, and how they were at another, by asking git."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType

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
    repository = _git(folder, "rev-parse", "--absolute-git-dir")
    if top is None or repository is None:
        raise ReconcileError(f"{documents} is in no git repository")
    if _git(folder, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") is None:
        raise ReconcileError(f"{ref} is no revision of the repository of {documents}")
    inside = folder.resolve().relative_to(top)
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place).resolve() / "documents"
        copy.mkdir()
        out = partial(_checked_out, repository, ref, copy)
        if not out(inside):
            raise ReconcileError(f"{documents} is not there at {ref}")
        _follow(copy, out)
        try:
            yield str(Path(copy, inside, "" if path.is_dir() else path.name))
        except ReconcileError as error:
            # As git calls what was there, where the copy's name would tell nobody anything.
            raise ReconcileError(str(error).replace(f"{copy}/", f"{ref}:")) from None


def _checked_out(repository: str, ref: str, copy: Path, inside: Path) -> bool:
    """Write what was there into the copy, as git writes it to a work tree, unless nothing was.

    An archive would lack what `.gitattributes` leave out of archives.
    https://git-scm.com/docs/gitattributes#_creating_an_archive
    """
    where = (f"--git-dir={repository}", f"--work-tree={copy}")
    # The repository's own index, sparse checkout and hooks are about its own work tree.
    settings = ("-c", "core.sparseCheckout=false", "-c", f"core.hooksPath={os.devnull}")
    index = {"GIT_INDEX_FILE": f"{copy}.index"}
    asked = (*where, *settings, "checkout", "--quiet", ref, "--", str(inside))
    return _git(copy, *asked, more=index) is not None


def _follow(copy: Path, out: Callable[[Path], bool]) -> None:
    """Write out what links lead to, and where those lead in turn."""
    asked: set[Path] = set()
    while elsewhere := _elsewhere(copy) - asked:
        asked |= elsewhere
        for target in elsewhere:
            out(target)


def _elsewhere(copy: Path) -> set[Path]:
    """Where links of the copy lead in the repository that is not copied yet."""
    links = (path for path in copy.rglob("*") if path.is_symlink() and not path.exists())
    targets = (Path(os.path.realpath(link)) for link in links)
    return {target.relative_to(copy) for target in targets if target.is_relative_to(copy)}


def _git(
    folder: Path, *arguments: str, more: Mapping[str, str] = MappingProxyType({})
) -> str | None:
    """What git says, or None where there is no git, no repository or no commit."""
    command = ["git", "--literal-pathspecs", "-C", str(folder), *arguments]
    env = {**os.environ, **more}
    try:
        ran = subprocess.run(command, capture_output=True, check=True, env=env)
    except (OSError, subprocess.CalledProcessError):
        return None
    # It says the names of files as they are, which may be no UTF-8.
    return os.fsdecode(ran.stdout).strip()
