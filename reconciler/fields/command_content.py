"""The content of an SSM Command document: SSM's own language, told by a JSON Schema of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError

from reconciler.fields.included import FromFile, read_included
from reconciler.fields.wording import did_you_mean, quoted

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html
LARGEST = 64 * 1024

_PARAMETER = {
    "type": "object",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["String", "StringList", "Integer", "Boolean", "MapList", "StringMap"]},
        "description": {"type": "string"},
        "default": {},
        "allowedValues": {"type": "array"},
        "allowedPattern": {"type": "string"},
        "displayType": {"enum": ["textfield", "textarea"]},
        "minItems": {"type": "integer"},
        "maxItems": {"type": "integer"},
        "minChars": {"type": "integer"},
        "maxChars": {"type": "integer"},
        "interpolationType": {"type": "string"},
    },
}
_STEP = {
    "type": "object",
    "required": ["action", "name"],
    "additionalProperties": False,
    "properties": {
        "action": {"type": "string", "pattern": "^aws:[A-Za-z]+$"},
        "name": {"type": "string", "minLength": 1},
        "precondition": {"type": "object"},
        "inputs": {"type": "object"},
    },
}
_HEAD = {
    "description": {"type": "string"},
    "parameters": {"type": "object", "additionalProperties": _PARAMETER},
}
# https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["schemaVersion"],
    "properties": {"schemaVersion": {"enum": ["1.2", "2.0", "2.2"]}},
    "if": {"properties": {"schemaVersion": {"const": "1.2"}}},
    "then": {
        "required": ["runtimeConfig"],
        "additionalProperties": False,
        "properties": {**_HEAD, "schemaVersion": {}, "runtimeConfig": {"type": "object"}},
    },
    "else": {
        "required": ["mainSteps"],
        "additionalProperties": False,
        "properties": {
            **_HEAD,
            "schemaVersion": {},
            "mainSteps": {"type": "array", "minItems": 1, "items": _STEP},
        },
    },
}


def _parsed(value: Any, info: ValidationInfo) -> Any:
    text = read_included(value, info)
    # A document holds its content as a structure; a text can only have come from a file.
    return parse(text) if text is not value else value


def parse(text: str) -> Any:
    """The structure of a document's text, which is JSON or YAML."""
    try:
        return _of_json(text) or _of_yaml(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        why = f"{error.problem}, in line {line}"
    except (yaml.YAMLError, ValueError, TypeError) as error:
        why = str(error)
    except RecursionError:
        why = "it is nested too deeply"
    raise _wrong([((), f"is not YAML or JSON: {why}")])


def _of_json(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)


def _of_yaml(text: str) -> Any:
    """Through JSON, since YAML would make dates and other things that JSON has not."""
    parts: list[str] = []
    for part in json.JSONEncoder().iterencode(yaml.load(text, Loader=yaml.CSafeLoader)):
        parts.append(part)
        # Aliases can make a small text mean a huge structure.
        if len(parts) > LARGEST:
            raise ValueError("it is too large")
    return json.loads("".join(parts))


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def matches(_: Any, pattern: str, text: Any, __: Any) -> Iterator[ValidationError]:
        # JSON Schema's $ is the very end; Python's lets a line's end stand behind it.
        if isinstance(text, str) and not re.search(pattern.removesuffix("$") + r"\Z", text):
            yield ValidationError("")

    return extend(Draft202012Validator, {"pattern": matches})(SCHEMA)  # type: ignore[no-untyped-call]


def _checked(content: Mapping[str, Any]) -> Mapping[str, Any]:
    mistakes = sorted(_validator().iter_errors(content), key=lambda error: error.json_path)
    if mistakes:
        raise _wrong([part for error in mistakes for part in _parts(error)])
    if len(serialised(content, "JSON").encode()) > LARGEST:
        raise PydanticCustomError(
            "too_large", "larger than the {most} bytes that SSM takes", {"most": LARGEST}
        )
    return content


def _wrong(parts: list[tuple[tuple[str | int, ...], str]]) -> PydanticCustomError:
    """A complaint with the place and the words of every part that is wrong."""
    told = "; ".join(f"{'.'.join(map(str, path))}: {what}" for path, what in parts)
    return PydanticCustomError("bad_content", "{why}", {"why": told, "parts": parts})


def _parts(error: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        for word in error.instance.keys() - known.keys():
            yield (*path, word), f"unknown field{did_you_mean(word, known)}"
    else:
        yield path, _told(error)


def _told(error: Any) -> str:
    match error.validator:
        case "required":
            # jsonschema tells of each by itself, and in its message alone of which.
            return f"`{error.message.split(chr(39))[1]}` is missing"
        case "enum":
            number = isinstance(error.instance, int | float)
            return f"{quoted(error.instance)} is not one of {', '.join(error.validator_value)}" + (
                ": put it in quotes"
                if number
                else did_you_mean(error.instance, error.validator_value, 0)
            )
        case "type":
            return f"{quoted(error.instance)} is not of the type {error.validator_value}"
        case "pattern":
            return f"{quoted(error.instance)} is not of the form {error.validator_value}"
        case _:
            return f"{quoted(error.instance)} is too short"


class _Content:
    """Publishes the schema that the content is checked by."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> JsonSchemaValue:
        return {"anyOf": [SCHEMA, FromFile.model_json_schema()]}


CommandContent = Annotated[
    Mapping[str, Any], AfterValidator(_checked), BeforeValidator(_parsed), _Content()
]


def serialised(content: Mapping[str, Any], form: str) -> str:
    """The text that SSM is sent: the same bytes for the same content."""
    if form == "YAML":
        # In ASCII, since PyYAML writes some line ends of Unicode so that they read as spaces.
        return yaml.safe_dump(content, sort_keys=False)
    return json.dumps(content, indent=2, ensure_ascii=False)
