"""From YAML text to plain data, with the place of every part, and YAML's traps as mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from reconciler.fields.wording import quoted
from reconciler.load.mistakes import Mistake
from reconciler.load.sources import Source
from reconciler.load.text import Piece, pieces
from reconciler.model import Location

Path = tuple[str | int, ...]

# Aliases can make a small file mean a huge document.
_MOST_PARTS = 100_000
_DEEPEST = 50

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")
# No zero at the end: 1.10 is a version to who wrote it, and 1.1 to who reads a number.
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})\.[0-9]{0,14}[1-9]")
# Plain words that YAML 1.1 and 1.2, or two readers of the same version, take for different things.
_UNCLEAR = re.compile(r"[-+]?0[0-9_]+|0o[0-7]+|[-+]?[0-9]+[eE][-+]?[0-9]+|[-+]?\.[0-9]+|[yYnN]")
_TAG = "tag:yaml.org,2002:"

SECRET = "secret"
"""Under this key somebody may have written a secret itself: nothing there is ever shown."""


def is_secret(path: Path) -> bool:
    """Whether what stands at `path` must not be shown."""
    return SECRET in path


@dataclass
class Document:
    """One document's data; `keys` and `values` say where each key and each value stands."""

    data: Any
    location: Location
    keys: dict[Path, Location] = field(default_factory=dict)
    values: dict[Path, Location] = field(default_factory=dict)
    broken: set[Path] = field(default_factory=set)
    """Where a mistake was found already, and the data has None."""
    lost: bool = False
    """Whether nothing of it could be read."""

    def at(self, path: Path) -> Location:
        """Where the value at `path` stands, or the nearest thing around it that does."""
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, self.location)


def documents(source: Source, mistakes: list[Mistake]) -> Iterator[Document]:
    """The documents of one file that can be read; what is wrong is added to `mistakes`."""
    for piece in pieces(source, mistakes):
        document = Document(None, Location(source.name, piece.offset + 1, 1))
        try:
            node = yaml.compose(piece.text, Loader=yaml.CSafeLoader)
            if node is None or _is_nothing(node):
                # Somebody has made comments of it.
                continue
            reader = _Reader(source.name, piece.offset, mistakes)
            document.location = reader.location(node)
            document.data = reader.read(node, (), document)
        except yaml.YAMLError as error:
            mistakes.append(_syntax(source, piece, error))
            document.lost = True
        except _TooMuch as error:
            mistakes.append(Mistake(document.location, str(error)))
            document.lost = True
        yield document


def _is_nothing(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value == ""


class _TooMuch(Exception):
    pass


class _Reader:
    """Turns nodes into data; remembers how far it is and which nodes it is inside of."""

    def __init__(self, name: str, offset: int, mistakes: list[Mistake]) -> None:
        self._name = name
        self._offset = offset
        self._mistakes = mistakes
        self._parts = 0
        self._inside: list[yaml.Node] = []

    def location(self, node: yaml.Node) -> Location:
        mark = node.start_mark
        return Location(self._name, self._offset + mark.line + 1, mark.column + 1)

    def read(self, node: yaml.Node, path: Path, document: Document) -> Any:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise _TooMuch("is too large")
        if len(path) > _DEEPEST:
            raise _TooMuch("is nested too deeply")
        document.values[path] = self.location(node)
        value, wrong = self._value(node, path, document)
        if wrong:
            self._wrong(node, wrong)
            document.broken.add(path)
        return value

    def _value(self, node: yaml.Node, path: Path, document: Document) -> tuple[Any, str]:
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, "it" if is_secret(path) else repr(node.value))
        if node in self._inside:
            return None, "circular reference: this part is inside of itself"
        if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            return None, f"the tag {_shown(node.tag)} builds an object: leave it out"
        self._inside.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path, document), ""
            items = enumerate(node.value)
            return [self.read(item, (*path, i), document) for i, item in items], ""
        finally:
            self._inside.pop()

    def _mapping(self, node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            shown = "the key" if is_secret(path) else f"the key {key!r}"
            if key in data:
                line = document.keys[(*path, key)].line
                self._wrong(key_node, f"{shown} is a duplicate: it stands at line {line} too")
                continue
            document.keys[(*path, key)] = self.location(key_node)
            data[key] = self.read(value_node, (*path, key), document)
            if value_node.tag == f"{_TAG}null":
                self._wrong(key_node, f"{shown} has no value: give it one, or leave it out")
                document.broken.add((*path, key))
        return data

    def _key(self, node: yaml.Node, path: Path) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._wrong(node, "a key is a word, not a list or a mapping")
            return None
        shown = "the key" if is_secret(path) else f"the key {node.value!r}"
        if node.tag == f"{_TAG}merge":
            self._wrong(node, "`<<` is no part of YAML any more: write out what it brings in")
            return None
        if node.tag != f"{_TAG}str" or (not node.style and _UNCLEAR.fullmatch(node.value)):
            meant = "a number" if node.tag == f"{_TAG}str" else _shown(node.tag).removeprefix("!!")
            if not node.style and node.value in "yYnN":
                meant = "bool"
            self._wrong(node, f"{shown} would be read as {meant}: put it in quotes")
            return None
        return str(node.value)

    def _wrong(self, node: yaml.Node, what: str) -> None:
        self._mistakes.append(Mistake(self.location(node), what))


def _scalar(node: yaml.ScalarNode, shown: str) -> tuple[Any, str]:
    """The value, and what is wrong with it; `shown` is what a message may call it."""
    tag, text = node.tag.removeprefix(_TAG), node.value
    if not node.style and tag in ("str", "int", "float") and _UNCLEAR.fullmatch(text):
        return None, f"{shown} is one thing to some and another to others: put it in quotes"
    match tag:
        # A date is a text to YAML 1.2 and to everyone who writes a policy's Version.
        case "str" | "timestamp" | "value" | "merge":
            return text, ""
        case "null":
            return None, ""
        case "bool" if text.lower() in ("true", "false"):
            return text.lower() == "true", ""
        case "bool":
            meant = "true" if text.lower() in ("yes", "on") else "false"
            return None, f"{shown} is a trap: write {meant}, or put it in quotes"
        case "int" if _INTEGER.fullmatch(text):
            return int(text), ""
        case "float" if _FLOAT.fullmatch(text):
            return float(text), ""
        case "int" | "float":
            return None, f"{shown} would be read as a number: put it in quotes"
        case _:
            return None, f"the tag {_shown(node.tag)} builds an object: leave it out"


def _shown(tag: str) -> str:
    return tag.replace(_TAG, "!!")


def _syntax(source: Source, piece: Piece, error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it breaks off"
    if mark is None:
        return Mistake(Location(source.name, piece.offset + 1, 1), f"is not YAML: {problem}")
    lines = piece.text.splitlines()
    text = lines[mark.line].strip() if mark.line < len(lines) else ""
    # What is broken has no structure that would tell whether this line is a part of a secret.
    shown = f" at {quoted(text)}" if text and SECRET not in source.text.lower() else ""
    return Mistake(
        Location(source.name, piece.offset + mark.line + 1, mark.column + 1),
        f"is not YAML: {problem}{shown}",
    )
