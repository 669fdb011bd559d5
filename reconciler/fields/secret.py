"""Where a secret's value comes from when it is needed; it never stands in a document."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, ValidationInfo

from reconciler.fields.plain import FOLDER, text
from reconciler.spec import Spec


def _beside_the_document(path: str, info: ValidationInfo) -> str:
    return str(Path((info.context or {}).get(FOLDER, "."), path))


Variable = Annotated[str, text(r"^[A-Za-z_][A-Za-z0-9_]*$", "the name of an environment variable")]
Beside = Annotated[str, Field(min_length=1), AfterValidator(_beside_the_document)]


class SecretSource(Spec):
    """An environment variable or a file, read when AWS is compared and changed."""

    exactly_one: ClassVar = (("env", "file"),)

    env: Variable | None = None
    file: Beside | None = None
    """A path relative to the document; the file is read as it is, but for a last line's end."""

    def __str__(self) -> str:
        return f"${self.env}" if self.env else self.file or "another value"

    def words(self) -> str:
        return str(self)

    def read(self) -> str | None:
        """The secret, or None where there is none to be had now."""
        if self.env:
            return os.environ.get(self.env) or None
        try:
            return Path(str(self.file)).read_text("utf-8").removesuffix("\n") or None
        except (OSError, ValueError):
            return None
