"""Launch settings from the general to the special: later levels win, and each value knows its own.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Settings = Mapping[str, Any]


class Level(NamedTuple):
    """What is said at one level, such as for a region."""

    name: str
    settings: Settings


class Merged(NamedTuple):
    """The settings that hold in the end, and the level that each value comes from."""

    settings: dict[str, Any]
    origins: dict[str, str]
    """By the path to the value, its steps joined by dots."""


def merged(levels: Iterable[Level]) -> Merged:
    """All levels, the most general first: mappings are merged, anything else is said anew."""
    found = Merged({}, {})
    for level in levels:
        _lay_over(found.settings, level.settings, level.name, found.origins, "")
    return found


def lay_under(found: Merged, level: Level) -> None:
    """Let what a level says hold where no other says anything."""
    _fill(found.settings, level.settings, level.name, found.origins, "")


def _lay_over(
    under: dict[str, Any], over: Settings, level: str, origins: dict[str, str], path: str
) -> None:
    for word, value in over.items():
        here = f"{path}.{word}" if path else word
        deeper = isinstance(under.get(word), dict)
        if not isinstance(value, Mapping):
            if deeper:
                _forget(origins, here)
            under[word], origins[here] = value, level
            continue
        if not deeper:
            origins.pop(here, None)
            under[word] = {}
        _lay_over(under[word], value, level, origins, here)


def _fill(
    over: dict[str, Any], under: Settings, level: str, origins: dict[str, str], path: str
) -> None:
    for word, value in under.items():
        here = f"{path}.{word}" if path else word
        if isinstance(value, Mapping):
            deeper = over.setdefault(word, {})
            if isinstance(deeper, dict):
                _fill(deeper, value, level, origins, here)
        elif word not in over:
            over[word], origins[here] = value, level


def _forget(origins: dict[str, str], path: str) -> None:
    """Where the values of a mapping came from that is now said anew, as a whole."""
    for known in [known for known in origins if known.startswith(f"{path}.")]:
        del origins[known]
