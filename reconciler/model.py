"""The words that everything here is said in: data only, and nothing of ours imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError


class Key(NamedTuple):
    """Which resource: the same in git and in AWS. `region` is empty for what an account has once."""

    kind: str
    name: str
    region: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


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
        use_attribute_docstrings=True,
    )

    exactly_one: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Groups of fields, as YAML calls them, of which one and only one must be given."""
    some_of: ClassVar[tuple[str, ...]] = ()
    """Fields, as YAML calls them, of which at least one must be given."""

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
        return self

    def _given(self, words: tuple[str, ...]) -> list[str]:
        names = {info.alias: name for name, info in type(self).model_fields.items()}
        return [word for word in words if getattr(self, names[word]) not in (None, ())]

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> JsonSchemaValue:
        schema: JsonSchemaValue = handler(core_schema)
        together: list[JsonSchemaValue] = [
            {"oneOf": [{"required": [word]} for word in group]} for group in cls.exactly_one
        ]
        if cls.some_of:
            together.append({"anyOf": [{"required": [word]} for word in cls.some_of]})
        if together:
            handler.resolve_ref_schema(schema)["allOf"] = together
        return schema


def worded(value: Any) -> Any:
    """One value of a spec in a reader's words; what has no order becomes a set."""
    if isinstance(value, Spec):
        return value.words()
    if isinstance(value, Mapping):
        return {key: worded(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return frozenset(worded(item) for item in value)
    return value


class Location(NamedTuple):
    """Where something stands in git; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Estate:
    """Whose resources these are, what their names begin with, and where they may be."""

    name: str
    prefix: str
    accounts: tuple[str, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """One resource as it should be. `name` is what AWS calls it; `tags` are those git asks for."""

    key: Key
    name: str
    spec: Spec
    tags: Mapping[str, str]
    location: Location


@dataclass(frozen=True)
class Observed:
    """One resource as AWS has it. `id` is what other resources refer to it by; `tags` are all."""

    name: str
    id: str
    spec: Spec
    tags: Mapping[str, str]
    note: str = ""
    """What could not be compared, and why."""


@dataclass(frozen=True)
class Snapshot:
    """What AWS held at one moment, as far as it concerns one estate."""

    account: str
    ours: Mapping[Key, Observed]
    foreign: Mapping[Key, Observed] = field(default_factory=dict)
    """What has the name of a declared resource and is not the estate's."""
    notes: tuple[str, ...] = ()


class Action(StrEnum):
    """What a change does, in the order in which a summary counts them."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    CONFLICT = "conflict"


class FieldChange(NamedTuple):
    """One difference: `old` is None for what is added, `new` for what is taken away."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Change:
    """One difference between git and AWS, and what would be done about it."""

    action: Action
    key: Key
    before: Observed | None
    after: Resource | None
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""
    users: tuple[str, ...] = ()
    """Who uses the thing and would be hurt by its replacement or deletion."""


class Act(StrEnum):
    """What a step asks of AWS. `release` lets go of a reference that is about to go away."""

    RELEASE = "release"
    DELETE = "delete"
    CREATE = "create"
    UPDATE = "update"


class StepId(NamedTuple):
    key: Key
    act: Act


@dataclass(frozen=True)
class Step:
    """One thing to do, and the steps that must have been done before it."""

    id: StepId
    before: Spec | None
    after: Spec | None
    needs: frozenset[StepId] = frozenset()


@dataclass(frozen=True)
class Plan:
    """Everything that would make AWS as git says, in an order that works."""

    estate: Estate
    account: str
    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    unchanged: int = 0
    notes: tuple[str, ...] = ()

    def of(self, action: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is action)


class Result(StrEnum):
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """What became of one change; `why` says what failed, or what it would have needed."""

    change: Change
    result: Result
    why: str = ""
