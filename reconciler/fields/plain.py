"""Texts, numbers and lists as documents write them, and what each must look like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, Field, Strict, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema

T = TypeVar("T")

FOLDER = "folder"
"""The validation context's key for where the document stands (a Path)."""

# pydantic would take "22" for a number and 1 for true; the published schemas would not.
Int = Annotated[int, Strict()]
Bool = Annotated[bool, Strict()]


class Meaning(NamedTuple):
    """What a text of some pattern is called, and the best known ones."""

    words: str
    known: tuple[str, ...] = ()


_MEANINGS: dict[str, Meaning] = {}


def text(pattern: str, words: str, longest: int | None = None, shortest: int = 1) -> Any:
    """Marks a text that matches `pattern`; `words` is what a mistake's message calls it."""
    _MEANINGS.setdefault(pattern, Meaning(words))
    return Field(pattern=pattern, min_length=shortest or None, max_length=longest)


def meaning(pattern: str) -> Meaning | None:
    """What a text of this pattern is, in words."""
    return _MEANINGS.get(pattern)


def from_git(info: ValidationInfo) -> bool:
    """Whether the value stands in a document. What AWS answers is not ours to refuse."""
    return FOLDER in (info.context or {})


@dataclass(frozen=True)
class InGit:
    """Holds a document's text to a pattern, and takes what AWS answers as it is."""

    pattern: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.with_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}

    def _checked(self, value: str, info: ValidationInfo) -> str:
        # Python's $ would let a line's end stand behind it.
        if from_git(info) and not re.search(self.pattern.removesuffix("$") + r"\Z", value):
            raise PydanticKnownError("string_pattern_mismatch", {"pattern": self.pattern})
        return value


def in_git(pattern: str, words: str, known: Iterable[str] = ()) -> InGit:
    """Marks a text that must match `pattern` where it stands in a document."""
    _MEANINGS[pattern] = Meaning(words, tuple(known))
    return InGit(pattern)


def unique_sorted(values: tuple[T, ...]) -> tuple[T, ...]:
    """Each value once, in an order that depends on nothing but the values."""
    by_text = {str(value): value for value in values}
    return tuple(by_text[text] for text in sorted(by_text))


SET = AfterValidator(unique_sorted)
"""Marks a list whose order means nothing."""


def repeated(values: Iterable[T]) -> T | None:
    """The first value that stood among these before, or None."""
    seen: set[T] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def once(values: Iterable[object]) -> None:
    """Raises pydantic's error where a value stands twice among these."""
    value = repeated(values)
    if value is not None:
        raise PydanticCustomError("twice", "{value} stands here twice", {"value": repr(value)})


class _Once:
    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.with_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}

    def _checked(self, values: tuple[T, ...], info: ValidationInfo) -> tuple[T, ...]:
        if from_git(info):
            once(values)
        return values


ONCE = _Once()
"""Marks a list in which a document may say nothing twice."""


class _Many:
    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self._listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> JsonSchemaValue:
        listed: JsonSchemaValue = handler(schema)
        return {"anyOf": [listed["items"], listed]}

    def _listed(self, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else (value,)


AnyMany = Annotated[tuple[T, ...], _Many(), SET]
"""One thing or a list of them, where AWS takes either for the same."""
OneOrMany = Annotated[tuple[T, ...], Field(min_length=1), _Many(), SET]
InOrder = Annotated[tuple[T, ...], _Many()]
"""One thing or a list of them, whose order means something."""

NonEmpty = Annotated[str, Field(min_length=1)]
AccountId = Annotated[str, text(r"^[0-9]{12}$", "an account id: 12 digits, in quotes")]
Region = Annotated[str, text(r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "a region, such as us-west-2")]
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
KmsKey = Annotated[
    str, text(r"^[a-zA-Z0-9:/_-]+$", "a KMS key: its id, its ARN, or alias/ and its alias", 256)
]
