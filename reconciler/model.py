"""The words that everything here is said in: data only, and nothing of ours imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self, cast

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError


class Key(NamedTuple):
    """Which resource, in git and in AWS alike; `region` is empty for what an account has once."""

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
    """One difference: `old` is None for what is added, `new` for what is taken away.

    `forces` marks what AWS can't change in place, and for which the whole is replaced.
    """

    path: str
    old: str | None
    new: str | None
    forces: bool = False


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

    @property
    def ends(self) -> bool:
        """Whether what is there now goes away."""
        return self.action in (Action.REPLACE, Action.DELETE)

    @property
    def begins(self) -> bool:
        """Whether something new comes to be."""
        return self.action in (Action.CREATE, Action.REPLACE)


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
    """One thing to do for a change, and the steps that must have been done before it.

    References in `before` and `after` are names; what a step creates has no id until then.
    """

    change: Change
    act: Act
    before: Observed | None = None
    after: Spec | None = None
    write: Mapping[str, str] = field(default_factory=dict)
    """Tags to write."""
    drop: tuple[str, ...] = ()
    """Keys of tags to take away."""
    needs: frozenset[StepId] = frozenset()

    @property
    def id(self) -> StepId:
        return StepId(self.change.key, self.act)


@dataclass(frozen=True)
class Plan:
    """Everything that would make AWS as git says, in an order that works."""

    estate: Estate
    account: str
    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    ids: Mapping[Key, str]
    """What is there already and may be referred to."""
    unchanged: int = 0
    notes: tuple[str, ...] = ()

    def of(self, action: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is action)

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """What nobody can carry out before a person has settled whose the thing is."""
        return self.of(Action.CONFLICT)


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
