"""The content of an SSM Command document: SSM's own language, told by a JSON Schema of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.fields.included import read_included

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
    return parse(text) if isinstance(text, str) else text


def parse(text: str) -> Any:
    """The structure of a document's text; YAML is a superset of the JSON that SSM answers."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PydanticCustomError("bad_content", "{why}", {"why": str(error)}) from None


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(SCHEMA)


def _checked(content: dict[str, Any]) -> dict[str, Any]:
    mistakes = sorted(_validator().iter_errors(content), key=lambda error: error.json_path)
    if mistakes:
        told = "; ".join(
            f"{error.json_path.removeprefix('$.')}: {error.message}" for error in mistakes
        )
        raise PydanticCustomError("bad_content", "{why}", {"why": told})
    return content


CommandContent = Annotated[
    Mapping[str, Any],
    AfterValidator(_checked),
    BeforeValidator(_parsed),
    WithJsonSchema(
        {
            "anyOf": [
                SCHEMA,
                {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {"file": {"type": "string"}},
                },
            ]
        }
    ),
]


def serialised(content: Mapping[str, Any], form: str) -> str:
    """The text that SSM is sent: the same bytes for the same content."""
    if form == "YAML":
        return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return json.dumps(content, indent=2, ensure_ascii=False)
