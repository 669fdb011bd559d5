"""The pipelines that docs/ offers, read as their CI reads them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FOLDER = Path(__file__).parents[2] / "docs" / "pipelines"
GITHUB, GITLAB = FOLDER / "github.yml", FOLDER / "gitlab.yml"
README = (FOLDER / "README.md").read_text("utf-8")


class _Loader(yaml.SafeLoader):
    """YAML with GitLab's own tag."""


def _named(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> list[Any]:
    return list(loader.construct_sequence(node))


_Loader.add_constructor("!reference", _named)


def read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), _Loader)


github = read(GITHUB)
gitlab = read(GITLAB)
github_jobs: dict[str, Any] = github["jobs"]
# The keys of a GitLab file that are no jobs.
_GLOBAL = ("stages", "variables", "workflow", "default")
gitlab_jobs: dict[str, Any] = {
    name: job for name, job in gitlab.items() if name not in _GLOBAL and not name.startswith(".")
}


class Script(NamedTuple):
    """What a shell runs, and where it stands."""

    where: str
    text: str


def script(job: str, step: str) -> str:
    """The script of a step of the GitHub workflow, by the beginning of its name."""
    steps = github_jobs[job]["steps"]
    (found,) = [one["run"] for one in steps if one.get("name", "").startswith(step)]
    return str(found)


def gitlab_script(job: str) -> str:
    return "\n".join(gitlab_jobs[job]["script"])


def _scripts() -> Iterator[Script]:
    for name, job in github_jobs.items():
        for step in job["steps"]:
            if "run" in step:
                yield Script(f"github {name} {step.get('name', '')}", step["run"])
    for name in gitlab_jobs:
        yield Script(f"gitlab {name}", gitlab_script(name))
    yield Script("gitlab installs", "\n".join(gitlab[".reconcile"]["before_script"]))
    yield Script("gitlab token", gitlab[".aws"]["before_script"][1])
    for number, block in enumerate(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)):
        yield Script(f"README block {number}", block)


SCRIPTS = [*_scripts()]


def commands(text: str) -> Iterator[list[str]]:
    """The arguments of each call of `reconcile` in a script, without redirections."""
    whole = text.replace("\\\n", " ")
    for line in re.findall(r"^\s*reconcile (.*)$", whole, re.MULTILINE):
        words = shlex.split(re.split(r"[|>]| 2>", line)[0], comments=True)
        yield [word for word in words if word != "$@"]


def _told() -> Iterator[list[str]]:
    """Each call that a reader of README.md is told of."""
    for told in re.findall(r"`reconcile ([^`]+)`", README):
        yield shlex.split(told)


COMMANDS = sorted(
    {tuple(call) for one in SCRIPTS for call in commands(one.text)}
    | {tuple(call) for call in _told()}
)
