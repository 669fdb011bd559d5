"""Files that are read whole, and so may have no more than anybody would write."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

LARGEST = 1_000_000
"""Bytes of what a document includes: SSM's and IAM's own limits are far below."""


def whole_text(file: Path, most: int = LARGEST) -> str:
    """A file's text; raises `OSError`, or `ValueError` where it is too large or not UTF-8."""
    with file.open("rb") as opened:
        return whole(opened, most).decode("utf-8")


def whole(opened: BinaryIO, most: int) -> bytes:
    """All that is to be read; raises `ValueError` where that is more than `most` bytes.

    A device or a pipe has no size to be asked for before.
    """
    content = opened.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it has more than {most:,} bytes, which is too large")
    return content
