"""What can be wrong with documents that are all right by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from reconciler.fields.wording import did_you_mean
from reconciler.load.found import Found
from reconciler.load.mistakes import Mistake
from reconciler.load.nodes import Document, Path
from reconciler.model import Key, Location
from reconciler.references import Reference, is_aws_id, references

_MOST_CIRCLES = 10
"""To find each takes a look at everything."""
_Node = tuple[Key, int]
"""A document by what it declares and by its place among all: a key may stand in several."""


def not_one(found: Iterable[Found], first: Location) -> Iterator[Mistake]:
    """That there is no Estate, or more than one."""
    estates = [one.document.location for one in found if one.is_estate]
    if not estates:
        yield Mistake(
            first, "no Estate is declared: one document of that kind says whose the resources are"
        )
    for extra in estates[1:]:
        yield Mistake(extra, f"a second Estate: one stands at {estates[0]}")


def twice(found: Iterable[Found]) -> Iterator[Mistake]:
    """Resources that are declared more than once for the same place."""
    by_key: dict[Key, list[Found]] = {}
    for one in found:
        if one.key is None or one.is_estate:
            continue
        earlier = by_key.setdefault(one.key, [])
        if same := next((other for other in earlier if other.meets(one)), None):
            told = f"duplicate resource {one.key}: one stands at {same.name_location}"
            yield Mistake(one.name_location, told)
        earlier.append(one)


def dangling(found: Sequence[Found]) -> Iterator[Mistake]:
    """References to what nobody declares."""
    keys = {one.key for one in found if one.key}
    for one in found:
        for reference in references(one.model.spec) if one.model else ():
            target = Key(reference.refers.kind, reference.target)
            if not is_aws_id(reference.target) and target not in keys:
                known = [key.name for key in keys if key.kind == target.kind]
                path = path_of(one.document, reference)
                yield Mistake(
                    one.document.at(path),
                    f"{one.key}: {'.'.join(map(str, path))}: {target} is not declared"
                    f"{did_you_mean(target.name, known)}",
                )


def circles(found: Iterable[Found]) -> Iterator[Mistake]:
    """References that can never be made in any order; mutual ones are filled in afterwards."""
    known = {(one.key, at): one for at, one in enumerate(found) if one.key and one.model}
    named: dict[Key, list[_Node]] = defaultdict(list)
    for node in known:
        named[node[0]].append(node)
    needs = {
        node: [
            other
            for reference in references(one.model.spec)
            if not reference.refers.mutual
            for other in named[Key(reference.refers.kind, reference.target)]
            if known[other].meets(one)
        ]
        for node, one in known.items()
    }
    for _ in range(_MOST_CIRCLES):
        circle = _circle(needs)
        if not circle:
            return
        told = " → ".join(str(key) for key, _ in [*circle, circle[0]])
        yield Mistake(known[circle[0]].name_location, f"circular reference: {told}")
        needs = {node: needs[node] for node in needs if node not in circle}


def _circle(needs: Mapping[_Node, Sequence[_Node]]) -> list[_Node]:
    """One circle, each of its nodes needing the one behind it, from the first in order on."""
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle: list[_Node] = error.args[1][:0:-1]
        start = circle.index(min(circle))
        return circle[start:] + circle[:start]
    return []


def path_of(document: Document, reference: Reference) -> Path:
    """Where a reference stands. Its spec is sorted and split by now, so it is found by its text."""
    for path in document.values:
        words = [step for step in path if isinstance(step, str)]
        if words[-1:] == [reference.field] and _value(document.data, path) == reference.target:
            return path
    return ("spec", reference.field)


def _value(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data
