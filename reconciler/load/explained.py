"""What pydantic found, in words for who wrote it: what is offending, and what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from reconciler.fields.plain import meaning
from reconciler.fields.wording import did_you_mean, quoted
from reconciler.load.nodes import Path, is_secret

_TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def explained(detail: Any, root: type[BaseModel], path: Path) -> Iterator[tuple[Path, str]]:
    """Where each mistake is that one of pydantic's error details tells of, and what."""
    if parts := detail.get("ctx", {}).get("parts"):
        yield from (((*path, *inner), what) for inner, what in parts)
    elif detail["type"] == "too_short" and detail["input"]:
        # The list only seems too short, since what is in it is wrong.
        return
    else:
        yield path, _what(detail, root, path)


def _what(detail: Any, root: type[BaseModel], path: Path) -> str:
    value, context, kind = detail["input"], detail.get("ctx", {}), detail["type"]
    shown = "what is given" if is_secret(path) else quoted(value)
    match kind:
        case "extra_forbidden":
            return f"unknown field{did_you_mean(path[-1], _fields(root, path[:-1]))}"
        case "missing":
            return f"`{detail['loc'][-1]}` is missing"
        case "literal_error":
            known = _literals(context["expected"])
            return f"{shown} is not {_one_of(known)}{did_you_mean(value, known, 0)}"
        case "string_pattern_mismatch":
            return f"{shown} is not {_form(context['pattern'], value)}"
        case "string_too_short" | "too_short" if not value:
            return "it is empty"
        case "string_too_long" | "too_long":
            return f"{shown} is too long: {context['max_length']} at most"
        case "greater_than_equal":
            return f"{shown} is too small: {context['ge']} at least"
        case "less_than_equal":
            return f"{shown} is too large: {context['le']} at most"
        case "model_type" | "model_attributes_type" if is_secret(path):
            return "say where the value comes from, as {env: NAME} or {file: PATH}, and not what"
        case _ if kind in _TYPES:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            quotes = ": put it in quotes" if kind == "string_type" and number else ""
            return f"{shown} is not {_TYPES[kind]}{quotes}"
        case _:
            # One of our own, which tells by itself what is offending.
            return str(detail["msg"])


def _literals(expected: str) -> list[str]:
    return [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]


def _one_of(known: list[str]) -> str:
    return known[0] if len(known) == 1 else f"one of {', '.join(known)}"


def _form(pattern: str, value: object) -> str:
    known = meaning(pattern)
    if known is None:
        return f"of the form {pattern}"
    return f"{known.words}{did_you_mean(value, known.known, 0)}"


def _fields(root: type[BaseModel], path: Path) -> set[str]:
    """The words that are known where `path` leads, as the models say."""
    here: list[type[BaseModel]] = [root]
    for step in path:
        inner = [
            found
            for one in here
            for info in one.model_fields.values()
            if info.alias == step
            for found in _models(info.annotation)
        ]
        # Numbers of lists, and names that a mapping gives, lead to no other model.
        here = inner or here
    return {info.alias or name for one in here for name, info in one.model_fields.items()}


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for inner in get_args(annotation) for found in _models(inner)]
