"""How deep YAML is nested, found out before anything is built of it."""

from __future__ import annotations

import yaml

# libyaml's composer calls itself for every level, and a deep enough text ends the process.
DEEPEST = 1000


def too_deep(text: str) -> bool:
    """Whether a text is nested too deeply to be composed; raises YAMLError where it is broken."""
    return _may_be_deep(text) and _is_deep(text)


def _may_be_deep(text: str) -> bool:
    """Each level takes a bracket, or stands further to the right than the one around it."""
    longest = max(map(len, text.splitlines()), default=0)
    return text.count("[") + text.count("{") + longest > DEEPEST


def _is_deep(text: str) -> bool:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            return True
    return False
