"""Follow, exchange and take away the references that specs hold, by their `Refers` marks alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args

from reconciler.model import Key, Observed
from reconciler.spec import Refers, Spec

S = TypeVar("S", bound=Spec)
Gone = Callable[[Refers, str], bool]

# SSM's documents of AWS's own are called so, and nobody else's may be.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html
_AWS_ID = re.compile(r"arn:.*|sg-[0-9a-f]{8,17}|key-[0-9a-f]{17}|AWS(EC2)?-[A-Z]\w*")


class Reference(NamedTuple):
    """That a spec's `field` (as YAML calls it) holds `target`: a name, or AWS's id."""

    field: str
    refers: Refers
    target: str


def is_aws_id(target: str) -> bool:
    """Whether a reference is to something by AWS's own id or ARN, rather than by our name."""
    return _AWS_ID.fullmatch(target) is not None


def references(spec: Spec) -> Iterator[Reference]:
    """Every reference in a spec, nested ones included."""
    marks = _marks(type(spec))
    for name in _leading(type(spec)):
        value = getattr(spec, name, None)
        if name in marks:
            word = type(spec).model_fields[name].alias or name
            for target in _texts(value):
                yield Reference(word, marks[name], target)
        else:
            for inner in _specs(value):
                yield from references(inner)


def exchanged(spec: S, exchange: Callable[[Refers, str], str]) -> S:
    """The spec with each reference replaced by what `exchange` gives for it."""

    def swap(refers: Refers, value: Any) -> Any:
        if isinstance(value, str):
            return exchange(refers, value)
        return tuple(exchange(refers, text) for text in _texts(value)) if value else value

    return _rebuilt(spec, swap, lambda inner: exchanged(inner, exchange))


def by_name(
    observed: Mapping[Key, Observed], names: Mapping[tuple[str, str], str]
) -> dict[Key, Observed]:
    """The observations with what they refer to by its name, as git has it.

    `names` has the names by kind and AWS's id; what is not among them stays as it is.
    """

    def name(refers: Refers, target: str) -> str:
        return names.get((refers.kind, target), target)

    return {key: _with(one, exchanged(one.spec, name)) for key, one in sorted(observed.items())}


def _with(observed: Observed, spec: Spec) -> Observed:
    return observed if spec is observed.spec else replace(observed, spec=spec)


def without(spec: S, gone: Gone) -> S:
    """The spec with the references that are `gone` taken away.

    A nested part goes as a whole: a rule without its source would mean something else.
    """

    def drop(refers: Refers, value: Any) -> Any:
        if isinstance(value, str):
            return None if gone(refers, value) else value
        return tuple(text for text in value if not gone(refers, text)) if value else value

    def keep(inner: Spec) -> Spec | None:
        lost = any(gone(reference.refers, reference.target) for reference in references(inner))
        return None if lost else inner

    return _rebuilt(spec, drop, keep)


def _rebuilt(
    spec: S,
    on_reference: Callable[[Refers, Any], Any],
    on_part: Callable[[Any], Any],
) -> S:
    if next(references(spec), None) is None:
        return spec
    marks = _marks(type(spec))
    values: dict[str, Any] = {}
    for name, value in spec:
        if name in marks:
            values[name] = on_reference(marks[name], value)
        elif isinstance(value, tuple):
            parts = [on_part(item) if isinstance(item, Spec) else item for item in value]
            values[name] = tuple(part for part in parts if part is not None)
        elif isinstance(value, dict):
            rebuilt = {
                key: on_part(item) if isinstance(item, Spec) else item
                for key, item in value.items()
            }
            values[name] = {key: item for key, item in rebuilt.items() if item is not None}
        else:
            values[name] = on_part(value) if isinstance(value, Spec) else value
    # Built anew, not copied, so that what is kept sorted is sorted by its new words.
    return type(spec).seen(**values)


@cache
def _marks(model: type[Spec]) -> dict[str, Refers]:
    return {
        name: mark
        for name, info in model.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, Refers)
    }


@cache
def _leading(model: type[Spec]) -> tuple[str, ...]:
    """The fields that may lead to a reference: few do, and there may be very many specs."""
    marks = _marks(model)
    return tuple(
        name
        for name, info in model.model_fields.items()
        if name in marks or any(map(_leading, _parts(info.annotation)))
    )


def _parts(annotation: Any) -> Iterator[type[Spec]]:
    """The specs that a field of this type may hold."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _specs(value: Any) -> Iterator[Spec]:
    if isinstance(value, Spec):
        yield value
    elif isinstance(value, tuple):
        yield from (item for item in value if isinstance(item, Spec))
    elif isinstance(value, dict):
        yield from (item for item in value.values() if isinstance(item, Spec))
