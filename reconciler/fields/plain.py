"""Texts, numbers and lists as documents write them, and what each must look like."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, Strict

T = TypeVar("T")

# pydantic would take "22" for a number and 1 for true; the published schemas would not.
Int = Annotated[int, Strict()]
Bool = Annotated[bool, Strict()]

_MEANINGS: dict[str, str] = {}


def text(pattern: str, meaning: str, longest: int | None = None) -> Any:
    """Marks a text that matches `pattern`; `meaning` is what a mistake's message calls it."""
    _MEANINGS[pattern] = meaning
    return Field(pattern=pattern, min_length=1, max_length=longest)


def meaning(pattern: str) -> str | None:
    """What a text of this pattern is, in words."""
    return _MEANINGS.get(pattern)


def unique_sorted(values: tuple[T, ...]) -> tuple[T, ...]:
    """Each value once, in an order that depends on nothing but the values."""
    by_text = {str(value): value for value in values}
    return tuple(by_text[text] for text in sorted(by_text))


SET = AfterValidator(unique_sorted)
"""Marks a list whose order means nothing."""

NonEmpty = Annotated[str, Field(min_length=1)]
OneOrMany = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(
        lambda value: (value,) if isinstance(value, str) else value,
        json_schema_input_type=str | Annotated[list[str], Field(min_length=1)],
    ),
    SET,
]
"""A text or a list of texts, where AWS takes either for the same."""

AccountId = Annotated[str, text(r"^[0-9]{12}$", "an account id: 12 digits, in quotes")]
Region = Annotated[str, text(r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "a region, such as us-west-2")]
