"""Numbers for Prometheus: the passes, what they changed, and the fleet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from reconciler.errors import ReconcileError
from reconciler.fleet.offering import Offering
from reconciler.loop.done import GOOD, Done, Turn
from reconciler.model import Result

LOOPBACK = "127.0.0.1"
_PASS_SECONDS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)


class Address(NamedTuple):
    """Where Prometheus comes to ask."""

    host: str
    port: int


class Metrics:
    """The numbers so far, as a registry of their own that Prometheus may read."""

    def __init__(self, now: Callable[[], float]) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = own = CollectorRegistry()
        self._passes = Counter(
            "reconcile_passes", "Passes of the loop, by how they ended", ["ending"], registry=own
        )
        self._seconds = Histogram(
            "reconcile_pass_seconds", "How long a pass took", buckets=_PASS_SECONDS, registry=own
        )
        labels = ["action", "kind"]
        self._changes = Counter("reconcile_changes", "Changes made", labels, registry=own)
        self._failures = Counter("reconcile_failures", "Changes that failed", labels, registry=own)
        self._now, self._good = now, now()
        Gauge(
            "reconcile_last_good_pass_age_seconds",
            "Time since AWS was last known to be as git says, or since the loop began",
            registry=own,
        ).set_function(lambda: self._now() - self._good)
        worker_type = ["account", "worker_type"]
        self._workers = {
            word: Gauge(f"reconcile_workers_{word}", told, worker_type, registry=own)
            for word, told in (
                ("pending", "Tasks that wait for a worker"),
                ("running", "Capacity that takes tasks"),
                ("booting", "Capacity that will take tasks soon"),
                ("capacity", "Capacity that there is"),
            )
        }
        offering = [*Offering._fields]
        self._launched = Counter("reconcile_launches", "Instances launched", offering, registry=own)
        self._short = Counter(
            "reconcile_launch_failures", "Offerings that AWS had not", offering, registry=own
        )

    def hear(self, turn: Turn) -> None:
        """Count a pass."""
        self._passes.labels(turn.done.ending).inc()
        self._seconds.observe(turn.seconds)
        if turn.done.ending in GOOD:
            self._good = self._now()
        for outcome in turn.done.outcomes:
            about = (outcome.change.action, outcome.change.key.kind)
            if outcome.result is Result.DONE:
                self._changes.labels(*about).inc()
            elif outcome.result is Result.FAILED:
                self._failures.labels(*about).inc()
        self._fleet(turn.done)

    def _fleet(self, done: Done) -> None:
        """The worker types as they are now, those alone, and what was launched beside all before.

        What is not known has no number: the last one would be taken for it.
        """
        for word, gauge in self._workers.items():
            gauge.clear()
            for one in done.workers:
                if (value := getattr(one, word)) is not None:
                    gauge.labels(one.account, one.worker_type).set(value)
        for launch in done.launches:
            self._launched.labels(*launch.offering).inc(launch.launched)
            self._short.labels(*launch.offering).inc(launch.failed)


def address(text: str) -> Address:
    """From PORT or HOST:PORT; on this host alone where no other is named."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise ReconcileError(f"--metrics {text} is neither PORT nor HOST:PORT")
    return Address(host.strip("[]") or LOOPBACK, int(port))


@contextmanager
def counting(at: Address, now: Callable[[], float]) -> Iterator[Metrics]:
    """Numbers that Prometheus may ask for while the block runs."""
    try:
        from prometheus_client import start_http_server
    except ImportError:
        raise ReconcileError(
            "--metrics needs prometheus_client: pip install 'reconcile[metrics]'"
        ) from None

    metrics = Metrics(now)
    try:
        server, thread = start_http_server(at.port, at.host, metrics.registry)
    except OSError as error:
        raise ReconcileError(f"--metrics {at.host}:{at.port}: {error.strerror}") from None
    try:
        yield metrics
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
