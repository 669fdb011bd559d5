"""Whole processes, and what each takes from its start to its end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler.sandbox.command import environment

REGION = "us-west-2"
_TIMED = Path(__file__).with_name("timed.py")
_HERE = Path(sys.executable).parent
RECONCILE = str(_HERE / "reconcile")


class Took(NamedTuple):
    """Seconds of the clock and of CPU, and bytes of memory at the peak, of all its processes."""

    wall: float
    cpu: float
    memory: float
    said: str = ""

    def and_then(self, other: Took) -> Took:
        """What both took, one after the other."""
        memory = max(self.memory, other.memory)
        return Took(self.wall + other.wall, self.cpu + other.cpu, memory)


def program(name: str) -> str | None:
    """Where a program is: first where Python itself is, since a version manager's stand-in on the
    PATH would be measured with it."""
    places = (str(_HERE), str(Path(sys.base_prefix, "bin")), os.environ.get("PATH", ""))
    return shutil.which(name, path=os.pathsep.join(places))


class Failed(Exception):
    """A command that has to go well did not; what it said stands on stderr."""


class Bench(NamedTuple):
    """Where commands run: a folder for what they write, and the AWS that they find."""

    folder: Path
    endpoint: str

    def run(self, *command: str, more: Mapping[str, str] | None = None) -> Took:
        """Run a command; raises `Failed`."""
        told = subprocess.run(
            [sys.executable, "-S", str(_TIMED), *command],
            env={**self._environment(), **(more or {})},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        if told.returncode:
            raise Failed(f"{' '.join(command)} ended with {told.returncode}")
        head, _, said = told.stdout.partition("\n")
        return Took(**json.loads(head), said=said)

    def reconcile(self, *arguments: str) -> Took:
        return self.run(RECONCILE, *arguments)

    def python(self, *arguments: str) -> Took:
        return self.run(sys.executable, *arguments)

    def _environment(self) -> dict[str, str]:
        # As after an installation: Python keeps what it compiles.
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        return {
            **environment({**kept, "AWS_REGION": REGION}, self.endpoint),
            "PYTHONPYCACHEPREFIX": str(self.folder / "compiled"),
            "RECONCILE_JOURNAL": str(self.folder / "journal.jsonl"),
        }
