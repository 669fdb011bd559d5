"""Looking at what our parser leaves out of EC2's longest answers is an error in every test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.aws.parsing import factory, long, members
from reconciler.aws.parsing.beside import Beside
from reconciler.aws.parsing.quick import Parser

Look = Callable[[str, bool], None]
"""Hears of each member that is looked at, as a path, and whether it or a part of it is read."""


class Watched(dict[str, Any]):
    """What was read of a structure, which tells of the members that are looked at."""

    def __init__(
        self, found: dict[str, Any], shape: Any, path: str, within: members.Members, look: Look
    ) -> None:
        super().__init__(found)
        self._shape, self._path, self._within, self._look = shape, path, within, look

    def __getitem__(self, name: str) -> Any:
        self._looked(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._looked(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._looked(name)
        return super().get(name, default)

    def _looked(self, name: str) -> None:
        if name in self._shape.members:
            self._look(f"{self._path}.{name}", name in self._within)


def watched(patch: pytest.MonkeyPatch, look: Look) -> None:
    """Let `look` hear of each member of these answers that is looked at, be they ever so short."""
    patch.setattr(factory, "LONG", 0)
    # Another process would not know of this.
    patch.setattr(long, "_beside", Beside(cores=1))
    read = Parser._do_parse

    def parse(self: Parser, response: Any, shape: Any) -> Any:
        found = read(self, response, shape)
        within = members.used(shape.name) if shape else {}
        return _told(found, shape, shape.name, within, look) if within else found

    patch.setattr(Parser, "_do_parse", parse)


def all_read(path: str, is_read: bool) -> None:
    assert is_read, f"{path} is looked at, and not among what is read: see aws/parsing/members.py"


def _told(found: Any, shape: Any, path: str, within: members.Members, look: Look) -> Any:
    """What was read; what is named as a whole may be looked at as anybody likes."""
    if isinstance(found, list):
        return [_told(one, shape.member, path, within, look) for one in found]
    if not within:
        return found
    inner = {
        name: _told(value, shape.members[name], f"{path}.{name}", within.get(name, {}), look)
        if name in shape.members
        else value
        for name, value in found.items()
    }
    return Watched(inner, shape, path, within, look)
