"""From YAML text to plain data, with the place of every part, and YAML's traps as mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from reconciler.load.mistakes import Mistake, quoted
from reconciler.load.sources import Source
from reconciler.model import Location

Path = tuple[str | int, ...]

# Aliases can make a small file mean a huge document.
_MOST_PARTS = 200_000

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+([eE][-+]?[0-9]+)?")
# Plain words that YAML 1.1 and 1.2, or two readers of the same version, take for different things.
_UNCLEAR = re.compile(r"[-+]?0[0-9_]+|0o[0-7]+|[-+]?[0-9]+[eE][-+]?[0-9]+|[-+]?\.[0-9]+")
_TAG = "tag:yaml.org,2002:"


@dataclass
class Document:
    """One document's data; `keys` and `values` say where each key and each value stands."""

    data: Any
    location: Location
    keys: dict[Path, Location] = field(default_factory=dict)
    values: dict[Path, Location] = field(default_factory=dict)

    def at(self, path: Path) -> Location:
        """Where the value at `path` stands, or the nearest thing around it that does."""
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, self.location)


def documents(source: Source, mistakes: list[Mistake]) -> Iterator[Document]:
    """The documents of one file that can be read; what is wrong is added to `mistakes`."""
    try:
        nodes = [node for node in yaml.compose_all(source.text, Loader=yaml.CSafeLoader) if node]
    except yaml.YAMLError as error:
        mistakes.append(_syntax(source, error))
        return
    except RecursionError:
        mistakes.append(Mistake(Location(source.name, 1, 1), "is nested too deeply"))
        return
    for node in nodes:
        reader = _Reader(source, mistakes)
        document = Document(None, reader.location(node))
        try:
            document.data = reader.read(node, (), document)
        except (_TooMuch, RecursionError):
            mistakes.append(Mistake(document.location, "is too large, or nested too deeply"))
        else:
            yield document


class _TooMuch(Exception):
    pass


class _Reader:
    """Turns nodes into data; remembers how far it is and which nodes it is inside of."""

    def __init__(self, source: Source, mistakes: list[Mistake]) -> None:
        self._source = source
        self._mistakes = mistakes
        self._parts = 0
        self._inside: list[yaml.Node] = []

    def location(self, node: yaml.Node) -> Location:
        mark = node.start_mark
        return Location(self._source.name, mark.line + 1, mark.column + 1)

    def read(self, node: yaml.Node, path: Path, document: Document) -> Any:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise _TooMuch
        document.values[path] = self.location(node)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node in self._inside:
            return self._wrong(node, "circular reference: this part is inside of itself")
        if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            return self._wrong(node, f"the tag {_shown(node.tag)} builds an object: leave it out")
        self._inside.append(node)
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.read(item, (*path, i), document) for i, item in enumerate(node.value)]
            return self._mapping(node, path, document)
        finally:
            self._inside.pop()

    def _mapping(self, node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == f"{_TAG}merge":
                merged.update(self._merged(value_node, path, document))
                continue
            key = self._key(key_node)
            if key is None:
                continue
            if key in data:
                first = document.keys[(*path, key)]
                self._wrong(key_node, f"duplicate key {key!r}: it stands at line {first.line} too")
                continue
            document.keys[(*path, key)] = self.location(key_node)
            value = self.read(value_node, (*path, key), document)
            data[key] = value
            if value is None and value_node.tag == f"{_TAG}null":
                self._wrong(key_node, f"{key!r} has no value: give it one, or leave it out")
        return {**merged, **data}

    def _merged(self, node: yaml.Node, path: Path, document: Document) -> dict[str, Any]:
        """What `<<` brings in: of several mappings the first wins, and what is here over all."""
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        data: dict[str, Any] = {}
        for part in parts:
            if not isinstance(part, yaml.MappingNode):
                self._wrong(part, "`<<` takes a mapping, or a list of mappings")
                continue
            value = self.read(part, path, document)
            data = {**value, **data} if isinstance(value, dict) else data
        return data

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._wrong(node, "a key is a word, not a list or a mapping")
            return None
        if node.tag != f"{_TAG}str" or (node.style is None and _UNCLEAR.fullmatch(node.value)):
            meant = _shown(node.tag).removeprefix("!!")
            self._wrong(node, f"the key {node.value!r} would be read as {meant}: put it in quotes")
            return None
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        tag, value = node.tag.removeprefix(_TAG), node.value
        if (
            tag in ("str", "timestamp", "value", "int")
            and node.style is None
            and _UNCLEAR.fullmatch(value)
        ):
            return self._wrong(
                node, f"{value!r} is a number to some and a text to others: put it in quotes"
            )
        match tag:
            # A date is a text to YAML 1.2 and to everyone who writes a policy's Version.
            case "str" | "timestamp" | "value" | "merge":
                return value
            case "null":
                return None
            case "bool" if value.lower() in ("true", "false"):
                return value.lower() == "true"
            case "bool":
                meant = "true" if value.lower() in ("yes", "on") else "false"
                return self._wrong(node, f"{value!r} is a trap: write {meant}, or put it in quotes")
            case "int" if _INTEGER.fullmatch(value):
                return int(value)
            case "float" if _FLOAT.fullmatch(value):
                # JSON knows one kind of number.
                return int(float(value)) if float(value).is_integer() else float(value)
            case "int" | "float":
                return self._wrong(node, f"{value!r} would be read as a number: put it in quotes")
            case _:
                return self._wrong(
                    node, f"the tag {_shown(node.tag)} builds an object: leave it out"
                )

    def _wrong(self, node: yaml.Node, what: str) -> None:
        self._mistakes.append(Mistake(self.location(node), what))


def _shown(tag: str) -> str:
    return tag.replace(_TAG, "!!")


def _syntax(source: Source, error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        position = getattr(error, "position", 0)
        before = source.text[:position]
        line, column = before.count("\n") + 1, position - before.rfind("\n")
        return Mistake(
            Location(source.name, line, column), f"is not YAML: {getattr(error, 'reason', error)}"
        )
    lines = source.text.splitlines()
    text = lines[mark.line].strip() if mark.line < len(lines) else ""
    problem = getattr(error, "problem", None) or "it breaks off"
    shown = f" at {quoted(text)}" if text else ""
    return Mistake(
        Location(source.name, mark.line + 1, mark.column + 1), f"is not YAML: {problem}{shown}"
    )
