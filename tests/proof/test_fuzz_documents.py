"""No document makes it fall over: neither by its size nor by its form, and none reads as another.

Whole programs read the files that are made to be too much, so that time and memory are theirs
alone. What is only strange is found by trying: a text that reaches a line of the loader that none
before it did is kept, and changed further.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest

from reconciler import load as loading
from reconciler.load import Mistakes, load
from tests.conftest import ESTATE, Proven
from tests.effort import EFFORT
from tests.proof.hard_documents import ALL, FEW, HIDDEN
from tests.schema.samples import SAMPLES

FINE, FAILED = 0, 1
MOST_SECONDS, MOST_MEGABYTES = 5, 500
# Where other programs work beside it, the same work counts for more seconds of a processor.
CROWDED = 3
_STATUS = Path("/proc/self/status")
_WATCHED = f"""\
import atexit, os, pathlib
from reconciler.cli import main

def peak():
    lines = pathlib.Path("{_STATUS}").read_text().splitlines()
    told = next(line for line in lines if line.startswith("VmHWM:"))
    pathlib.Path(os.environ["PEAK"]).write_text(told.split()[1])

atexit.register(peak)
main()
"""
_OURS = str(Path(loading.__file__).parent)


class Cost(NamedTuple):
    """How a program ended, and what it took."""

    status: int
    out: str
    seconds: float
    megabytes: float


def cost(folder: Path, *arguments: str) -> Cost:
    """Run the program by itself; it is ended where it takes far too long.

    It tells its memory itself: what is told of a process that has ended counts what its maker had.
    """
    peak = folder / "peak"
    limited = f'ulimit -t {MOST_SECONDS * CROWDED}; exec "$@"'
    process = subprocess.Popen(
        ["sh", "-c", limited, "sh", sys.executable, "-c", _WATCHED, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PEAK": str(peak)},
    )
    assert process.stdout
    with process.stdout as output:
        out = output.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    assert peak.exists(), (process.returncode, seconds, out[-1000:])
    return Cost(process.returncode, out, seconds, int(peak.read_text()) / 1024)


@pytest.mark.skipif(not _STATUS.exists(), reason="only Linux tells a program's own peak of memory")
@pytest.mark.parametrize("name", ALL if EFFORT > 1 else FEW)
def test_what_is_too_much_is_told_in_little_time_and_memory(
    name: str, tmp_path: Path, proven: Proven
) -> None:
    file = tmp_path / "a.yml"
    file.write_text(ALL[name](), "utf-8", newline="")
    found = cost(tmp_path, "validate", str(file))
    proven("inputs", ("documents that are too much",), (1,), [])
    assert found.status == FAILED or (found.status == FINE and "no mistake" in found.out), found
    assert "Traceback" not in found.out
    assert "unforeseen" not in found.out
    assert found.megabytes < MOST_MEGABYTES
    assert len(found.out) < 100_000


@pytest.mark.parametrize("sign", HIDDEN)
@pytest.mark.parametrize("where", ["in a comment", "in a value", "in a key"])
def test_what_a_reviewer_would_not_see_is_told_with_its_place(
    sign: str, where: str, tmp_path: Path
) -> None:
    hidden = f"a{HIDDEN[sign]}b"
    line = {"in a comment": f"# {hidden}", "in a value": f"x: {hidden}", "in a key": f"{hidden}: x"}
    file = tmp_path / "a.yml"
    file.write_text(f"{ESTATE}---\n{line[where]}\n", "utf-8", newline="")
    column = line[where].index(HIDDEN[sign]) + 1
    with pytest.raises(Mistakes) as told:
        load(str(file))
    assert f"a.yml:6:{column}: U+{ord(HIDDEN[sign]):04X}" in str(told.value)


_SIGNS = [
    *"{}[]:,-?&*!|>'\"%@`#\n \t~<=.01ax\r\0\x85",
    "---\n",
    "kind: ",
    "spec:\n  ",
    "!!",
    "<<: ",
    "&a ",
    "*a",
]
_STRANGE = [
    *"yn",
    "null",
    "~",
    "1e3",
    "0x1",
    "-1",
    "99999999999",
    "{}",
    "[]",
    "''",
    "true",
    "*",
    "2012-10-17",
]


def changed(text: str, others: list[str], dice: random.Random) -> str:
    """The text with one to three things changed in it."""
    for _ in range(dice.randint(1, 3)):
        start = dice.randint(0, len(text))
        end = min(len(text), start + dice.choice((0, 1, 5, 40)))
        other = dice.choice(others)
        cut = dice.randint(0, len(other))
        word = dice.choice((dice.choice(_SIGNS), dice.choice(_STRANGE), other[cut : cut + 40], ""))
        text = text[:start] + word + text[end:]
    return text


@contextmanager
def reached() -> Iterator[set[tuple[str, int]]]:
    """The lines of the loader that are come by meanwhile."""
    lines: set[tuple[str, int]] = set()

    def inside(frame: FrameType, _: str, __: Any) -> Any:
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return inside

    def called(frame: FrameType, event: str, argument: Any) -> Any:
        return inside if frame.f_code.co_filename.startswith(_OURS) else None

    before = sys.gettrace()
    sys.settrace(called)
    try:
        yield lines
    finally:
        sys.settrace(before)


def test_what_is_strange_is_read_or_its_mistakes_are_told(tmp_path: Path, proven: Proven) -> None:
    dice, file = random.Random(EFFORT), tmp_path / "a.yml"
    known = [text for texts in SAMPLES.values() for text in texts]
    seen: set[tuple[str, int]] = set()
    count = 150 * EFFORT**2
    for _ in range(count):
        text = changed(dice.choice(known), known, dice)
        file.write_text(text, "utf-8", errors="replace", newline="")
        with reached() as lines, suppress(Mistakes):
            load(str(file))
        if lines - seen:
            seen |= lines
            known.append(text)
    proven("inputs", ("strange documents",), (count,), [])
