"""A file of somebody else's definitions, YAML or JSON, with the place of every part."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any, NamedTuple

import yaml

from reconciler.convert.part import Path
from reconciler.errors import ReconcileError
from reconciler.load.mistakes import Mistake, Mistakes
from reconciler.load.nodes import Document, documents
from reconciler.load.sources import Source, sources
from reconciler.model import Location

_DEEPEST = 50
_TOO_DEEP = "is nested too deeply"


class Given(NamedTuple):
    """One document's data, and where its parts stand as far as that is known."""

    data: Any
    document: Document

    def at(self, path: Path) -> Location:
        found = self.document.keys.get(path)
        return found or self.document.at(path)


def given(path: str, mistakes: list[Mistake]) -> list[Given]:
    """All that a file holds; raises `ReconcileError` where it can't be read."""
    if os.path.isdir(path):
        raise ReconcileError(f"{path}: is a directory: give a file, or - for standard input")
    unread: list[Mistake] = []
    files = sources(path, unread)
    if unread:
        raise Mistakes(unread)
    found = [one for file in files for one in _read(file, mistakes)]
    if not found:
        raise ReconcileError(f"{path}: is empty")
    return found


def _read(source: Source, mistakes: list[Mistake]) -> list[Given]:
    if source.text.lstrip().startswith(("{", "[")):
        return [_json(source)]
    told: list[Mistake] = []
    found = list(documents(source, told))
    if any(document.lost for document in found):
        raise Mistakes(told)
    mended = set(_mended(source, found))
    mistakes += [mistake for mistake in told if mistake.location not in mended]
    return [Given(document.data, document) for document in found]


def _mended(source: Source, found: list[Document]) -> Iterator[Location]:
    """Where what we would not take in a document of ours, such as 1.0, is read as PyYAML does.

    That is what read these definitions for their owners.
    """
    if len(found) != 1 or not found[0].broken:
        return
    try:
        plain = yaml.load(source.text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        return
    document = found[0]
    for *steps, last in filter(None, document.broken):
        value = _at(plain, [*steps, last])
        if isinstance(value, str) or (isinstance(value, int | float) and isfinite(value)):
            _at(document.data, steps)[last] = value
            yield document.at((*steps, last))


def _at(data: Any, steps: Iterable[str | int]) -> Any:
    """What stands there, or nothing: two readers may differ on what a key is."""
    for step in steps:
        try:
            data = data[step]
        except (LookupError, TypeError):
            return None
    return data


def _json(source: Source) -> Given:
    first = Location(source.name, 1, 1)
    try:
        data = json.loads(
            source.text,
            object_pairs_hook=_once,
            parse_float=_finite,
            parse_constant=_finite,
        )
    except json.JSONDecodeError as error:
        place = Location(source.name, error.lineno, error.colno)
        raise Mistakes([Mistake(place, f"is not JSON: {error.msg}")]) from None
    except ValueError as error:
        raise Mistakes([Mistake(first, f"is not JSON: {error}")]) from None
    except RecursionError:
        raise Mistakes([Mistake(first, _TOO_DEEP)]) from None
    if _is_deep(data):
        raise Mistakes([Mistake(first, _TOO_DEEP)])
    # Nearly all JSON is YAML, which knows where things stand; for the rest the file must do.
    found = [document for document in documents(source, []) if not document.lost]
    return Given(data, found[0] if len(found) == 1 else Document(data, first))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for word, value in pairs:
        if word in data:
            raise ValueError(f"the key {word!r} stands twice in one mapping")
        data[word] = value
    return data


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError(f"{text} is no number")
    return number


def _is_deep(data: Any) -> bool:
    level = [data]
    for _ in range(_DEEPEST):
        mappings = [one.values() for one in level if isinstance(one, dict)]
        lists = [one for one in level if isinstance(one, list)]
        level = [inner for one in (*mappings, *lists) for inner in one]
    return bool(level)
