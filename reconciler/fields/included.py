"""Texts that a document holds itself or names a file beside it for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from reconciler.model import Spec

FOLDER = "folder"
"""The validation context's key for where the document stands (a Path)."""


class FromFile(Spec):
    """A file to take the text from, relative to the document that names it."""

    file: str


def read_included(value: Any, info: ValidationInfo) -> Any:
    """The text of the file that `{file: path}` names, paths being relative to the document."""
    if not (
        isinstance(value, Mapping) and set(value) == {"file"} and isinstance(value["file"], str)
    ):
        return value
    path = Path((info.context or {}).get(FOLDER, "."), value["file"])
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise PydanticCustomError(
            "unreadable_file", "{path} can't be read: {why}", {"path": str(path), "why": why}
        ) from None


IncludedText = Annotated[str, BeforeValidator(read_included, json_schema_input_type=str | FromFile)]
