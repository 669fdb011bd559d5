"""The life of an estate: what git says, how the weather is, who dies and who meddles, in order.

A seed makes one, and any part of it can be left out: so a life that ends badly gets short.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from reconciler.aws import session
from tests.conftest import Ran
from tests.direct import one_session
from tests.laws.cases import BYSTANDER
from tests.proof import specs
from tests.proof.differences import meddle
from tests.proof.killed import Point, killed_at
from tests.proof.lot import Lot
from tests.proof.others import settle, theirs
from tests.proof.place import FAILED, FINE, LOCKED, Place
from tests.proof.specs import DRAWN, NEEDS, Around, Declared, name_of
from tests.quick import reads

PASSES = 3
"""So many are enough once all is fair again."""


class Says(NamedTuple):
    """From now on git says this of a resource."""

    declared: Declared

    def __str__(self) -> str:
        return f"git says {self.declared.text.strip()}"


class Drops(NamedTuple):
    """From now on git says nothing of it, unless another needs it."""

    key: str

    def __str__(self) -> str:
        return f"git drops {self.key}"


class Weather(NamedTuple):
    name: str
    seed: int
    attempts: str
    """How often the SDK sends a call at most: with few passes fail, with many answers get lost."""

    def __str__(self) -> str:
        return f"{self.name} begins (seed {self.seed}), and calls are sent {self.attempts} times"


class Pass(NamedTuple):
    end: Point | None

    def __str__(self) -> str:
        if self.end is None:
            return "a pass"
        return f"a pass, killed {'after' if self.end.sent else 'before'} its call {self.end.call}"


class Meddling(NamedTuple):
    """Somebody does something in AWS to what git says last."""

    key: str
    seed: str

    def __str__(self) -> str:
        return f"somebody else changes {self.key} in AWS"


Part = Says | Drops | Weather | Pass | Meddling

_WEATHERS = ("storm", "flaky", "late", "throttled", "expired", "drizzle", "echo,pages", "fair")


def _kinds(lot: Lot) -> list[str]:
    """A kind, and those that it refers to."""
    kind = lot.choice([*DRAWN])
    return [one for one in DRAWN if one == kind or one in NEEDS.get(kind, ())]


def life(seed: int, around: Around) -> list[Part]:
    """All that happens before the weather is fair for good."""
    lot = Lot(f"life {seed}")
    kinds = _kinds(lot)
    names = {one: [name_of(one, n) for n in range(lot.randint(1, 2))] for one in kinds}
    among = replace(around, names=names)
    keys = [(one, name) for one in kinds for name in names[one]]
    parts: list[Part] = [
        Weather(lot.choice(_WEATHERS), lot.randrange(10**6), lot.choice(["2", "8"]))
    ]
    for day in range(lot.randint(1, 3)):
        for one, name in keys if day == 0 else lot.some(keys, 1, 2):
            goes = day > 0 and lot.likely(0.25)
            says = specs.drawn(one, name, f"{seed} {day}", among)
            parts.append(Drops(says.key) if goes else Says(says))
        if lot.likely(0.3):
            parts.append(Meddling("/".join(lot.choice(keys)), f"{seed} {day}"))
        end = Point(lot.randint(1, 30), lot.likely()) if lot.likely(0.4) else None
        parts += [Pass(end)] if lot.likely(0.8) else []
    return parts


@dataclass
class Lived:
    """An estate as it lives."""

    place: Place
    patch: pytest.MonkeyPatch
    said: dict[str, Declared]
    """What git says of each resource now."""

    def happens(self, part: Part) -> None:
        match part:
            case Says(declared):
                self._say({**self.said, declared.key: declared})
            case Drops(key):
                self._say({k: one for k, one in self.said.items() if k != key})
            case Weather(name, seed, attempts):
                self.patch.setenv("AWS_MAX_ATTEMPTS", attempts)
                self.place.sandbox.weather(name, seed)
            case Pass(end):
                with killed_at(end):
                    self.passes()
            case Meddling(key, seed) if key in self.said:
                # It may not be there, or AWS may not answer who meddles either.
                with suppress(ClientError, BotoCoreError, LookupError, StopIteration):
                    meddle(self.place.aws, self.said[key], Lot(seed))

    def _say(self, said: dict[str, Declared]) -> None:
        """What refers to something that is not there is nothing that git could say."""
        before, self.said = self.said, said
        self._write()
        if self.place.reconcile("validate").status != FINE:
            self.said = before
            self._write()

    def _write(self) -> None:
        self.place.desired(BYSTANDER, *(one.text for one in self.said.values()))

    def passes(self) -> Ran:
        """One pass, which ends well or says why not; a person frees the lock of a dead one."""
        ran = self.place.reconcile("apply", "--yes")
        if dead := re.search(r"`reconcile (unlock) (\S+)`", ran.err):
            self.place.reconcile(*dead.groups())
            ran = self.place.reconcile("apply", "--yes")
        assert ran.status in (FINE, FAILED, LOCKED), ran
        assert "Traceback" not in ran.out + ran.err, ran
        assert ran.status == FINE or ran.err or "failed" in ran.out, ran
        return ran

    def converges(self) -> None:
        """The weather is fair and a while has gone by: a few passes, and nothing is left to do."""
        self._write()
        self.patch.setattr(session, "_SETTLES", 0)
        self.place.sandbox.weather("fair")
        self.place.sandbox.turn(3600)
        ran = self.passes()
        for _ in range(PASSES - 1):
            ran = ran if ran.status == FINE else self.passes()
        planned = self.place.reconcile("plan", "--detailed-exitcode")
        assert planned.status == FINE, f"{planned.out}{planned.err}\nthe last pass: {ran}"


def live(place: Place, seed: int, kept: Sequence[int] | None = None) -> None:
    """Live the life of a seed, or these parts of it; raises AssertionError where it ends badly."""
    with pytest.MonkeyPatch.context() as patch, one_session():
        random.seed(0)
        place.sandbox.reset()
        kinds = _kinds(Lot(f"life {seed}"))
        around = settle(place.aws, kinds)
        whole = life(seed, around)
        reads(patch, {"Policy", *kinds}.__contains__)
        before = theirs(place.aws, kinds)
        lived = Lived(place, patch, {})
        for number in range(len(whole)) if kept is None else kept:
            lived.happens(whole[number])
        lived.converges()
        assert theirs(place.aws, kinds) == before, "what others have is not as it was"


def shrunk(parts: Sequence[int], fails: Callable[[Sequence[int]], bool]) -> list[int]:
    """As few of the parts as still fail, as far as leaving some out at a time finds them."""
    left = [*parts]
    size = max(1, len(left) // 2)
    while True:
        for without in _chunks(left, size):
            if len(without) < len(left) and fails(without):
                left = without
                break
        else:
            if size == 1:
                return left
            size //= 2


def _chunks(parts: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(parts), size):
        yield parts[:start] + parts[start + size :]


def failure(place: Place, seed: int, kept: Sequence[int] | None = None) -> Exception | None:
    """What goes wrong in the life of a seed, or in these parts of it."""
    try:
        live(place, seed, kept)
    except Exception as wrong:
        return wrong
    return None
