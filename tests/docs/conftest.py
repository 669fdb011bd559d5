"""A CI for the pipelines' scripts: a shell, an empty folder, and a `gh` that records its calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


class Ci:
    """Runs scripts as a CI does, in a folder with what earlier ones have left."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self.folder = folder
        self.bin = bin_folder
        self.gh = bin_folder.parent / "gh"
        self.gh.mkdir()
        self.program("gh", f'exec "{sys.executable}" "{HERE / "fake_gh.py"}" "$@"')

    def program(self, name: str, body: str) -> None:
        """Put a program on the PATH, before any of the same name."""
        file = self.bin / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    def reconcile_ends(self, status: int, out: str = "", err: str = "") -> None:
        """From here on `reconcile` is one that says this and nothing else."""
        (self.bin / "out").write_text(out)
        (self.bin / "err").write_text(err)
        here = '"$(dirname "$0")"'
        self.program("reconcile", f"cat {here}/out; cat {here}/err >&2; exit {status}")

    def run(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.environment(), **more},
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> Mapping[str, str]:
        path = f"{self.bin}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {
            **os.environ,
            "PATH": path,
            "FAKE_GH": str(self.gh),
            "GITHUB_REPOSITORY": "acme/fleet",
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_RUN_ID": "900",
            "GITHUB_SHA": "merged",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_OUTPUT": str(self.gh / "output"),
            "GITHUB_STEP_SUMMARY": str(self.gh / "summary"),
        }

    def gh_answers(self, answers: Mapping[str, Any]) -> None:
        (self.gh / "answers.json").write_text(json.dumps(answers))

    def gh_wrote(self) -> list[tuple[str, str, dict[str, str]]]:
        """Every call that would have changed something: method, path and fields."""
        calls = self.gh / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        made = [tuple(json.loads(line)) for line in lines]
        return [call for call in made if call[0] != "GET"]


@pytest.fixture
def ci(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Ci:
    programs = tmp_path_factory.mktemp("ci") / "bin"
    programs.mkdir()
    return Ci(tmp_path, programs)
