"""A stand-in for SSM's agent: it really runs scripts, each machine's in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.sandbox.agent.agents import Agents
from reconciler.sandbox.agent.watch import Turn
from reconciler.sandbox.clock import Clock

__all__ = ["Agents", "agents"]


@contextmanager
def agents(endpoint: str, turn: Turn, clock: Clock) -> Iterator[Agents]:
    """Agents that call AWS at `endpoint`; when the block ends, so does all that they run."""
    with TemporaryDirectory(prefix="reconcile-sandbox-", ignore_cleanup_errors=True) as folder:
        made = Agents(Path(folder), endpoint, turn, clock)
        try:
            yield made
        finally:
            made.close()
