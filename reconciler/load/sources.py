"""Where documents come from: a directory, a file or standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reconciler.fields.files import whole
from reconciler.load.mistakes import Mistake
from reconciler.model import Location

SUFFIXES = (".yml", ".yaml")
LARGEST = 2_000_000
"""Bytes of a file: thousands of documents, which take seconds to read."""
STDIN = "<stdin>"


class Source(NamedTuple):
    """One file's text. `folder` is what relative paths in it start from."""

    name: str
    folder: Path
    text: str


def sources(path: str, mistakes: list[Mistake]) -> list[Source]:
    """Every file of documents at `path`, in the order of their names; `mistakes` gets the rest.

    Nothing that is there is passed over in silence: what is not declared would be deleted.
    """
    if path == "-":
        return _read(None, mistakes)
    files = [Path(path)]
    if os.path.isdir(path):
        files = sorted(_files(path, mistakes))
        if not files and not mistakes:
            mistakes.append(_mistake(path, "no .yml or .yaml file in this directory"))
    return [source for file in files for source in _read(file, mistakes)]


def _files(root: str, mistakes: list[Mistake]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        mistakes.append(_mistake(error.filename, f"can't be read: {error.strerror}"))

    for folder, folders, files in os.walk(root, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            if os.path.islink(os.path.join(folder, name)):
                told = "is a link to a directory, which is not followed"
                mistakes.append(_mistake(os.path.join(folder, name), told))
        for name in files:
            file = Path(folder, name)
            if name.startswith(".") or not name.lower().endswith(SUFFIXES):
                continue
            if file.exists() and not file.is_file():
                # To read a pipe is to wait for whoever writes to it.
                mistakes.append(_mistake(str(file), "is no file, but a pipe or a device"))
            else:
                yield file


def _read(file: Path | None, mistakes: list[Mistake]) -> list[Source]:
    """A file, or standard input where there is none."""
    name, folder = (str(file), file.parent) if file else (STDIN, Path())
    try:
        return _decoded(name, folder, _content(file), mistakes)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        mistakes.append(_mistake(name, f"can't be read: {why}"))
        return []


def _content(file: Path | None) -> bytes:
    if file is None:
        return whole(sys.stdin.buffer, LARGEST)
    with file.open("rb") as opened:
        return whole(opened, LARGEST)


def _decoded(name: str, folder: Path, content: bytes, mistakes: list[Mistake]) -> list[Source]:
    try:
        return [Source(name, folder, content.decode("utf-8-sig"))]
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        mistakes.append(_mistake(name, "is not UTF-8 text", line, column))
        return []


def _mistake(name: str, what: str, line: int = 1, column: int = 1) -> Mistake:
    return Mistake(Location(name, line, column), what)
