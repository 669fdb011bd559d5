"""Settings of combinations, as what holds for all of them, and for each region, zone and type."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.convert.part import Part
from reconciler.convert.run_instances import Told
from reconciler.convert.words import Said
from reconciler.fields.wording import quoted

Steps = tuple[str, ...]
Flat = dict[Steps, Any]
Level = dict[str, Flat]
"""Settings by what they are for: a region, a zone or a type; "" is everything."""


class Launch(NamedTuple):
    """One combination, and all that is set for it."""

    given: Part
    region: str
    zone: str | None
    type: str
    capacity: int | None
    found: Told
    settings: Said


class Factored(NamedTuple):
    general: Level
    regions: Level
    zones: Level
    types: Level


_BY: Sequence[Callable[[Launch], str]] = (
    lambda _: "",
    lambda one: one.region,
    lambda one: one.zone or "",
    lambda one: one.type,
)

_NOT_AT = {"image": (2,), "launch.tags": (2, 3)}
"""What can't be said for a zone, or for a zone and a type."""


def factored(launches: Sequence[Launch]) -> Factored:
    """Each setting at the first level at which it is the same throughout; others are told."""
    levels = Factored({}, {}, {}, {})
    flat = [dict(_flat(one.settings)) for one in launches]
    for steps in dict.fromkeys(steps for one in flat for steps in one):
        values = [one.get(steps) for one in flat]
        at = next((at for at in range(4) if _fits(at, steps, launches, values)), None)
        for one, value in zip(launches, values, strict=True):
            if value is not None and at is not None:
                levels[at].setdefault(_BY[at](one), {})[steps] = value
            elif value is not None:
                one.given.complain(_unsayable(one, steps, value))
    return levels


def nested(flat: Flat) -> Said:
    """Settings by their paths, as mappings again."""
    found: Said = {}
    for steps, value in flat.items():
        inner = found
        for step in steps[:-1]:
            inner = inner.setdefault(step, {})
        inner[steps[-1]] = value
    return found


def _fits(at: int, steps: Steps, launches: Sequence[Launch], values: Sequence[Any]) -> bool:
    if at == 2 and not all(one.zone for one in launches):
        return False
    if at in _NOT_AT.get(steps[0], ()) or at in _NOT_AT.get(".".join(steps[:2]), ()):
        return False
    seen: dict[str, str] = {}
    texts = [json.dumps(value, sort_keys=True) for value in values]
    return all(
        seen.setdefault(_BY[at](one), text) == text
        for one, text in zip(launches, texts, strict=True)
    )


def _flat(value: Mapping[str, Any], steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    for word, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield from _flat(inner, (*steps, word))
        else:
            yield (*steps, word), inner


def _unsayable(one: Launch, steps: Steps, value: Any) -> str:
    return (
        f"{'.'.join(steps)} {quoted(value)} is for {one.type} in {one.zone or one.region}, and not "
        "for all of the type, zone or region, as it would have to be here: it was left out"
    )
