"""What others see of the loop: the heartbeat and the metrics."""

from __future__ import annotations

import json
import socket
import urllib.request
from pathlib import Path

import pytest

from reconciler.errors import ReconcileError
from reconciler.fleet.offering import Offering, Purchase
from reconciler.loop.done import Done, Ending, Launches, Workers
from reconciler.loop.heartbeat import Heartbeat
from reconciler.loop.metrics import Address, Metrics, address, counting
from reconciler.model import Result
from tests.loop.turned import Clock, log, outcome, turn

POOL = Offering("eu-central-1", "eu-central-1a", "m5.large", Purchase.SPOT)


def test_a_heartbeat_tells_when_the_last_pass_ended_and_how(tmp_path: Path) -> None:
    file, clock = tmp_path / "beat", Clock()
    heartbeat = Heartbeat(file, log([]), clock.date)
    for ending in (Ending.CHANGED, Ending.FAILED):
        clock.seconds += 30
        heartbeat.hear(turn(ending))
    assert json.loads(file.read_text()) == {
        "time": "2026-01-02T03:05:05+00:00",
        "commit": "c0ffee",
        "outcome": "failed",
    }
    assert [one.name for one in tmp_path.iterdir()] == ["beat"]


def test_a_heartbeat_that_can_not_be_written_is_told_of_once(tmp_path: Path) -> None:
    lines: list[str] = []
    heartbeat = Heartbeat(tmp_path / "nowhere" / "beat", log(lines), Clock().date)
    for _ in range(3):
        heartbeat.hear(turn(Ending.CHANGED))
    (line,) = lines
    assert "nowhere/beat can't be written: No such file or directory" in line


def read(metrics: Metrics, name: str, **labels: str) -> float | None:
    value = metrics.registry.get_sample_value(name, labels)
    return None if value is None else float(value)


def test_passes_and_changes_are_counted() -> None:
    clock = Clock()
    metrics = Metrics(clock.now)
    clock.seconds = 50
    assert read(metrics, "reconcile_last_good_pass_age_seconds") == 50
    outcomes = (outcome(Result.DONE), outcome(Result.FAILED), outcome(Result.SKIPPED))
    metrics.hear(turn(Done(Ending.CHANGED, outcomes)))
    clock.seconds = 55
    metrics.hear(turn(Ending.FAILED))
    clock.seconds = 57
    parameter = {"action": "create", "kind": "Parameter"}
    assert read(metrics, "reconcile_passes_total", ending="changed") == 1
    assert read(metrics, "reconcile_passes_total", ending="failed") == 1
    assert read(metrics, "reconcile_changes_total", **parameter) == 1
    assert read(metrics, "reconcile_failures_total", **parameter) == 1
    assert read(metrics, "reconcile_pass_seconds_sum") == 2.5
    assert read(metrics, "reconcile_last_good_pass_age_seconds") == 7


def test_the_fleet_is_told_as_it_is_now_and_what_was_launched_adds_up() -> None:
    metrics, linux = Metrics(Clock().now), {"account": "1", "worker_type": "linux"}
    both = (Workers("1", "linux", 5, 2, 1, 0, 3), Workers("1", "old", 0, 1, 0, 0, 1))
    metrics.hear(turn(Done(Ending.CHANGED, workers=both)))
    assert read(metrics, "reconcile_workers_pending", **linux) == 5
    for pending in (4, None):
        one = (Workers("1", "linux", pending, 3, 0, 0, 3),)
        brought = (Launches("1", "linux", POOL, 2, 1),)
        metrics.hear(turn(Done(Ending.CHANGED, workers=one, launches=brought)))
    assert read(metrics, "reconcile_workers_running", **linux) == 3
    assert read(metrics, "reconcile_workers_pending", **linux) is None, "nobody could read it"
    assert read(metrics, "reconcile_workers_capacity", account="1", worker_type="old") is None
    assert read(metrics, "reconcile_launches_total", **POOL._asdict()) == 4
    assert read(metrics, "reconcile_launch_failures_total", **POOL._asdict()) == 2


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("9100", Address("127.0.0.1", 9100)),
        ("0.0.0.0:9100", Address("0.0.0.0", 9100)),
        ("[::]:9100", Address("::", 9100)),
    ],
)
def test_an_address_is_on_loopback_unless_it_names_another_host(text: str, meant: Address) -> None:
    assert address(text) == meant


@pytest.mark.parametrize("text", ["", "x", "0", "65536", "host:", "9100:host", "-1", "²"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ReconcileError, match="neither PORT nor HOST:PORT"):
        address(text)


def test_prometheus_may_ask_while_the_loop_runs_and_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        at = Address("127.0.0.1", other.getsockname()[1])
        taken = pytest.raises(ReconcileError, match=f"{at.port}: Address already in use")
        with taken, counting(at, Clock().now):
            pytest.fail("two are on one port")
    with counting(at, Clock().now) as metrics:
        metrics.hear(turn(Ending.CHANGED))
        with urllib.request.urlopen(f"http://127.0.0.1:{at.port}/metrics") as answer:
            assert b'reconcile_passes_total{ending="changed"} 1.0' in answer.read()
