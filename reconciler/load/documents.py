"""From a document's data to a checked model of it, or to the mistakes that are in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from pydantic import ValidationError

from reconciler.documents import kinds, model
from reconciler.fields.plain import FOLDER
from reconciler.fields.wording import did_you_mean, quoted
from reconciler.load.explained import explained
from reconciler.load.mistakes import MOST, Mistake
from reconciler.load.nodes import SECRET, Document, Path, is_secret
from reconciler.load.sources import Source
from reconciler.model import Location
from reconciler.spec import Spec


def checked(document: Document, source: Source, mistakes: list[Mistake]) -> Any:
    """The document as its kind's model, or None and what is wrong with it added to `mistakes`."""
    kind = _kind(document, mistakes)
    if kind is None:
        return None
    try:
        return model(kind).model_validate(
            document.data, by_alias=True, by_name=False, context={FOLDER: source.folder}
        )
    except ValidationError as error:
        mistakes.extend(islice(_mistakes(document, model(kind), error), MOST + 1))
        return None


def _kind(document: Document, mistakes: list[Mistake]) -> str | None:
    data = document.data
    if not isinstance(data, dict):
        what = "a text" if isinstance(data, str) else quoted(data)
        told = f"a document is a mapping, not {what}"
        mistakes.append(Mistake(document.location, told))
        return None
    if "kind" not in data:
        mistakes.append(Mistake(document.location, "`kind` is missing"))
        return None
    if data["kind"] in kinds():
        return str(data["kind"])
    if ("kind",) not in document.broken:
        told = f"unknown kind {quoted(data['kind'])}{did_you_mean(data['kind'], kinds())}"
        mistakes.append(Mistake(document.at(("kind",)), told))
    return None


def _mistakes(document: Document, root: type[Spec], error: ValidationError) -> Iterator[Mistake]:
    who = _who(document)
    for detail in error.errors(include_url=False):
        path = _real(detail["loc"], document.data)
        if _told_already(document, detail["type"], path):
            continue
        for inner, what in explained(detail, root, path):
            field = ".".join(str(step) for step in _shown(inner))
            told = f"{who}: {field}: {what}" if field else f"{who}: {what}"
            yield Mistake(_place(document, detail, inner), told)


def _who(document: Document) -> str:
    metadata = document.data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    kind = str(document.data["kind"])
    return f"{kind}/{name}" if isinstance(name, str) else kind


def _real(location: tuple[str | int, ...], data: Any) -> Path:
    """The part of pydantic's location that the document has; unions and the like add steps."""
    path: list[str | int] = []
    for step in location:
        inside = isinstance(step, int) and isinstance(data, list) and step < len(data)
        if inside or (isinstance(data, dict) and step in data):
            path.append(step)
            data = data[step]
    return tuple(path)


def _told_already(document: Document, kind: str, path: Path) -> bool:
    """Whether this only comes of something that could not be read in the first place."""
    if kind in ("missing", "extra_forbidden"):
        return False
    return any(broken[: len(path)] == path for broken in document.broken)


def _shown(path: Path) -> Path:
    return path[: path.index(SECRET) + 1] if is_secret(path) else path


def _place(document: Document, detail: Any, path: Path) -> Location:
    of_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
    return document.keys.get(path, document.location) if of_key else document.at(path)
