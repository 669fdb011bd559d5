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

from tests.proof.sections import LAWS, Law

PROOF = Path("PROOF.md")
EFFORT = "20"
_LIBRARIES = ("boto3", "moto", "pytest")


class Row(NamedTuple):
    """What was tried of one thing."""

    of: tuple[str, ...]
    numbers: tuple[int, ...]
    """As the law counts, and the failures."""


def main() -> int:
    """The exit status is pytest's."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        tests = [
            str(path) for law in LAWS for glob in law.tests for path in sorted(Path().glob(glob))
        ]
        asked = [sys.executable, "-m", "pytest", "--dist", "load", f"--junitxml={report}", *tests]
        status = subprocess.run(asked, env={**os.environ, "EFFORT": EFFORT}, check=False).returncode
        suite = ElementTree.parse(report).getroot()
    PROOF.write_text(proof(suite, time.monotonic() - begun))
    return status


def proof(suite: ElementTree.Element, seconds: float) -> str:
    """The text for what pytest reports."""
    broken = len([case for case in suite.iter("testcase") if case.find("failure") is not None])
    head = [
        "# Proof",
        "",
        f"Written by `make prove`, in {seconds / 60:.0f} minutes. {_versions()}",
        f"Tests that failed: {broken}.",
        "",
    ]
    return "\n".join([*head, *(line for law in LAWS for line in _section(law, suite))])


def _section(law: Law, suite: ElementTree.Element) -> list[str]:
    rows, seconds = tried(law, suite)
    if not rows:
        return [f"## {law.heading}", "", law.text, "Nothing of it was tried.", ""]
    total = tuple(sum(numbers) for numbers in zip(*(row.numbers for row in rows), strict=True))
    whole = Row(("all", *("" for _ in law.of[1:])), total)
    lines = [_line(*row.of, *row.numbers) for row in [*rows, whole]]
    heads = _line(*law.of, *law.counted, "failures")
    rule = f"|{'---|' * len(law.of)}{'--:|' * (len(law.counted) + 1)}"
    took = f"It took {seconds / 60:.0f} minutes of the tests' time."
    return [f"## {law.heading}", "", law.text, took, "", heads, rule, *lines, ""]


def tried(law: Law, suite: ElementTree.Element) -> tuple[list[Row], float]:
    """A row for each thing that was tried of a law, and how long all of it took in seconds."""
    found: dict[tuple[str, ...], list[int]] = {}
    seconds = 0.0
    for case in suite.iter("testcase"):
        for of, counted, failures in _told(law, case):
            seconds += float(case.get("time", "0"))
            now = [*counted, len(failures)]
            before = found.get(tuple(of), [0] * len(now))
            found[tuple(of)] = [one + more for one, more in zip(before, now, strict=True)]
    return [Row(of, tuple(numbers)) for of, numbers in sorted(found.items())], seconds


def _told(law: Law, case: ElementTree.Element) -> Iterator[tuple[list[str], list[int], list[str]]]:
    """What a test left word of, as the fixture `proven` does."""
    for told in case.iter("property"):
        if told.get("name") == law.word:
            yield json.loads(told.get("value", ""))


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _versions() -> str:
    ours = re.search(r'__version__ = "(.+)"', Path("reconciler/__init__.py").read_text())
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"reconcile {ours[1] if ours else ''}, Python {platform.python_version()}, {libraries}."


if __name__ == "__main__":
    sys.exit(main())
