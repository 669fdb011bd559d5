"""Where documents come from: a directory, a file or standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reconciler.load.mistakes import Mistake
from reconciler.model import Location

SUFFIXES = (".yml", ".yaml")
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
        return _decoded(STDIN, Path(), sys.stdin.buffer.read(), mistakes)
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
            if not name.startswith(".") and name.lower().endswith(SUFFIXES):
                yield Path(folder, name)


def _read(file: Path, mistakes: list[Mistake]) -> list[Source]:
    try:
        return _decoded(str(file), file.parent, file.read_bytes(), mistakes)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        mistakes.append(_mistake(str(file), f"can't be read: {why}"))
        return []


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
