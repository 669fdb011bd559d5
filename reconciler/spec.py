"""What every document's spec is made of: its rules, its words, and the mark of a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError


@dataclass(frozen=True)
class Refers:
    """Marks a field whose text names a declared resource of `kind` (or is AWS's own id).

    A `mutual` reference may go round in a circle: it is filled in once both ends exist.
    """

    kind: str
    mutual: bool = False


class Spec(BaseModel):
    """What git may say of one resource, and, in the same words, what AWS has of it."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        # Most kinds are in no document, and no command needs the models of all.
        defer_build=True,
    )

    exactly_one: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Groups of fields, as YAML calls them, of which one and only one must be given."""
    some_of: ClassVar[tuple[str, ...]] = ()
    """Fields, as YAML calls them, of which at least one must be given."""
    only_with: ClassVar[Mapping[str, tuple[str, tuple[str | int, ...]]]] = {}
    """Fields that may be given only where another one is; with values, where it is one of those."""

    @classmethod
    def seen(cls, **values: Any) -> Self:
        """A spec of what AWS has, which may be older or odder than what git may say.

        What no document could say differs from all that one can, and is shown as it is.
        """
        try:
            return cls(**values)
        except ValidationError:
            return cast(Self, cls.model_construct(**values))

    def words(self) -> Any:
        """This spec as a reader wants to see it: texts, sets of texts, and mappings of those."""
        return {
            (info.alias or name): worded(value)
            for name, info in type(self).model_fields.items()
            if (value := getattr(self, name)) not in (None, (), {})
        }

    @model_validator(mode="after")
    def _given_together(self) -> Self:
        for group in self.exactly_one:
            if len(self._given(group)) != 1:
                raise PydanticCustomError(
                    "exactly_one", "give exactly one of {fields}", {"fields": " or ".join(group)}
                )
        if self.some_of and not self._given(self.some_of):
            raise PydanticCustomError(
                "some_of", "give at least one of {fields}", {"fields": ", ".join(self.some_of)}
            )
        for word, (other, values) in self.only_with.items():
            if self._given((word,)) and not self._is_one(other, values):
                of = f" {', '.join(v for v in values if isinstance(v, str) and not v.isdigit())}"
                raise PydanticCustomError(
                    "only_with",
                    "{word} is for {other} only",
                    {"word": word, "other": other + (of if values else "")},
                )
        return self

    def _given(self, words: tuple[str, ...]) -> list[str]:
        names = {info.alias: name for name, info in type(self).model_fields.items()}
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        return [word for word in words if names[word] in given]

    def _is_one(self, word: str, values: tuple[str | int, ...]) -> bool:
        names = {info.alias: name for name, info in type(self).model_fields.items()}
        given = bool(self._given((word,)))
        return given and (not values or getattr(self, names[word]) in values)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> JsonSchemaValue:
        schema: JsonSchemaValue = handler(core_schema)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for base in cls.__mro__[: cls.__mro__.index(Spec)]:
            for name, text in _told(base).items():
                fields[cls.model_fields[name].alias].setdefault("description", text)
        together: list[JsonSchemaValue] = [
            {"oneOf": [{"required": [word]} for word in group]} for group in cls.exactly_one
        ]
        if cls.some_of:
            together.append({"anyOf": [{"required": [word]} for word in cls.some_of]})
        for word, (other, values) in cls.only_with.items():
            which = {"properties": {other: {"enum": list(values)}}} if values else {}
            together.append({"if": {"required": [word]}, "then": {"required": [other], **which}})
        if together:
            handler.resolve_ref_schema(schema)["allOf"] = together
        return schema


def _told(cls: type[BaseModel]) -> dict[str, str]:
    """What stands below each field in the code, by the field's name.

    pydantic reads it too, but from every model at every start, for which nobody waits gladly.
    """
    import ast
    import inspect

    try:
        (made,) = ast.parse(inspect.getsource(cls)).body
    except OSError:
        return {}  # made by a call, which has no such texts
    texts: dict[str, str] = {}
    for pair in pairwise(getattr(made, "body", ())):
        match pair:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(str(text))):
                texts[name] = inspect.cleandoc(text)
    return texts


def worded(value: Any) -> Any:
    """One value of a spec in a reader's words; what has no order becomes a set."""
    if isinstance(value, Spec):
        return value.words()
    if isinstance(value, Mapping):
        return {key: worded(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return frozenset(worded(item) for item in value)
    return value
