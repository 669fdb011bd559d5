"""Who only looks waits for nothing that is not used: all that is imported is listed here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.laws.cases import BYSTANDER

# What takes long to import, or would if it were; and the program's own parts.
HEAVY = {
    *("aiohttp", "asyncio", "boto3", "botocore", "cryptography", "deepdiff", "flask", "jmespath"),
    *("jsonschema", "lxml", "moto", "platformdirs", "prometheus_client", "pydantic", "rich"),
    *("taskcluster", "tenacity", "typer", "urllib3", "yaml"),
}
HELP = {"cli", "errors", "rich", "typer"}
VALIDATE = {
    *("aws", "cli", "documents", "errors", "fields", "kinds", "load", "model"),
    *("references", "spec", "pydantic", "typer", "yaml"),
}
PLAN = {
    *VALIDATE,
    # What only fleets need, derive and sense, is not among them, nor what only a terminal does.
    *("diff", "explain", "guard", "observe", "plan", "report"),
    # jmespath and urllib3 are botocore's.
    *("boto3", "jmespath", "botocore", "urllib3"),
}

RUN = """\
import sys
from reconciler import cli
sys.argv = ["reconcile", *sys.argv[1:]]
try:
    cli.main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("command", "expected"),
    [("--help", HELP), ("validate", VALIDATE), ("plan", PLAN)],
)
def test_a_command_imports_what_it_uses(
    command: str, expected: set[str], aws: object, desired: Callable[..., None]
) -> None:
    desired()
    assert _parts(_imported(command)) == expected


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_it_imports_no_kind_that_there_is_nothing_of(
    command: str, aws: object, desired: Callable[..., None]
) -> None:
    desired()
    assert _kinds(_imported(command)) == {"estate", "kind"}
    desired(BYSTANDER)
    assert _kinds(_imported(command)) == {"estate", "kind", "policy"}


def _kinds(modules: list[str]) -> set[str]:
    return {name.split(".")[2] for name in modules if name.startswith("reconciler.kinds.")}


def _imported(command: str) -> list[str]:
    ran = subprocess.run([sys.executable, "-c", RUN, command], capture_output=True, text=True)
    return ran.stderr.splitlines()[-1].split()


def _parts(modules: list[str]) -> set[str]:
    """The heavy packages, and of our own modules what is right below the root."""
    ours = {name.split(".")[1] for name in modules if name.startswith("reconciler.")}
    return ours | HEAVY.intersection(modules)
