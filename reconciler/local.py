"""What a person's machine keeps for convenience: copies of what AWS has and logs, for nobody else's
eyes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TextIO
from urllib.parse import quote

from reconciler.errors import ReconcileError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def state_folder(asked: Path | None) -> Path:
    """Where the copies are: as the command line says, or by the system's custom."""
    from platformdirs import user_state_path

    return (asked or user_state_path("reconcile")).absolute()


def keep(root: Path, folders: tuple[str, ...], name: str, content: str) -> Path:
    """Have a file with this content, only for its owner, in folders that are only for him.

    No link is followed below the root. A file that is there and not as one of ours is stays.
    """
    path = root.joinpath(*folders, quote(name, safe=""))
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _inside(root, folders) as folder:
            _keep(folder, path, content.encode())
    except OSError as error:
        raise ReconcileError(
            f"{path} can't be written ({error.strerror}): --state-path names another place"
        ) from None
    return path


def new_log(root: Path, folders: tuple[str, ...], name: str) -> tuple[Path, TextIO]:
    """A new file to write to, only for its owner, in folders that are only for him; its path."""
    path = root.joinpath(*folders, quote(name, safe=""))
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _inside(root, folders) as folder:
            file = os.open(path.name, _NEW, 0o600, dir_fd=folder)
    except OSError as error:
        raise ReconcileError(f"{path} can't be written ({error.strerror})") from None
    # Line by line, so that it tells all when nobody is left to close it.
    return path, open(file, "w", buffering=1, encoding="utf-8")


@contextmanager
def _inside(root: Path, folders: tuple[str, ...]) -> Iterator[int]:
    """The innermost of the folders, made where it is not there."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in folders:
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=folder)
            outer, folder = folder, os.open(name, _FOLDER, dir_fd=folder)
            os.close(outer)
            # A umask takes bits away when it is made, and somebody may have given some since.
            os.fchmod(folder, 0o700)
        yield folder
    finally:
        os.close(folder)


def _keep(folder: int, path: Path, content: bytes) -> None:
    there = _content(folder, path)
    if there != content:
        _replace(folder, path.name, content)


def _content(folder: int, path: Path) -> bytes | None:
    """What is in the file, or None where there is none; refuses one that is not as ours are."""
    try:
        file = os.open(path.name, _READ, dir_fd=folder)
    except FileNotFoundError:
        return None
    with open(file, "rb") as opened:
        found = os.fstat(file)
        ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink == 1
        if not ours or stat.S_IMODE(found.st_mode) & 0o077:
            raise ReconcileError(
                f"{path} is there and was not written by this command, which lets nobody else read "
                "its files: it stays as it is; move it away, or let --state-path name another place"
            )
        return opened.read()


def _replace(folder: int, name: str, content: bytes) -> None:
    """Write it whole under another name first: nobody ever finds a half of it."""
    new = f".{token_hex(8)}"
    file = os.open(new, _NEW, 0o600, dir_fd=folder)
    try:
        with open(file, "wb") as opened:
            os.fchmod(file, 0o600)
            opened.write(content)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(new, dir_fd=folder)
        raise
