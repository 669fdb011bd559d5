"""Names and tags that AWS would not take, once the Estate's prefix and tags are added."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.fields.tags import PROTECT, too_many
from reconciler.fields.wording import quoted
from reconciler.kinds import KINDS
from reconciler.kinds.estate import EstateSpec
from reconciler.load.found import Found
from reconciler.load.mistakes import Mistake
from reconciler.references import is_aws_id


def names(found: Iterable[Found], estate: EstateSpec) -> Iterator[Mistake]:
    """What is wrong with the names and tags of the estate's resources as AWS will see them."""
    same: dict[tuple[str, str], list[Found]] = {}
    for one in found:
        if one.model is None or one.is_estate:
            continue
        kind, metadata = KINDS[one.model.kind], one.model.metadata
        name = aws_name(estate, one.model)
        if wrong := _wrong(kind.name, metadata.name, name) or kind.misfit(name, one.model.spec):
            yield Mistake(one.name_location, f"{one.key}: {wrong}")
        namesakes = same.setdefault((kind.name, name if kind.case_matters else name.lower()), [])
        for other in namesakes:
            if other.key != one.key and other.meets(one):
                yield Mistake(
                    one.name_location,
                    f"{one.key}: to AWS it is the same name as {other.model.metadata.name!r} "
                    f"at {other.name_location}",
                )
        namesakes.append(one)
        if why := too_many(all_tags(estate, metadata)):
            yield Mistake(
                one.document.at(("metadata", "tags")),
                f"{one.key}: metadata.tags: with those of the Estate: {why}",
            )


def aws_name(estate: EstateSpec, document: Any) -> str:
    """What AWS calls the resource of a document: as it says, or by the Estate's prefix."""
    metadata = document.metadata
    prefixed = KINDS[document.kind].aws_name(estate.prefix, metadata.name)
    return metadata.annotations.name or prefixed


def all_tags(estate: EstateSpec, metadata: Any) -> dict[str, str]:
    """The tags that git gives a resource: the Estate's, its own, and the one that protects it."""
    protected = metadata.annotations.protect == "true"
    return {**estate.tags, **metadata.tags, **({PROTECT: "true"} if protected else {})}


def _wrong(kind_name: str, declared: str, name: str) -> str:
    kind = KINDS[kind_name]
    if is_aws_id(declared):
        return f"{quoted(declared)} reads like one of AWS's own ids: give it another name"
    if len(name) > kind.longest:
        return (
            f"AWS's name {quoted(name)} is too long: "
            f"{len(name)} characters, and {kind.longest} at most"
        )
    for beginning in kind.reserved:
        if name.lower().startswith(beginning):
            return f"AWS's name {quoted(name)} must not begin with {beginning!r}"
    if not re.fullmatch(kind.names.removeprefix("^").removesuffix("$"), name):
        return f"AWS takes no name like {quoted(name)}"
    return ""
