"""Nothing secret leaves: whatever a command does, and however it fails, no canary comes out.

A secret stands in each place where one can stand. Then every command runs, in each of its forms,
where all is well, where AWS refuses by repeating what it was sent, where the program itself fails,
and in a storm; and all that can be read afterwards is searched: what was printed, what was written
to files, the journal's log group, and names, tags and descriptions in AWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.client import BaseClient

from reconciler.aws import many_commands
from reconciler.cli.app import app
from reconciler.sandbox import Sandbox
from tests.commands.machines import instance, of
from tests.conftest import ESTATE, Proven, Ran
from tests.direct import embedded
from tests.effort import EFFORT
from tests.fleets.account import worker_type
from tests.laws.cases import BYSTANDER, Clients, document
from tests.proof.canaries import (
    answering,
    canary,
    files,
    found,
    middle,
    repeating,
    told_to_aws,
    unforeseen,
)
from tests.queues.loopback import Answer, Request, serving

GROUP = "/acme/journal"
ENVIRONMENT = {
    "TOKEN": "env",
    "AWS_SECRET_ACCESS_KEY": "key",
    "AWS_SESSION_TOKEN": "session",
    "TASKCLUSTER_ACCESS_TOKEN": "taskcluster",
    "HEADER": "header",
}
"""Variables that hold a secret, and what that is called."""
FILE, URL, SOURCE, ARGUMENT = "file", "url", "source", "argument"


class Tried(NamedTuple):
    """A command, and what it printed."""

    command: Sequence[str]
    ran: Ran


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """What must not come out, by its place."""
    for variable, place in ENVIRONMENT.items():
        # A line's end can stand in no header, and AWS's own are of letters, digits and signs.
        plain = variable != "TOKEN"
        monkeypatch.setenv(variable, middle(place) if plain else canary(place))
    monkeypatch.setenv("TASKCLUSTER_CLIENT_ID", "static/taskcluster/root")
    for name in ("HOME", "XDG_STATE_HOME", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    places = (*ENVIRONMENT.values(), FILE, URL, SOURCE, ARGUMENT)
    return {place: middle(place) for place in places}


@pytest.fixture(scope="module")
def sandbox(quick_worlds: None) -> Iterator[Sandbox]:
    with embedded(agent=True) as aws:
        yield aws


@pytest.fixture
def halves(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The middle line of each private key that AWS makes, whatever becomes of it."""
    made: dict[str, str] = {}
    really = BaseClient._make_api_call

    def call(client: Any, operation: str, parameters: Any) -> Any:
        answer = really(client, operation, parameters)
        if operation == "CreateKeyPair":
            lines = answer["KeyMaterial"].strip().splitlines()
            made[f"half {len(made) + 1}"] = lines[len(lines) // 2]
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return made


@pytest.fixture
def repeats() -> Iterator[str]:
    """A queue that says no by repeating what it was sent."""

    def answer(asked: Request) -> Answer:
        return Answer(json.dumps([asked.target, *asked.headers.values()]).encode(), 400)

    with serving(answer) as url:
        yield url


@pytest.fixture
def estate(
    sandbox: Sandbox,
    aws: Clients,
    desired: Callable[..., None],
    secrets: dict[str, str],
    repeats: str,
    tmp_path: Path,
) -> None:
    """What has secrets, declared and not yet there."""
    aws("logs").create_log_group(logGroupName=GROUP)
    sandbox.image("worker-1", "eu-central-1")
    (tmp_path / "desired" / "token").write_text(canary(FILE))
    sends = {"url": f"{repeats}/a?token={middle(URL)}", "headers": {"X-Token": {"env": "HEADER"}}}
    desired(
        BYSTANDER,
        document("Parameter", "/of/environment", "{secret: {env: TOKEN}}"),
        document("Parameter", "/of/file", "{secret: {file: token}}"),
        document("KeyPair", "one", "{generate: {type: ed25519}}"),
        document("Document", "say", f"{{content: {json.dumps(SAY)}}}"),
        worker_type("http", queue={"http": {**sends, "pending": "a"}}),
        worker_type("tc", queue={"taskcluster": {"rootUrl": repeats, "taskQueueId": "a/b"}}),
        estate=ESTATE.replace("spec: {", f"spec: {{journal: {{logGroup: {GROUP}}}, "),
    )


SAY = {
    "schemaVersion": "2.2",
    "description": "says something",
    "parameters": {"commands": {"type": "StringList"}},
    "mainSteps": [
        {
            "action": "aws:runShellScript",
            "name": "say",
            "inputs": {"runCommand": ["{{ commands }}"]},
        }
    ],
}
CHANGES = (
    ("apply", "--yes"),
    ("run", "--once", "--log", "json", "--heartbeat", "heartbeat", "--journal", "record"),
)
"""The commands that make what is declared, first of all."""


def every_command(id_: str, all_of_them: bool = EFFORT > 1) -> list[tuple[str, ...]]:
    """Each command that tells of it or takes it away, in each of its forms.

    Without EFFORT it is those that have a secret in their hands, or tell the most.
    """
    source = f"http://somebody:{middle(SOURCE)}@127.0.0.1:1/fleet.git#main"
    said = f"commands=echo {middle(ARGUMENT)} >/dev/null"
    few = [
        *(("plan", "--format", form) for form in ("json", "html")),
        ("log", "--format", "json", "--journal", "record"),
        ("keys", "fetch", "one", "--state-path", "kept"),
        ("ssm", "run", "say", "--on", id_, "--parameter", said),
    ]
    if not all_of_them:
        return few
    return [
        *few,
        ("init", "other"),
        ("validate",),
        *(("plan", "--format", form) for form in ("text", "markdown")),
        ("plan", "--out", "plan.json"),
        ("apply", "plan.json", "--yes"),
        ("run", "--once", "--source", source),
        ("why", "WorkerType/http"),
        ("why", "WorkerType/tc"),
        ("drift",),
        ("status",),
        ("log",),
        ("ssh", id_),
        ("exec", "tc", "--region", "us-east-1", "--", "true"),
        ("import", "Parameter", "/of/environment"),
        ("import", "--all"),
        ("convert", "taskcluster", "desired"),
        ("diff", "HEAD"),
        ("render",),
        ("render", "WorkerType/http"),
        *(("graph", "--format", form) for form in ("mermaid", "dot", "svg")),
        ("schema", "schemas"),
        ("permissions",),
        ("unlock", "0"),
        ("forget", "Parameter//of/file", "--yes"),
        ("terminate", "http", "--yes"),
        ("destroy", "--yes"),
    ]


LAST = (("purge", "--yes"), ("sandbox", "--weather", "no such thing", "--", "true"))
"""What takes all that is there."""


def test_every_command_is_tried() -> None:
    groups = [(f"{one.name}", _commands(one)) for one in app.registered_groups]
    names = {_name(one) for one in app.registered_commands}
    names |= {f"{group} {_name(one)}" for group, several in groups for one in several}
    tried = {" ".join(words[:2]) for words in (*CHANGES, *every_command("", True), *LAST)}
    assert names == {
        name for name in names if any(f"{one} ".startswith(f"{name} ") for one in tried)
    }


def _commands(group: Any) -> Any:
    return group.typer_instance.registered_commands


def _name(command: Any) -> str:
    return str(command.name or command.callback.__name__)


@contextmanager
def weather(sandbox: Sandbox, name: str) -> Iterator[None]:
    sandbox.weather(name)
    try:
        yield
    finally:
        sandbox.weather("fair")


STORM = "the weather is a storm"
HOW: dict[str, Callable[[Sandbox], AbstractContextManager[None]]] = {
    "all is well": lambda _: nullcontext(),
    "AWS repeats what it was sent": lambda _: answering(repeating),
    "the program itself fails": lambda _: answering(unforeseen(canary("env"))),
    STORM: lambda sandbox: weather(sandbox, "storm,expired"),
}


@pytest.mark.parametrize("how", HOW)
def test_no_secret_comes_out(
    how: str,
    estate: None,
    secrets: dict[str, str],
    halves: dict[str, str],
    aws: Clients,
    sandbox: Sandbox,
    reconcile: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    proven: Proven,
    request: pytest.FixtureRequest,
) -> None:
    aws("iam").create_instance_profile(InstanceProfileName="profile")
    id_ = instance(aws("ec2"), of("http"), IamInstanceProfile={"Name": "profile"})
    sandbox.agent.delay(0)
    monkeypatch.setattr("sys.stdin", StringIO())
    monkeypatch.setattr(many_commands, "wait", lambda *_: _while_it_waits(sandbox))
    if how == STORM:
        request.getfixturevalue("weathered")
    # With these there is something to look at, whatever follows.
    tried = _tried(reconcile, CHANGES[:1]) if how in ("all is well", STORM) else []
    with HOW[how](sandbox):
        tried += _tried(reconcile, CHANGES)
    with HOW[how](sandbox):
        tried += _tried(reconcile, every_command(id_))
    told = told_to_aws(aws, GROUP)
    with HOW[how](sandbox):
        tried += _tried(reconcile, LAST if EFFORT > 1 else ())
    printed = {" ".join(one.command): one.ran.out + one.ran.err for one in tried}
    kept = [tmp_path / "desired" / "token", *(tmp_path / "kept").rglob("*.pem")]
    texts = {**printed, **files(tmp_path, [*kept, tmp_path / "desired" / "all.yml"])}
    texts |= told
    # What git declares is no secret to who asks for the documents themselves.
    texts = {name: text for name, text in texts.items() if not name.startswith("render")}
    assert halves, "no key was made, so none would be found"
    hidden = {**secrets, **halves}
    came_out = found(hidden, texts)
    came_out += [command for command, text in printed.items() if "Traceback" in text]
    proven("secrets", (how,), (len(tried), len(hidden), len(texts)), came_out)
    assert came_out == []


def _tried(reconcile: Callable[..., Ran], commands: Sequence[Sequence[str]]) -> list[Tried]:
    return [Tried(command, reconcile(*command)) for command in commands]


def _while_it_waits(sandbox: Sandbox) -> None:
    sandbox.agent.settle()
    sandbox.turn(1)
