"""Tags as documents declare them, and the ones by which a resource says whose it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, NamedTuple
from urllib.parse import quote, unquote

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from reconciler.fields.plain import text
from reconciler.model import Key, Scope

ESTATE = "reconciler:estate"
RESOURCE = "reconciler:resource"
KEYS = "reconciler:tags"
"""Names the tag keys that git gave: what is missing there is somebody else's tag."""

PROTECT = "reconciler:protect"
"""While this says "true", the resource is neither deleted nor replaced, whatever git says."""

UNFINISHED = "reconciler:unfinished"
"""On what is made or ended in several steps, while some of them are still to be taken."""

BOOKKEEPING = (ESTATE, RESOURCE, KEYS)
RESERVED = "reconciler:"

# AWS's common rule for keys and values; EC2 takes more, IAM and SSM do not. It names letters of
# every language, which no pattern here can tell from other signs, so none of those is refused.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
_CHARACTERS = r"[^\x00-\x1F!\x22#$%&'()*,;<>?\[\\\]^`{|}~\x7F-\x9F]"
_MEANT = "letters, digits, spaces and _.:/=+-@"
TagKey = Annotated[str, text(rf"^{_CHARACTERS}+$", f"a tag's key: {_MEANT}", 128)]
TagValue = Annotated[str, text(rf"^{_CHARACTERS}*$", f"a tag's value: {_MEANT}", 256, 0)]

MOST = 45
"""AWS takes 50 of a resource; up to five say whose it is and what we know of it."""


def _ours_to_give(tags: dict[str, str]) -> dict[str, str]:
    for key in tags:
        if key.lower().startswith(("aws:", RESERVED)):
            raise PydanticCustomError(
                "reserved_tag",
                "the tag {key} is not git's to give: its prefix is reserved",
                {"key": repr(key)},
            )
    if why := too_many(tags):
        raise PydanticCustomError("too_many_tags", "{why}", {"why": why})
    return dict(sorted(tags.items()))


def too_many(tags: Mapping[str, str]) -> str | None:
    """What is wrong with so many tags on one resource, if anything is."""
    if len(tags) > MOST:
        return f"{len(tags)} tags, and {MOST} at most"
    if len(_joined(tags)) > 256:
        return "the keys of all tags together are longer than one tag's value, 256"
    return None


Tags = Annotated[dict[TagKey, TagValue], Field(max_length=MOST), AfterValidator(_ours_to_give)]


class TagChange(NamedTuple):
    """The tags to write, and the keys of those to take away."""

    write: Mapping[str, str]
    drop: tuple[str, ...]


def stamped(estate: str, key: Key, tags: Mapping[str, str]) -> dict[str, str]:
    """All the tags that a resource of ours is created with."""
    owner = {ESTATE: estate, RESOURCE: str(key)}
    return {**tags, **owner, **({KEYS: _joined(tags)} if tags else {})}


def is_ours(tag: str) -> bool:
    """Whether a tag's key is one of those by which we know what is ours."""
    return tag.startswith(RESERVED)


def ordinary(tags: Mapping[str, str]) -> dict[str, str]:
    """Those of the tags that AWS has of a resource which a document may give."""
    return {
        key: value
        for key, value in sorted(tags.items())
        if re.fullmatch(f"{_CHARACTERS}{{1,128}}", key)
        and re.fullmatch(f"{_CHARACTERS}{{0,256}}", value)
        and not key.lower().startswith(("aws:", RESERVED))
    }


def owned_key(estate: str, tags: Mapping[str, str], scope: Scope) -> Key | None:
    """Which resource of the estate carries these tags, or None where it is not the estate's."""
    kind, slash, name = tags.get(RESOURCE, "").partition("/")
    return Key(kind, name, scope) if slash and tags.get(ESTATE) == estate else None


def given(tags: Mapping[str, str]) -> dict[str, str]:
    """Those of the tags that a resource of ours has which git gave it."""
    keys = (unquote(word.replace("=", "%")) for word in tags.get(KEYS, "").split())
    return {key: tags[key] for key in keys if key in tags}


def tag_change(wanted: Mapping[str, str], present: Mapping[str, str]) -> TagChange:
    """What turns `present` (all that AWS has) into `wanted` (stamped), others' tags left alone."""
    write = {key: value for key, value in wanted.items() if present.get(key) != value}
    once_ours = given(present).keys() | {KEYS, UNFINISHED}
    drop = sorted(key for key in once_ours if key in present and key not in wanted)
    return TagChange(write, tuple(drop))


def _joined(tags: Mapping[str, str]) -> str:
    # Quoted so that only characters that IAM allows in a tag's value are left.
    return " ".join(quote(key, safe=":/+@").replace("%", "=") for key in sorted(tags))
