"""From YAML to resources: every mistake at once, each with where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reconciler.load.declared import Declared, declared
from reconciler.load.documents import checked
from reconciler.load.mistakes import Mistake, Mistakes
from reconciler.load.nodes import documents
from reconciler.load.sources import Source

__all__ = ["Declared", "Mistake", "Mistakes", "load", "reread"]


def load(path: str) -> Declared:
    """What the documents at `path` (a directory, a file or `-`) declare; raises `Mistakes`."""
    return declared(path)


def reread(text: str) -> tuple[Any, list[str]]:
    """The model of one document by itself, and what is wrong with it."""
    source, mistakes = Source("<text>", Path(), text), list[Mistake]()
    (document,) = documents(source, mistakes)
    model = None if document.lost else checked(document, source, mistakes)
    return model, [mistake.what for mistake in mistakes]
