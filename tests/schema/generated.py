"""Documents made from a schema at random, and what can be done to one to make it a bad one."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

Schema = Mapping[str, Any]
Place = tuple[Any, Any]
"""A container, and the key or the index of something in it."""


def good(schema: Schema | bool, root: Schema) -> st.SearchStrategy[Any]:
    """What `schema` accepts, for the keywords that our schemas use."""
    if isinstance(schema, bool):
        return st.booleans() | _PLAIN
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        return st.deferred(lambda: good(root["$defs"][name], root))
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return st.one_of([good({**_around(schema), **s}, root) for s in schema[word]])
    if "properties" in schema.get("if", {}):
        return st.one_of([good(branch, root) for branch in _branches(schema)])
    match schema.get("type"):
        case "object":
            return _object(schema, root)
        case "array":
            return _array(schema, root)
        case "string":
            return _string(schema)
        case "integer":
            return st.integers(schema.get("minimum", -(10**9)), schema.get("maximum", 10**9))
        case "number":
            return _number(schema)
        case "boolean":
            return st.booleans()
    return st.booleans() | _PLAIN


def _number(schema: Schema) -> st.SearchStrategy[float]:
    low, high = schema.get("minimum", -1e6), schema.get("maximum", 1e6)
    above = schema.get("exclusiveMinimum")
    numbers = st.floats(low if above is None else above, high).map(lambda one: round(one, 3))
    return numbers.filter(lambda one: above is None or one > above)


def _branches(schema: Schema) -> Iterator[Schema]:
    """What a schema is if its condition holds, and what if not."""
    ((word, condition),) = schema["if"]["properties"].items()
    others = [v for v in schema["properties"][word]["enum"] if v != condition["const"]]
    for branch, value in (("then", condition), ("else", {"enum": others})):
        words = {**schema[branch]["properties"], word: value}
        required = [*schema["required"], *schema[branch]["required"]]
        yield {"type": "object", "properties": words, "required": required}


def _around(schema: Schema) -> dict[str, Any]:
    return {k: v for k, v in schema.items() if k in ("minLength", "maxLength", "type")}


_PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=5)


def _string(schema: Schema) -> st.SearchStrategy[str]:
    low, high = schema.get("minLength", 0), schema.get("maxLength", 200)
    if "pattern" not in schema:
        return st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=low)
    letters = st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"])
    texts = st.from_regex(ecma(schema["pattern"]), alphabet=letters)
    return texts.filter(lambda text: low <= len(text) <= high)


def _array(schema: Schema, root: Schema) -> st.SearchStrategy[list[Any]]:
    items = good(schema.get("items", {}), root)
    unique = repr if schema.get("uniqueItems") else None
    return st.lists(items, min_size=schema.get("minItems", 0), max_size=3, unique_by=unique)


@st.composite
def _object(draw: st.DrawFn, schema: Schema, root: Schema) -> dict[str, Any]:
    if "properties" not in schema:
        keys = good({"type": "string", **schema.get("propertyNames", {})}, root)
        values = good(schema.get("additionalProperties", {}), root)
        made: dict[str, Any] = draw(
            st.dictionaries(keys, values, min_size=schema.get("minProperties", 0), max_size=2)
        )
        return made
    rules = [*schema.get("allOf", ()), *([schema] if "if" in schema else ())]
    words = draw(_words(schema, rules))
    narrowed = dict(schema["properties"])
    for rule in rules:
        if "if" in rule and set(rule["if"]["required"]) <= words:
            narrowed.update(rule["then"].get("properties", {}))
    return {word: draw(good(narrowed[word], root)) for word in narrowed if word in words}


def _words(schema: Schema, rules: list[Schema]) -> st.SearchStrategy[frozenset[str]]:
    """Which properties to give, so that all that must or must not stand together does."""
    required = set(schema.get("required", ()))
    return (
        st.frozensets(st.sampled_from(sorted(schema["properties"])))
        .map(lambda words: words | required)
        .filter(lambda words: all(_allows(rule, words) for rule in rules))
        .filter(lambda words: not {"ports", "icmpType"} <= words)
    )


def _allows(rule: Schema, words: frozenset[str]) -> bool:
    def has(part: Schema) -> bool:
        return set(part.get("required", ())) <= words

    if "if" in rule:
        return not has(rule["if"]) or has(rule["then"])
    if "oneOf" in rule:
        return sum(map(has, rule["oneOf"])) == 1
    return any(map(has, rule["anyOf"]))


def ecma(pattern: str) -> re.Pattern[str]:
    """A pattern as JSON Schema means it, whose $ is the very end, as Python's is not."""
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))


_STRANGE: list[Any] = [
    None, True, False, 0, -1, 1, 22, 65536, 10**12, 3.5, "", "x", "a b", "é", "日本", "*",
    "a\n", "-1", "22", "0022", "22-22", "90-80", "10.0.0.1/8", "10.0.0.0/33", "::/0", "::/129",
    "1::2::3/4",
    "arn:aws:iam::aws:policy/A", "arn:aws:iam::1:policy/A", "12345678901", "x" * 300, "x" * 5000,
    [], {}, [[]], ["a", "a"], {"a": "b"}, {"file": "gone"}, {"file": ""}, {"env": "A"},
    "sg-01234567",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, documents: st.SearchStrategy[Any]) -> Any:
    """A document with one to three things in it changed, as people and typing change them."""
    document = copy.deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if places:
            _change(draw, *draw(st.sampled_from(places)))
    return document


def _places(value: Any) -> Iterator[Place]:
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _change(draw: st.DrawFn, container: Any, key: Any) -> None:
    value = container[key]
    how = draw(st.sampled_from(["replace", "drop", "rename", "add", "end", "list", "twice"]))
    if how == "drop":
        del container[key]
    elif how == "rename" and isinstance(container, dict):
        del container[key]
        other = draw(st.sampled_from([key.lower(), f"{key}s", key.title(), "file", "a-b"]))
        container[other] = value
    elif how == "add" and isinstance(container, dict):
        container[draw(st.sampled_from(["extra", "Sid", "file", "env", "ports", "keyId"]))] = "a"
    elif how == "end" and isinstance(value, str):
        container[key] = value + draw(st.sampled_from(["\n", " ", "é", ":"]))
    elif how == "list":
        container[key] = [value]
    elif how == "twice" and isinstance(container, list):
        container.append(copy.deepcopy(value))
    else:
        container[key] = copy.deepcopy(draw(st.sampled_from(_STRANGE)))
