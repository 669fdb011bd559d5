"""The graph of what refers to what, in the languages that drawing programs read."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable

from reconciler.errors import ReconcileError
from reconciler.model import Key

Edges = Iterable[tuple[Key, Key]]


def dot(keys: Iterable[Key], edges: Edges) -> str:
    """Graphviz's own language."""
    nodes = [f"  {_quoted(key)};" for key in keys]
    arrows = [f"  {_quoted(one)} -> {_quoted(other)};" for one, other in edges]
    head = ["digraph estate {", "  rankdir=LR;", "  node [shape=box, fontname=sans];"]
    return "\n".join([*head, *nodes, *arrows, "}"]) + "\n"


def mermaid(keys: Iterable[Key], edges: Edges) -> str:
    """What GitHub, GitLab and many wikis draw by themselves."""
    names = {key: f"n{number}" for number, key in enumerate(keys)}
    nodes = [f'  {name}["{_escaped(key)}"]' for key, name in names.items()]
    arrows = [f"  {names[one]} --> {names[other]}" for one, other in edges]
    return "\n".join(["flowchart LR", *nodes, *arrows]) + "\n"


def svg(keys: Iterable[Key], edges: Edges) -> str:
    """A picture, drawn by graphviz."""
    if not shutil.which("dot"):
        raise ReconcileError("svg is drawn by graphviz's `dot`: install graphviz, or take mermaid")
    text = dot(keys, edges)
    return subprocess.run(
        ["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True
    ).stdout


def _label(key: Key) -> str:
    return f"{key} ({key.region})" if key.region else str(key)


def _quoted(key: Key) -> str:
    return json.dumps(_label(key), ensure_ascii=False)


def _escaped(key: Key) -> str:
    """Mermaid ends a label at a quote, and takes # for the beginning of a sign's number."""
    return _label(key).replace("#", "#35;").replace('"', "#quot;")
