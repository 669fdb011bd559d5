"""Definitions in a file, converted; and the command, which needs no AWS."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from reconciler import cli
from reconciler.convert import converted

ROOT_URL = "https://tc.example.org"


class Made(NamedTuple):
    """The specs that were made, by their names, and the complaints without the file's name."""

    specs: dict[str, Any]
    complaints: list[str]

    @property
    def spec(self) -> dict[str, Any]:
        (spec,) = self.specs.values()
        return dict(spec)

    def about(self, *words: str) -> list[str]:
        """The complaints that have all of the words."""
        return [one for one in self.complaints if all(word in one for word in words)]


Convert = Callable[..., Made]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """Convert a definition: a text is taken as it is, anything else as JSON."""

    def made(definition: Any, root_url: str | None = ROOT_URL) -> Made:
        text = definition if isinstance(definition, str) else json.dumps(definition, indent=1)
        (file := tmp_path / "pools").write_text(text, "utf-8")
        found = converted(str(file), root_url)
        documents = list(yaml.safe_load_all(found.text))
        assert len(documents) == found.documents
        told = [one.removeprefix(str(file)).lstrip(":") for one in found.complaints]
        return Made({one["metadata"]["name"]: one["spec"] for one in documents}, told)

    return made


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command's exit status and what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TASKCLUSTER_ROOT_URL", raising=False)

    def ran(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["reconcile", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return ran
