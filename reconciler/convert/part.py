"""A part of somebody else's definition, which remembers what was read of it: the rest is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.fields.wording import did_you_mean, quoted

Path = tuple[str | int, ...]

# What is called so may hold a secret itself. AWS's HttpTokens says whether some are needed.
_SECRET = re.compile(
    r"secret|passw|passphrase|(?<!http)token|credential|(private|access|api)[-_]?key", re.I
)


class Complaint(NamedTuple):
    """What a person has to see to, and what in the definition it is about."""

    path: Path
    what: str


class Part:
    """A mapping of the definition. What is asked of it by name counts as told elsewhere.

    An absent value is None; one that is no such thing as it should be is None too, and told.
    """

    def __init__(self, value: Any, path: Path, complaints: list[Complaint]) -> None:
        self.path = path
        self._complaints = complaints
        self._asked: set[str] = set()
        self._inner: list[Part] = []
        self._value: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if value is not None and not isinstance(value, Mapping):
            self._lost(value, (), "is not a mapping, and was left out")

    def __contains__(self, word: str) -> bool:
        return self._value.get(word) is not None

    def complain(self, what: str, *steps: str | int) -> None:
        self._complaints.append(Complaint((*self.path, *steps), what))

    def text(self, word: str) -> str | None:
        value: str | None = self._take(word, "a text", str)
        return value

    def flag(self, word: str) -> bool | None:
        value: bool | None = self._take(word, "true or false", bool)
        return value

    def count(self, word: str) -> int | None:
        value: int | None = self._take(word, "a whole number", int)
        return value

    def number(self, word: str) -> int | float | None:
        value: int | float | None = self._take(word, "a number", (int, float))
        return value

    def texts(self, word: str) -> list[str]:
        given: list[Any] = self._take(word, "a list", list) or []
        for at, one in enumerate(given):
            if not isinstance(one, str):
                self._lost(one, (word, at), "is not a text, and was left out")
        return [one for one in given if isinstance(one, str)]

    def part(self, word: str) -> Part:
        return self._part(self._take(word, "a mapping", Mapping), word)

    def parts(self, word: str) -> list[Part]:
        given: list[Any] = self._take(word, "a list", list) or []
        return [self._part(one, word, at) for at, one in enumerate(given)]

    def whole(self, word: str) -> dict[str, Any]:
        """A mapping as it is, with nothing in it that may be a secret: that is told without it."""
        given = self._value.get(word)
        if given is not None and not isinstance(given, Mapping):
            # It may be a whole user data, packed.
            self.secrets(word)
            return {}
        self._asked.add(word)
        cleared: dict[str, Any] = self._cleared(given or {}, (word,))
        return cleared

    def secrets(self, word: str) -> None:
        """What is secret by its place, whatever it is called."""
        self._asked.add(word)
        for steps, _ in leaves(self._value.get(word)):
            self.complain(_SECRETS, word, *steps)

    def meant(self, word: str, *values: Any) -> None:
        """That these values say nothing that a WorkerType does not say by itself."""
        if self._value.get(word) in values:
            self._asked.add(word)

    def told(self, *words: str) -> None:
        """That these words say nothing of what should be: bookkeeping, or state."""
        self._asked.update(words)

    def leave(self) -> None:
        """Tell of all that nobody asked for, in here and in the parts that were taken."""
        for word, value in self._value.items():
            if word not in self._asked:
                near = did_you_mean(word, self._asked, 0)
                self._lost(value, (word,), f"has no place in a WorkerType, and was left out{near}")
        for inner in self._inner:
            inner.leave()

    def _part(self, value: Any, *steps: str | int) -> Part:
        inner = Part(value, (*self.path, *steps), self._complaints)
        self._inner.append(inner)
        return inner

    def _take(self, word: str, what: str, kind: Any) -> Any:
        self._asked.add(word)
        value = self._value.get(word)
        is_flag = isinstance(value, bool)
        if value is None or (isinstance(value, kind) and is_flag == (kind is bool)):
            return value
        self._lost(value, (word,), f"is not {what}, and was left out")
        return None

    def _lost(self, value: Any, steps: Path, why: str) -> None:
        for inner, leaf in leaves(value):
            shown = "what stands here" if may_be_secret((*steps, *inner), leaf) else quoted(leaf)
            self.complain(f"{shown} {why}", *steps, *inner)

    def _cleared(self, value: Any, steps: Path) -> Any:
        if isinstance(value, Mapping):
            kept = {word: self._cleared(inner, (*steps, word)) for word, inner in value.items()}
            return {word: inner for word, inner in kept.items() if inner is not _LEFT_OUT}
        if isinstance(value, list):
            items = [self._cleared(inner, (*steps, at)) for at, inner in enumerate(value)]
            return [inner for inner in items if inner is not _LEFT_OUT]
        if value is None:
            self.complain("nothing, as a value, can't be said here: it was left out", *steps)
            return _LEFT_OUT
        if may_be_secret(steps[1:], value):
            self.complain(_SECRETS, *steps)
            return _LEFT_OUT
        return value


def may_be_secret(path: Path, value: Any) -> bool:
    """Whether what stands at `path` must not be shown."""
    named = any(isinstance(step, str) and _SECRET.search(step) for step in path)
    return named or (isinstance(value, str) and "PRIVATE KEY" in value)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Everything that is neither a mapping nor a list, nor nothing, and where it stands."""
    if isinstance(value, Mapping):
        for word, inner in value.items():
            yield from leaves(inner, (*path, word))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from leaves(inner, (*path, at))
    elif value is not None:
        yield path, value


_LEFT_OUT = object()
_SECRETS = (
    "what stands here may be a secret, and was left out: make it a Parameter with `secret` that "
    "the instance profile may read"
)
