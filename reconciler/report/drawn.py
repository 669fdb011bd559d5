"""The graph of what refers to what, in the languages that drawing programs read."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable

from reconciler.errors import ReconcileError
from reconciler.model import Estate, Key
from reconciler.report.words import where

Edges = Iterable[tuple[Key, Key]]


def dot(estate: Estate, keys: Iterable[Key], edges: Edges) -> str:
    """Graphviz's own language."""
    nodes = [f"  {_quoted(key, estate)};" for key in keys]
    arrows = [f"  {_quoted(one, estate)} -> {_quoted(other, estate)};" for one, other in edges]
    head = ["digraph estate {", "  rankdir=LR;", "  node [shape=box, fontname=sans];"]
    return "\n".join([*head, *nodes, *arrows, "}"]) + "\n"


def mermaid(estate: Estate, keys: Iterable[Key], edges: Edges) -> str:
    """What GitHub, GitLab and many wikis draw by themselves."""
    names = {key: f"n{number}" for number, key in enumerate(keys)}
    nodes = [f'  {name}["{_escaped(key, estate)}"]' for key, name in names.items()]
    arrows = [f"  {names[one]} --> {names[other]}" for one, other in edges]
    return "\n".join(["flowchart LR", *nodes, *arrows]) + "\n"


def svg(estate: Estate, keys: Iterable[Key], edges: Edges) -> str:
    """A picture, drawn by graphviz."""
    if not shutil.which("dot"):
        raise ReconcileError("svg is drawn by graphviz's `dot`: install graphviz, or take mermaid")
    text = dot(estate, keys, edges)
    return subprocess.run(
        ["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True
    ).stdout


def _label(key: Key, estate: Estate) -> str:
    scope = where(key.scope, estate)
    return f"{key} ({scope})" if scope else str(key)


def _quoted(key: Key, estate: Estate) -> str:
    return json.dumps(_label(key, estate), ensure_ascii=False)


def _escaped(key: Key, estate: Estate) -> str:
    """Mermaid ends a label at a quote, and takes # for the beginning of a sign's number."""
    return _label(key, estate).replace("#", "#35;").replace('"', "#quot;")
