"""A loop that is told to stop, as the process that it is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tests.laws.cases import document
from tests.world import Clients, world

ROOT = str(Path(__file__).parents[2])
MANY = [document("KeyPair", f"k{number}", "{generate: {type: rsa}}") for number in range(60)]

Desired = Callable[..., None]


class Loop:
    """A loop in a process of its own, which tells by its journal when it is in the middle."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        pipe = folder / "journal"
        os.mkfifo(pipe)
        # Opened for both, neither end waits for the other.
        self.journal = os.fdopen(os.open(pipe, os.O_RDWR), "rb", buffering=0)
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from reconciler.cli import main; main()", "run", *arguments],
            env={**os.environ, "PYTHONPATH": ROOT, "RECONCILE_JOURNAL": str(pipe)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def log(self) -> IO[str]:
        assert self.process.stderr
        return self.process.stderr

    def tell(self, number: signal.Signals) -> None:
        """Send a signal; the log's next line is what the loop says to it."""
        self.process.send_signal(number)
        assert "stopping: what was begun is finished first" in self.log.readline()


def there(aws: Clients, sort: str) -> dict[str, str] | None:
    name = f"/reconciler/{sort}/acme"
    found = aws("ssm").get_parameters(Names=[name])["Parameters"]
    return json.loads(found[0]["Value"]) if found else None


def test_a_signal_lets_what_was_begun_end_and_leaves_nothing_behind(
    aws: Clients, desired: Desired, tmp_path: Path
) -> None:
    desired(*MANY)
    loop = Loop(tmp_path)
    assert "a pass every 30 s" in loop.log.readline()
    assert loop.journal.readline()
    loop.tell(signal.SIGTERM)
    out, err = loop.process.communicate(timeout=60)
    assert (loop.process.returncode, out) == (0, "")
    assert "pass: the loop was asked to stop" in err
    assert err.endswith("stopped\n")
    pairs, halves = world(aws)["KeyPair"], world(aws)["Parameter"]
    assert 0 < len(pairs) < len(MANY)
    assert len(halves) == len(pairs)


def test_a_second_signal_ends_it_at_once_and_a_loop_that_follows_can_tell(
    aws: Clients, desired: Desired, tmp_path: Path
) -> None:
    desired(*MANY)
    loop = Loop(tmp_path)
    assert "a pass every 30 s" in loop.log.readline()
    assert loop.journal.readline()
    loop.tell(signal.SIGINT)
    loop.process.send_signal(signal.SIGTERM)
    loop.process.communicate(timeout=60)
    assert loop.process.returncode == -signal.SIGTERM
    lock, lease = there(aws, "lock"), there(aws, "loop")
    assert lock
    assert lease
    assert lock["loop"] == lease["id"]
