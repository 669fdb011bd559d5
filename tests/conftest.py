"""An embedded AWS for each worker, emptied for each test, and the commands run against it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.client import BaseClient

from reconciler import cli
from reconciler.aws import budget, loading, notices, session
from reconciler.sandbox import Sandbox
from reconciler.sandbox.command import environment
from tests import direct, quick
from tests.direct import embedded
from tests.members import all_read, watched

# Tests look at the whole program, and ask it for one command after the other.
cli.commands()

ESTATE = """\
apiVersion: reconciler/v1
kind: Estate
metadata: {name: acme}
spec: {prefix: ci-, accounts: ["123456789012"], regions: [eu-central-1]}
"""


Proven = Callable[[str, Sequence[str], Sequence[int], list[str]], None]
"""Takes the law's word, what the row is of, what is counted in it, and the failures."""


class Ran(NamedTuple):
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


class ApiCall(NamedTuple):
    """A call of AWS's API in boto3's words."""

    service: str
    operation: str
    parameters: dict[str, Any]


@pytest.fixture(scope="session", autouse=True)
def quick_starts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        quick.starts(patch)
        direct.called(patch)
        watched(patch, all_read)
        yield


@pytest.fixture(scope="session")
def quick_worlds() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        quick.worlds(patch)
        yield


@pytest.fixture(scope="session")
def sandbox(quick_worlds: None) -> Iterator[Sandbox]:
    with embedded() as aws:
        yield aws


@pytest.fixture
def aws(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Any]:
    """Clients of an empty AWS, by service; the commands find the same one."""
    sandbox.reset()
    for name, value in environment({"AWS_REGION": "eu-central-1"}, sandbox.endpoint).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RECONCILE_JOURNAL", str(tmp_path / "state" / "journal.jsonl"))
    # What the embedded AWS refuses or has it says at once, so there is nothing to wait for.
    monkeypatch.setattr(session, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(notices, "WAIT_SECONDS", 0)
    monkeypatch.setattr(budget, "sleep", lambda _: None)
    return cache(boto3.client)


@pytest.fixture(scope="session")
def permitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What IAM would let a command do, by the option that asks for such a policy."""
    from tests.permissions.allowed import allowed

    return allowed(tmp_path_factory.mktemp("permitted"))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[ApiCall]:
    """The calls of AWS that the program makes, while others make theirs."""
    made: list[ApiCall] = []
    really: Any = BaseClient._make_api_call

    def noted(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if client.meta.config.user_agent_appid == "reconcile":
            made.append(ApiCall(client.meta.service_model.service_name, operation, parameters))
        return really(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return made


@cache
def shipped(service: str) -> frozenset[str]:
    """The operations in the model that we ship of a service."""
    model = json.loads((loading.FOLDER / f"{service}.json").read_bytes())
    return frozenset(model[loading.SERVICE]["operations"])


@pytest.fixture
def reconcile(
    aws: object,
    calls: list[ApiCall],
    permitted: dict[str, set[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Ran]:
    """Run a command as the shell would, but in this process, and with no more than it may do."""
    from tests.permissions.allowed import needed, option

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["reconcile", *arguments])
        capsys.readouterr()
        before = len(calls)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        beyond = needed(calls[before:]) - permitted[option("".join(arguments[:1]))]
        assert not beyond, f"`reconcile permissions` does not allow {sorted(beyond)}"
        lacking = {
            f"{c.service} {c.operation}"
            for c in calls[before:]
            if c.operation not in shipped(c.service)
        }
        assert not lacking, f"`make models` did not find these used: {lacking}"
        return Ran(ended.value.code or 0, out, err)  # type: ignore[arg-type]

    return run


@pytest.fixture
def desired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Write documents beside an Estate to desired/, in an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "desired"
    folder.mkdir()

    def write(*documents: str, estate: str = ESTATE) -> None:
        (folder / "all.yml").write_text("---\n".join([estate, *documents]))

    return write


@pytest.fixture
def proven(record_property: Callable[[str, object], None]) -> Proven:
    """Leaves word of what was tried of a law, for who writes the proof."""

    def tell(law: str, of: Sequence[str], counted: Sequence[int], failures: list[str]) -> None:
        record_property(law, json.dumps([of, counted, failures]))

    return tell


@pytest.fixture
def case_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test is about one kind, a pass reads none but those that it has to do with."""
    if case := getattr(request.node, "callspec", None) and request.node.callspec.params.get("case"):
        quick.reads(monkeypatch, case.kinds.__contains__)
