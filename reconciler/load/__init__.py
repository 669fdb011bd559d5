"""From YAML to resources: every mistake at once, each with where it stands."""

from __future__ import annotations

from reconciler.load.declared import Declared, declared
from reconciler.load.mistakes import Mistake, Mistakes

__all__ = ["Declared", "Mistake", "Mistakes", "load"]


def load(path: str) -> Declared:
    """What the documents at `path` (a directory, a file or `-`) declare; raises `Mistakes`."""
    return declared(path)
