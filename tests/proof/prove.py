"""Tries the laws as far as they go, and writes in PROOF.md what was tried, and what failed.

Each law has a section of its own, which stays until that law is tried again.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from tests.proof.sections import LAWS, Law

PROOF = Path("PROOF.md")
EFFORT = "20"
_LIBRARIES = ("boto3", "moto", "pytest")
_HEAD = """\
# Proof

The laws that this program is held to, how often each was tried, and how often it failed. `make
prove` writes this, and `make prove LAWS="killed weather"` the sections of these laws alone.
"""


class Row(NamedTuple):
    """What was tried of one thing."""

    of: tuple[str, ...]
    numbers: tuple[int, ...]
    """As the law counts, and the failures."""


def main(words: Sequence[str]) -> int:
    """Try the laws of these words, or all; the exit status is the worst of pytest's."""
    known = [law.word for law in LAWS]
    if strange := [word for word in words if word not in known]:
        print(f"no such law: {', '.join(strange)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    # What is written of one law is a change that the next need not tell of.
    worst, of = 0, _versions()
    for law in LAWS:
        if not words or law.word in words:
            status, section = _ran(law, of)
            worst = max(worst, status)
            PROOF.write_text(proof(PROOF.read_text() if PROOF.exists() else "", law, section))
    return worst


def _ran(law: Law, of: str) -> tuple[int, str]:
    """pytest's exit status for a law, and the law's section."""
    begun = time.monotonic()
    tests = [str(path) for glob in law.tests for path in sorted(Path().glob(glob))]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        asked = [sys.executable, "-m", "pytest", "--dist", "load", f"--junitxml={report}", *tests]
        effort = {"EFFORT": EFFORT, **os.environ}
        status = subprocess.run(asked, env=effort, check=False).returncode
        suite = ElementTree.parse(report).getroot()
    minutes = (time.monotonic() - begun) / 60
    return status, section(law, suite, f"In {minutes:.0f} minutes, {of}.")


def proof(before: str, law: Law, its: str) -> str:
    """The whole text, with this for the section of a law."""
    found = {one.splitlines()[0]: f"## {one.rstrip()}" for one in before.split("\n## ")[1:]}
    found[law.heading] = its.rstrip()
    order = [one.heading for one in LAWS]
    return "\n\n".join([_HEAD.rstrip(), *(found[one] for one in order if one in found)]) + "\n"


def section(law: Law, suite: ElementTree.Element, how: str) -> str:
    """What pytest reports of a law."""
    rows = tried(law, suite)
    broken = len([case for case in suite.iter("testcase") if case.find("failure") is not None])
    head = [f"## {law.heading}", "", law.text, f"{how} Tests that failed: {broken}.", ""]
    if not rows:
        return "\n".join([*head, "Nothing of it was tried."])
    total = tuple(sum(numbers) for numbers in zip(*(row.numbers for row in rows), strict=True))
    whole = Row(("all", *("" for _ in law.of[1:])), total)
    lines = [_line(*row.of, *row.numbers) for row in [*rows, whole]]
    heads = _line(*law.of, *law.counted, "failures")
    rule = f"|{'---|' * len(law.of)}{'--:|' * (len(law.counted) + 1)}"
    return "\n".join([*head, heads, rule, *lines])


def tried(law: Law, suite: ElementTree.Element) -> list[Row]:
    """A row for each thing that was tried of a law."""
    found: dict[tuple[str, ...], list[int]] = {}
    for case in suite.iter("testcase"):
        for of, counted, failures in _told(law, case):
            now = [*counted, len(failures)]
            before = found.get(tuple(of), [0] * len(now))
            found[tuple(of)] = [one + more for one, more in zip(before, now, strict=True)]
    return [Row(of, tuple(numbers)) for of, numbers in sorted(found.items())]


def _told(law: Law, case: ElementTree.Element) -> Iterator[tuple[list[str], list[int], list[str]]]:
    """What a test left word of, as the fixture `proven` does."""
    for told in case.iter("property"):
        if told.get("name") == law.word:
            yield json.loads(told.get("value", ""))


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _versions() -> str:
    ours = re.search(r'__version__ = "(.+)"', Path("reconciler/__init__.py").read_text())
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    python = f"Python {platform.python_version()}"
    return f"reconcile {ours[1] if ours else ''} of {commit or 'no commit'}, {python}, {libraries}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
