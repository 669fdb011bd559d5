"""A graph drawn as an SVG that stands inside a page and takes its colours from there."""

from __future__ import annotations

from html import escape

from reconciler.report.console import plain
from reconciler.report.graph import Graph, Node, Place, places

_WIDTH, _HEIGHT = 220, 46
_ACROSS, _DOWN = _WIDTH + 80, _HEIGHT + 16
_MARGIN = 12
_BEND = 50
_LETTERS = 26

Point = tuple[float, float]


def drawing(graph: Graph, title: str, description: str) -> str:
    """The graph, left to right; its edges beneath its nodes."""
    corners = [_corner(place) for place in places(graph)]
    width = max(x for x, _ in corners) + _WIDTH + _BEND
    height = max(y for _, y in corners) + _HEIGHT + _MARGIN
    return "\n".join(
        [
            f'<svg role="img" aria-labelledby="graph-title graph-description" width="{width:g}" '
            f'height="{height:g}" viewBox="0 0 {width:g} {height:g}">',
            f'<title id="graph-title">{escape(title)}</title>',
            f'<desc id="graph-description">{escape(description)}</desc>',
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
            'markerHeight="8" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
            *(_edge(corners[a], corners[b]) for a, b in sorted(graph.edges)),
            *(_node(node, corner) for node, corner in zip(graph.nodes, corners, strict=True)),
            "</svg>",
        ]
    )


def _corner(place: Place) -> Point:
    column, row = place
    return _MARGIN + column * _ACROSS, _MARGIN + row * _DOWN


def _node(node: Node, corner: Point) -> str:
    x, y = corner
    return (
        f'<g class="node {node.action}" transform="translate({x:g} {y:g})">'
        f"<title>{escape(plain(str(node)))}</title>"
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
        f'<text class="name" x="10" y="19">{escape(_short(plain(node.name)))}</text>'
        f'<text x="10" y="36">{escape(plain(node.detail))}</text></g>'
    )


def _short(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _edge(start: Point, end: Point) -> str:
    """A curve from the side of one node to the side of another, or back to the same side of it."""
    (x1, y1), (x2, y2) = start, end
    apart = _HEIGHT / 5 if start == end else 0
    y1, y2 = y1 + _HEIGHT / 2 - apart, y2 + _HEIGHT / 2 + apart
    leaves, bends = (x1 + _WIDTH, _BEND) if x1 <= x2 else (x1, -_BEND)
    enters, comes = (x2, -_BEND) if x1 < x2 else (x2 + _WIDTH, _BEND)
    return (
        f'<path class="edge" marker-end="url(#arrow)" d="M{leaves:g} {y1:g}'
        f'C{leaves + bends:g} {y1:g} {enters + comes:g} {y2:g} {enters:g} {y2:g}"/>'
    )
