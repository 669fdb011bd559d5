"""What images keep of a machine's disk, and machines begin with."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def copy(disk: Path, to: Path) -> None:
    """All files, folders and links; there may be none to copy.

    Of a disk that is in use, what comes and goes meanwhile may be lacking.
    """
    if disk.exists():
        with suppress(shutil.Error):
            shutil.copytree(disk, to, symlinks=True, ignore=_special)


def _special(folder: str, names: Sequence[str]) -> list[str]:
    """Pipes and sockets, at which copying would wait for somebody."""
    found = [Path(folder, name) for name in names]
    return [one.name for one in found if one.exists() and not (one.is_file() or one.is_dir())]
