"""Tries the laws as far as they go, and writes PROOF.md: what was tried, and what failed."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

PROOF = Path("PROOF.md")
EFFORT = "20"
_TESTS = [str(path) for path in sorted(Path("tests/proof").glob("test_killed*.py"))]
_LIBRARIES = ("boto3", "moto", "pytest")


class Row(NamedTuple):
    """What was tried of an act on a kind."""

    of: str
    act: str
    numbers: list[int]
    """Operations, calls, cases and failures."""


KILLED = """\
## 1. Killed anywhere, converges

Each operation is ended before and after each call of AWS that it makes, reads too: each of these
is a case. Nothing is sent or heard after that. Then people do what they would: the command again
and, where it is told that a dead run has the lock, `unlock` and the command again. A loop that
died is followed by another one, without people. In the end AWS holds what it holds where nothing
was killed, ids and times aside, and nothing twice; what others have is as it was to the last bit;
and `plan` is empty.

An operation on one kind reads the kinds that it has to do with, and does one thing after the
other; "all kinds" is an estate of everything, side by side. Of a fleet three workers are wanted:
no look finds more than four alive, and nobody ends that was not to go. Where a launch of several
orders was killed between two, what is left of it counts as booting for two minutes, and comes
then. "Late listings" is the sandbox's weather `late`, while the program is killed and while
another one goes on; that one may fail, and the next may not.
"""


def main() -> int:
    """The exit status is pytest's."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        asked = [sys.executable, "-m", "pytest", "--dist", "load", f"--junitxml={report}", *_TESTS]
        status = subprocess.run(asked, env={**os.environ, "EFFORT": EFFORT}, check=False).returncode
        suite = ElementTree.parse(report).getroot()
    PROOF.write_text(proof(suite, time.monotonic() - begun))
    return status


def proof(suite: ElementTree.Element, seconds: float) -> str:
    """The text for what pytest reports."""
    rows = killed(suite)
    total = [sum(numbers) for numbers in zip(*(row.numbers for row in rows), strict=True)]
    lines = [_line(*row[:2], *row.numbers) for row in [*rows, Row("all", "", total)]]
    table = [
        "| of | operation | operations | calls | cases | failures |",
        "|---|---|--:|--:|--:|--:|",
    ]
    broken = len([case for case in suite.iter("testcase") if case.find("failure") is not None])
    head = [
        "# Proof",
        "",
        f"Written by `make prove`, in {seconds / 60:.0f} minutes. {_versions()}",
        f"Tests that failed: {broken}.",
        "",
    ]
    return "\n".join([*head, KILLED, *table, *lines, ""])


def killed(suite: ElementTree.Element) -> list[Row]:
    """A row for each act on each kind."""
    found: dict[tuple[str, str], list[int]] = {}
    for of, act, calls, cases, failures in _told(suite):
        before = found.get((of, act), [0, 0, 0, 0])
        now = (1, calls, cases, len(failures))
        found[of, act] = [one + more for one, more in zip(before, now, strict=True)]
    return [Row(of, act, numbers) for (of, act), numbers in found.items()]


def _told(suite: ElementTree.Element) -> Iterator[tuple[str, str, int, int, list[str]]]:
    for told in suite.iter("property"):
        if told.get("name") == "killed":
            yield json.loads(told.get("value", ""))


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _versions() -> str:
    ours = re.search(r'__version__ = "(.+)"', Path("reconciler/__init__.py").read_text())
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"reconcile {ours[1] if ours else ''}, Python {platform.python_version()}, {libraries}."


if __name__ == "__main__":
    sys.exit(main())
