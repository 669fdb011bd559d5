"""JSON Schemas of the documents, made from the models that check them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema

from reconciler.documents import kinds, model
from reconciler.saved import SavedPlan

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ALL = "all.json"
PLAN = "saved-plan.json"


def schemas() -> dict[str, str]:
    """The text of every schema by its file's name: each kind, all of them, and a saved plan."""
    each = {f"{kind}.json": _of(kind) for kind in kinds()}
    made = {**each, ALL: _of_all(), PLAN: _of_plan()}
    return {name: f"{_text(schema)}\n" for name, schema in made.items()}


def write(folder: Path) -> list[str]:
    """Write every schema, and give the names of the files."""
    made = schemas()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")
    return sorted(made)


def stale(folder: Path) -> list[str]:
    """The names of schemas that are missing or not as they would be written."""
    return sorted(name for name, text in schemas().items() if _read(folder / name) != text)


def _read(file: Path) -> str | None:
    return file.read_text("utf-8") if file.is_file() else None


def _text(schema: JsonSchemaValue) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=True)


def _of(kind: str) -> JsonSchemaValue:
    made = model(kind).model_json_schema(schema_generator=_Generator)
    return {"$schema": DIALECT, **made}


def _of_plan() -> JsonSchemaValue:
    return {"$schema": DIALECT, **SavedPlan.model_json_schema(mode="serialization")}


def _of_all() -> JsonSchemaValue:
    """By kind, so that an editor complains of the one kind that is meant, not of all of them."""
    _, made = models_json_schema(
        [(model(kind), "validation") for kind in kinds()], schema_generator=_Generator
    )
    return {
        "$schema": DIALECT,
        "title": "Document",
        "description": "One document: the Estate, or one of its resources.",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {"kind": {"enum": list(kinds())}},
        "allOf": [
            {
                "if": {"required": ["kind"], "properties": {"kind": {"const": kind}}},
                "then": {"$ref": f"#/$defs/{kind}"},
            }
            for kind in kinds()
        ],
        "$defs": made["$defs"],
    }


class _Generator(GenerateJsonSchema):
    """What pydantic says, but for what only Python and not YAML may leave open."""

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        # A field without a value is a mistake, so nothing may be null.
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        return made

    def encode_default(self, dft: Any) -> Any:
        return _without_nothing(super().encode_default(dft))

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        # pydantic lets keys pass that match no pattern.
        made = super().dict_schema(schema)
        for pattern, values in made.pop("patternProperties", {}).items():
            made["additionalProperties"] = values
            made.setdefault("propertyNames", {})["pattern"] = pattern
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nothing(v) for k, v in value.items() if v not in (None, "")}
    return [_without_nothing(item) for item in value] if isinstance(value, list) else value
