"""Which changed resources refer to which, and where each stands in a drawing: pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from reconciler.kinds import target
from reconciler.model import Action, Change, Estate, Key
from reconciler.references import is_aws_id, references
from reconciler.report.words import GRAVEST_FIRST, SIGN, where

MOST = 150
"""So many resources can be told apart in a drawing; of more, only their kinds are drawn."""
_SWEEPS = 4
_FEWEST_COLUMNS = 3


@dataclass(frozen=True)
class Node:
    """A changed resource, or all of one kind; the colour is that of the gravest action."""

    name: str
    detail: str
    action: Action
    scope: str = ""

    def __str__(self) -> str:
        return f"{self.name} in {self.scope}" if self.scope else self.name


@dataclass(frozen=True)
class Graph:
    """Edges go from what refers to what it refers to, by the places of both among the nodes."""

    nodes: Sequence[Node]
    edges: Mapping[tuple[int, int], int]
    """How many references each edge stands for."""
    by_kind: bool


Place = tuple[int, float]
"""A column and a row."""


def graph(changes: Sequence[Change], estate: Estate) -> Graph:
    """The references between changes, before and after; between their kinds where it is many."""
    links = list(_links(changes))
    if len(changes) <= MOST:
        return Graph([_one(change, estate) for change in changes], Counter(links), by_kind=False)
    kinds = sorted({change.key.kind for change in changes})
    place = {kind: at for at, kind in enumerate(kinds)}
    of = [place[change.key.kind] for change in changes]
    nodes = [_kind(kind, [c for c in changes if c.key.kind == kind]) for kind in kinds]
    return Graph(nodes, Counter((of[a], of[b]) for a, b in links), by_kind=True)


def _links(changes: Sequence[Change]) -> Iterator[tuple[int, int]]:
    place = {change.key: at for at, change in enumerate(changes)}
    for at, change in enumerate(changes):
        held = {place[key] for key in _held(change) if key in place}
        yield from ((at, other) for other in sorted(held))


def _held(change: Change) -> Iterator[Key]:
    for one in (change.before, change.after):
        for reference in references(one.spec) if one else ():
            if not is_aws_id(reference.target):
                yield target(change.key, reference.refers, reference.target)


def _one(change: Change, estate: Estate) -> Node:
    action, scope = change.action, where(change.key.scope, estate)
    detail = " ".join(filter(None, [SIGN[action], action, scope]))
    return Node(str(change.key), detail, action, scope)


def _kind(kind: str, changes: Collection[Change]) -> Node:
    counts = Counter(change.action for change in changes)
    present = [action for action in GRAVEST_FIRST if counts[action]]
    detail = ", ".join(f"{SIGN[action]}{counts[action]}" for action in present)
    return Node(kind, detail, present[0])


def places(graph: Graph) -> list[Place]:
    """A column and a row for each node: what refers stands left of what it refers to.

    What neither refers nor is referred to stands in rows beneath.
    """
    edges = [(a, b) for a, b in graph.edges if a != b]
    linked = {node for edge in edges for node in edge}
    layers = _ordered(_layers(sorted(linked), edges), edges)
    tallest = max(map(len, layers), default=0)
    found = {
        node: (column, row + (tallest - len(layer)) / 2)
        for column, layer in enumerate(layers)
        for row, node in enumerate(layer)
    }
    columns = max(len(layers), _FEWEST_COLUMNS)
    alone = [node for node in range(len(graph.nodes)) if node not in linked]
    for at, node in enumerate(alone):
        found[node] = (at % columns, float(tallest + at // columns))
    return [found[node] for node in range(len(graph.nodes))]


def _layers(nodes: Iterable[int], edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The nodes by the longest way that leads on from each; one that goes round ends there.

    So each stands as near as it can to what it refers to, and few lines pass behind a third one.
    """
    held = defaultdict(list)
    for a, b in edges:
        held[a].append(b)
    lengths: dict[int, int] = {}

    def length(node: int) -> int:
        if node not in lengths:
            lengths[node] = 0  # as long as it is not known, which is where a way goes round
            lengths[node] = max((length(one) + 1 for one in held[node]), default=0)
        return lengths[node]

    layers = defaultdict(list)
    for node in nodes:
        layers[length(node)].append(node)
    return [layers[at] for at in sorted(layers, reverse=True)]


def _ordered(layers: list[list[int]], edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The layers with each node near the middle of those it is joined to, so few lines cross."""
    joined = defaultdict(list)
    for a, b in edges:
        joined[a].append(b)
        joined[b].append(a)
    row = {node: at for layer in layers for at, node in enumerate(layer)}
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            layer.sort(key=lambda node: (fmean(row[one] for one in joined[node]), node))
            row.update({node: at for at, node in enumerate(layer)})
    return layers
