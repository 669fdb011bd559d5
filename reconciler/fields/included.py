"""Texts that a document holds itself or names a file beside it for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from reconciler.fields.files import whole_text
from reconciler.fields.plain import FOLDER, NonEmpty
from reconciler.spec import Spec


class FromFile(Spec):
    """A file to take the text from."""

    file: NonEmpty
    """Its path, relative to the document and not out of the document's folder."""


def read_included(value: Any, info: ValidationInfo) -> Any:
    """The text of the file that `{file: path}` names, paths being relative to the document."""
    if not (
        isinstance(value, Mapping)
        and set(value) == {"file"}
        and isinstance(value["file"], str)
        and value["file"]
    ):
        return value
    folder, name = Path((info.context or {}).get(FOLDER, ".")), value["file"]
    try:
        return _read(folder, name)
    except OSError as error:
        why = error.strerror or str(error)
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    except ValueError as error:
        why = str(error)
    raise PydanticCustomError(
        "unreadable_file", "the file {name} can't be read: {why}", {"name": repr(name), "why": why}
    )


def _read(folder: Path, name: str) -> str:
    path = Path(folder, name).resolve()
    # What a plan shows is read by many: it must not be led to other files of the machine.
    if not path.is_relative_to(folder.resolve()):
        raise ValueError("it is outside of the document's folder")
    return whole_text(path)


IncludedText = Annotated[str, BeforeValidator(read_included, json_schema_input_type=str | FromFile)]
