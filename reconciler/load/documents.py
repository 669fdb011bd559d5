"""From a document's data to a checked spec: what a document is, and the words for what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, Field, ValidationError, create_model

from reconciler.fields.included import FOLDER
from reconciler.fields.plain import meaning
from reconciler.fields.tags import Tags
from reconciler.kinds import KINDS
from reconciler.kinds.estate import EstateSpec
from reconciler.load.mistakes import Mistake, did_you_mean, quoted
from reconciler.load.nodes import Document, Path
from reconciler.load.sources import Source
from reconciler.model import Spec

API_VERSION = "reconciler/v1"
ESTATE = "Estate"

_ESTATE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_NESTED = "https://errors.pydantic.dev"


@cache
def model(kind: str) -> type[Spec]:
    """The model of a whole document of one kind."""
    spec: type[Spec] = EstateSpec if kind == ESTATE else KINDS[kind].spec
    names = _ESTATE_NAME if kind == ESTATE else KINDS[kind].names
    longest = 64 if kind == ESTATE else KINDS[kind].longest
    name = Annotated[str, Field(pattern=names, min_length=1, max_length=longest)]
    metadata = create_model(f"{kind}Metadata", __base__=Spec, name=name, tags=(Tags, {}))
    return create_model(
        kind,
        __base__=Spec,
        __doc__=spec.__doc__,
        api_version=(Literal["reconciler/v1"], ...),
        kind=(Literal[kind], ...),
        metadata=(metadata, ...),
        spec=(spec, ...),
    )


def kinds() -> tuple[str, ...]:
    """The kinds that a document may be of."""
    return (ESTATE, *KINDS)


def checked(document: Document, source: Source, mistakes: list[Mistake]) -> Any:
    """The document as its kind's model, or None and what is wrong with it added to `mistakes`."""
    data = document.data
    if not isinstance(data, Mapping):
        mistakes.append(Mistake(document.location, f"a document is a mapping, not {quoted(data)}"))
        return None
    kind = data.get("kind")
    if kind not in kinds():
        what = (
            f"unknown kind {quoted(kind)}{did_you_mean(kind, kinds())}"
            if kind
            else "`kind` is missing"
        )
        mistakes.append(Mistake(document.at(("kind",)), what))
        return None
    try:
        return model(cast(str, kind)).model_validate(
            data, by_alias=True, by_name=False, context={FOLDER: source.folder}
        )
    except ValidationError as error:
        mistakes.extend(_mistakes(document, model(cast(str, kind)), error))
        return None


def _mistakes(document: Document, root: type[Spec], error: ValidationError) -> list[Mistake]:
    name = document.data.get("metadata")
    name = name.get("name") if isinstance(name, Mapping) else None
    who = f"{document.data['kind']}/{name}" if isinstance(name, str) else document.data["kind"]
    found = []
    for detail in error.errors(include_url=False):
        path = _real(detail["loc"], document.data)
        where = document.keys.get(path) if detail["type"] == "extra_forbidden" else None
        field = ".".join(str(step) for step in path)
        told = f"{who}: {field}: " if field else f"{who}: "
        found.append(Mistake(where or document.at(path), told + _words(detail, root, path)))
    return found


def _real(location: tuple[str | int, ...], data: Any) -> Path:
    """The part of pydantic's location that the document has; unions and the like add steps."""
    path: list[str | int] = []
    for step in location:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(step)
    return tuple(path)


def _words(detail: Any, root: type[Spec], path: Path) -> str:
    value, context = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown field{did_you_mean(path[-1], _fields(root, path[:-1]))}"
        case "missing":
            return f"`{detail['loc'][-1]}` is missing"
        case "literal_error":
            known = [
                word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")
            ]
            return f"{quoted(value)} is not one of {', '.join(known)}{_near(value, known)}"
        case "string_pattern_mismatch":
            wanted = meaning(context["pattern"]) or f"of the form {context['pattern']}"
            return f"{quoted(value)} is not {wanted}"
        case "string_type":
            quotes = ": put it in quotes" if isinstance(value, int | float) else ""
            return f"{quoted(value)} is not a text{quotes}"
        case "string_too_long" | "too_long":
            return f"{quoted(value)} is too long: {context['max_length']} at most"
        case kind if "pydantic" not in str(detail["msg"]) and kind in _OWN:
            return str(detail["msg"])
        case _:
            message = str(detail["msg"])
            return f"{quoted(value)}: {message[0].lower()}{message[1:]}"


# Mistakes whose own message already tells the offending text.
_OWN = (
    "bad_cidr", "bad_ports", "bad_content", "bad_key", "exactly_one", "no_icmp", "no_ports",
    "reserved_tag", "same_rule", "same_sid", "some_of", "too_many_tags", "unreadable_file",
)  # fmt: skip


def _near(value: object, known: list[str]) -> str:
    hint = did_you_mean(value, known)
    return hint if "did you mean" in hint else ""


def _fields(root: type[BaseModel], path: Path) -> set[str]:
    """The words that are known where `path` leads, as the models say."""
    here: list[Any] = [root]
    for step in path:
        if isinstance(step, int):
            continue
        here = [
            inner
            for one in here
            for info in one.model_fields.values()
            if info.alias == step
            for inner in _models(info.annotation)
        ] or here
    return {info.alias or name for one in here for name, info in one.model_fields.items()}


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for inner in get_args(annotation) for found in _models(inner)]
