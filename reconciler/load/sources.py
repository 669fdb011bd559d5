"""Where documents come from: a directory, a file or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from reconciler.load.mistakes import Mistake, Mistakes
from reconciler.model import Location

SUFFIXES = (".yml", ".yaml")


class Source(NamedTuple):
    """One file's text. `folder` is what relative paths in it start from."""

    name: str
    folder: Path
    text: str


def sources(path: str) -> list[Source]:
    """Every file of documents at `path`, in the order of their names."""
    if path == "-":
        return [Source("<stdin>", Path(), _decoded("<stdin>", sys.stdin.buffer.read()))]
    root = Path(path)
    if root.is_dir():
        files = sorted(file for file in root.rglob("*") if _is_ours(file, root))
        if not files:
            raise _mistake(path, "no .yml or .yaml file in this directory")
    else:
        files = [root]
    return [Source(str(file), file.parent, _read(file)) for file in files]


def _is_ours(file: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
    return file.suffix in SUFFIXES and not hidden and file.is_file()


def _read(file: Path) -> str:
    try:
        return _decoded(str(file), file.read_bytes())
    except OSError as error:
        raise _mistake(str(file), f"can't be read: {error.strerror}") from None


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _mistake(name, "is not UTF-8 text", line) from None


def _mistake(name: str, what: str, line: int = 1) -> Mistakes:
    return Mistakes([Mistake(Location(name, line, 1), what)])
