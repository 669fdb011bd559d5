"""Where a secret's value comes from when it is needed; it never stands in a document."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import PrivateAttr, ValidationInfo, model_validator

from reconciler.fields.files import whole_text
from reconciler.fields.plain import FOLDER, NonEmpty, text
from reconciler.spec import Spec

Variable = Annotated[str, text(r"^[A-Za-z_][A-Za-z0-9_]*$", "the name of an environment variable")]


class SecretSource(Spec):
    """An environment variable or a file, read when AWS is compared and changed."""

    exactly_one: ClassVar = (("env", "file"),)

    env: Variable | None = None
    file: NonEmpty | None = None
    """A path relative to the document; the file is read as it is, but for a last line's end."""

    _folder: Path = PrivateAttr(default_factory=Path)

    @model_validator(mode="after")
    def _beside_the_document(self, info: ValidationInfo) -> Self:
        self._folder = Path((info.context or {}).get(FOLDER, "."))
        return self

    def __eq__(self, other: object) -> bool:
        """Whether git says the same, wherever this copy of it stands."""
        return isinstance(other, SecretSource) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return f"${self.env}" if self.env else self.file or "another value"

    def words(self) -> str:
        return str(self)

    def read(self) -> str | None:
        """The secret, or None where there is none to be had now."""
        if self.env:
            return os.environ.get(self.env) or None
        try:
            return whole_text(Path(self._folder, str(self.file))).removesuffix("\n") or None
        except (OSError, ValueError):
            return None
