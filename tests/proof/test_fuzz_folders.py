"""No folder makes it fall over, nor does a commit: what was committed reads as it lies there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ReconcileError
from reconciler.load import load
from reconciler.revision import at
from tests.conftest import ESTATE, Proven
from tests.effort import EFFORT
from tests.proof.lot import Lot
from tests.schema.samples import SAMPLES

COUNT = 20 * EFFORT
NAMES = (
    *("a.yml", "b.yaml", "C.YML", "d", ".e.yml", "ü日.yml", "f g.yml", "-x.yml", "$(h).yml"),
    *("new\nline.yml", "\x1b[31m.yml", os.fsdecode(b"\xff.yml"), "*.yml", ":!i.yml", "a"),
)
TARGETS = (
    *("a.yml", "b.yaml", "d", ".", "..", "nowhere.yml", "../beside", "../beside/z.yml"),
    *("../beside/link.yml", "../nowhere", "/dev/zero", "/nowhere", "/"),
)
ATTRIBUTES = ("", "* export-ignore\n", "*.yml export-subst\n")


def test_a_strange_folder_is_read_or_told_of_and_so_is_the_commit_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proven: Proven
) -> None:
    wrong = []
    for number in range(COUNT):
        place, lot = tmp_path / str(number), Lot(number)
        place.mkdir()
        monkeypatch.chdir(place)
        _beside(place, lot)
        _filled(place / "desired", lot)
        _committed()
        lies, was = _read(_here), _read(_at_head)
        if lies != was:
            wrong.append(f"{number}: {lies} is not {was}")
    proven("inputs", ("strange folders, and commits of them",), (2 * COUNT,), wrong)
    assert wrong == []


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "estate.yml").write_text(ESTATE)
    os.mkfifo(tmp_path / "pipe.yml")
    with pytest.raises(ReconcileError, match=r"pipe.yml:1:1: is no file, but a pipe or a device"):
        load(str(tmp_path))


def _beside(place: Path, lot: Lot) -> None:
    """What links may lead to."""
    (place / "beside").mkdir()
    (place / "beside" / "z.yml").write_bytes(_content(lot))
    (place / "beside" / "link.yml").symlink_to("z.yml")
    (place / ".gitattributes").write_text(lot.choice(ATTRIBUTES))


def _filled(folder: Path, lot: Lot, depth: int = 2) -> None:
    """Files, links and folders by strange names; git keeps no folder without a file."""
    folder.mkdir()
    for name in {*lot.some(NAMES, 1, 5)}:
        what = lot.random()
        if what < 0.3:
            (folder / name).symlink_to(lot.choice(TARGETS))
        elif what < 0.4 and depth:
            _filled(folder / name, lot, depth - 1)
        else:
            (folder / name).write_bytes(_content(lot))
    if not any(one.is_file() and not one.is_symlink() for one in folder.iterdir()):
        (folder / "estate.yml").write_text(ESTATE)


def _content(lot: Lot) -> bytes:
    good = lot.choice(lot.choice([*SAMPLES.values()]))
    return lot.choice(
        [ESTATE.encode(), good.encode(), b"", b"\0", lot.randbytes(50), b"$Format:%H$"]
    )


def _committed() -> None:
    known = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.safecrlf=false")
    for asked in (
        ("init", "--quiet"),
        ("add", "--all", "--force"),
        ("commit", "--quiet", "--message", "strange"),
    ):
        subprocess.run(["git", *known, *asked], check=True, capture_output=True)


def _read(read: Callable[[], Any]) -> Any:
    """What is declared, or what is wrong."""
    try:
        estate, resources = read()
    except ReconcileError as wrong:
        return str(wrong).replace("HEAD:", "")
    return estate, [(one.key, one.spec) for one in resources]


def _here() -> Any:
    return load("desired")


def _at_head() -> Any:
    with at("HEAD", "desired") as path:
        return load(path)
