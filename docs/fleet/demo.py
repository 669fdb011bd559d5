"""40 tasks and the fleet that does them, in the embedded AWS: `make demo-fleet` runs it there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import boto3
import yaml
from crew import Crew, send
from verdict import verdict

DOCUMENTS = Path(__file__).parent / "desired"
REGION = "us-west-2"
TASKS = 40
PATIENCE = 120
"""Seconds; then it is judged as it stands."""


def main() -> int:
    with TemporaryDirectory() as folder:
        os.environ["RECONCILE_JOURNAL"] = f"{folder}/journal.jsonl"
        copytree(DOCUMENTS, f"{folder}/desired")
        os.chdir(folder)
        _say("What stands: a queue for the tasks, and a group for the workers")
        standing = ["--only", "Queue/*", "--only", "SecurityGroup/*"]
        if subprocess.run(["reconcile", "apply", *standing, "--yes"], check=False).returncode:
            return 1
        _say(f"The loop: it brings the fleet to its minimum, and then {TASKS} tasks arrive")
        sqs = boto3.client("sqs", REGION)
        queue = sqs.get_queue_url(QueueName="demo-builds")["QueueUrl"]
        crew = Crew(boto3.client("ec2", REGION), sqs, queue, time.time)
        with _loop():
            _story(crew, bounds()[0])
        return _judged(crew)


@contextmanager
def _loop() -> Iterator[None]:
    command = ["reconcile", "run", "--interval", "1", "--live", "--heartbeat", "beat"]
    with subprocess.Popen(command) as loop:
        try:
            yield
        except KeyboardInterrupt:
            # The terminal has told the loop as well, which would take a second signal for haste.
            loop.wait()
            raise
        finally:
            loop.terminate()


def _story(crew: Crew, least: int) -> None:
    """Workers come, tasks come, more workers come, tasks and workers go."""
    sent, end = False, time.monotonic() + PATIENCE
    while time.monotonic() < end:
        crew.go_on()
        passed = _last_pass()
        if passed and not sent:
            send(crew.sqs, crew.queue, TASKS)
            sent = True
        if len(crew.done) == TASKS and crew.capacity == least and passed == "unchanged":
            return
        time.sleep(0.3)


def _last_pass() -> str:
    """How the loop's last pass ended, or "" if there was none."""
    beat = Path("beat")
    return str(json.loads(beat.read_text())["outcome"]) if beat.exists() else ""


def _judged(crew: Crew) -> int:
    """The exit status, after what was seen."""
    _say("What became of it")
    command = ["reconcile", "log", "--format", "json"]
    journal = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    facts = [*verdict(crew, TASKS, *bounds(), journal)]
    for fact in facts:
        print(f"{'✓' if fact.so else '✗'} {fact.words}")
    return 0 if all(fact.so for fact in facts) else 1


def bounds() -> tuple[int, int]:
    """How much capacity the fleet has at least and at most."""
    documents = yaml.safe_load_all((DOCUMENTS / "builders.yml").read_text())
    (capacity,) = (one["spec"]["capacity"] for one in documents if one["kind"] == "WorkerType")
    return capacity["min"], capacity["max"]


def _say(what: str) -> None:
    print(f"\n\033[1m# {what}\033[0m", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
