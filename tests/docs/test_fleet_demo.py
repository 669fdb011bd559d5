"""The demo of a fleet, told in a time of its own: what it promises is so."""

from __future__ import annotations

import shlex
import shutil
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from reconciler import sandbox as sandboxes
from reconciler.cli import walk
from reconciler.loop import clock as loop_clock
from reconciler.sandbox import Sandbox
from tests.loop.turned import Clock

DOCS = Path(__file__).parents[2] / "docs"
A_MOMENT = 2.5


class Played:
    """The demo's modules, its crew, and a time in which both they and AWS are."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._seconds = time.time()
        self.demo = import_module("demo")
        sqs, ec2 = (self.demo.boto3.client(one, self.demo.REGION) for one in ("sqs", "ec2"))
        self.sqs, self.queue = sqs, sqs.get_queue_url(QueueName="demo-builds")["QueueUrl"]
        self.crew = import_module("crew").Crew(ec2, sqs, self.queue, self.now)

    def now(self) -> float:
        return self._seconds

    def send(self) -> None:
        import_module("crew").send(self.sqs, self.queue, self.demo.TASKS)
        self.go_on()

    def go_on(self) -> None:
        """What happens between two passes."""
        for _ in range(2):
            self._sandbox.turn(A_MOMENT)
            self._seconds += A_MOMENT
            self.crew.go_on()


@pytest.fixture
def played(
    sandbox: Sandbox, reconcile: Any, aws: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Played:
    """The demo up to where its loop begins."""
    shutil.copytree(DOCS / "fleet" / "desired", tmp_path / "desired")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(DOCS / "fleet"))
    assert reconcile("apply", "--only", "Queue/*", "--only", "SecurityGroup/*", "--yes").status == 0
    one = Played(sandbox)
    monkeypatch.setattr(walk, "now", one.now)
    return one


def as_the_script_says(sandbox: Sandbox, reconcile: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let AWS be as scarce and slow as the demo's command line has it."""
    text = (DOCS / "demo-fleet.sh").read_text().replace("\\\n", "")
    command = shlex.split(text.partition("exec ")[2])

    def run(_: object, weather: str, seed: int, scarce: Any, boot: float, *more: Any) -> int:
        sandbox.scarce(scarce)
        sandbox.boot(boot)
        return 0

    monkeypatch.setattr(sandboxes, "run", run)
    assert reconcile(*command[1:]).status == 0


def in_the_readme() -> list[str]:
    lines = (DOCS.parent / "README.md").read_text("utf-8").splitlines()
    return [line.partition("✓ ")[2] for line in lines if line.startswith("    ✓ ")]


def test_all_tasks_are_done_what_is_scarce_is_routed_around_and_the_fleet_ends_at_its_minimum(
    sandbox: Sandbox, reconcile: Any, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_the_script_says(sandbox, reconcile, monkeypatch)
    deeds = (played.send, *[played.go_on] * 5)
    monkeypatch.setattr(loop_clock, "Clock", lambda: Clock(*deeds))
    ran = reconcile("run", "--interval", "1", "--live", "--heartbeat", "beat")
    assert ran.status == 0
    assert ran.out == "", "there is no terminal, so the log is all"
    journal = reconcile("log", "--format", "json").out
    demo = played.demo
    facts = [*demo.verdict(played.crew, demo.TASKS, *demo.bounds(), journal)]
    assert all(fact.so for fact in facts)
    assert [fact.words for fact in facts] == in_the_readme()
    others = demo.verdict(played.crew, demo.TASKS + 1, 1, 1, "")
    assert [fact.so for fact in others] == [False, True, True, False, False, False]
    assert demo._last_pass() == "unchanged"
