"""What reads a value out of an element of XML, made once of a shape of botocore's.

It gives what botocore's parser gives. What EC2's answers never have, no reader is made for; and
where an element is not as EC2 writes it, the reader says so: botocore's parser is asked then.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from botocore.utils import parse_timestamp

from reconciler.aws.parsing.members import EVERYTHING, Members

Reader = Callable[[Any], Any]


class Unknown(Exception):
    """A shape that EC2's answers have none of."""


class Unusual(Exception):
    """An element that is not as EC2 writes it."""


def reader(shape: Any, members: Members = EVERYTHING) -> Reader:
    """What reads a shape, or only these members of it."""
    # What else can be said of how a shape is written, such as `flattened`, changes how it is read.
    if shape.serialization.keys() - {"name", "queryName"} or shape.metadata.get("exception"):
        raise Unknown(shape.name)
    if shape.type_name == "structure" and not shape.is_tagged_union:
        return _structure(shape, members)
    if shape.type_name == "list":
        return _list(reader(shape.member, members))
    if shape.type_name in _SCALARS:
        return _SCALARS[shape.type_name]
    raise Unknown(shape.name)


def _structure(shape: Any, within: Members) -> Reader:
    members: Mapping[str, tuple[str, Reader]] = {
        member.serialization.get("name", name): (name, reader(member, within.get(name, {})))
        for name, member in shape.members.items()
        if not within or name in within
    }

    def read(element: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for child in element:
            if known := members.get(child.tag):
                name, inner = known
                if name in found:
                    raise Unusual(f"{child.tag} comes twice")
                found[name] = inner(child)
        return found

    if any(inner is not _string for _, inner in members.values()):
        return read
    return _texts({tag: name for tag, (name, _) in members.items()}, read)


def _texts(names: Mapping[str, str], read: Reader) -> Reader:
    """What reads a structure of texts alone, as tags are, which are half of what is read of an
    instance; one that has something else in it, or the same twice, is for `read`."""

    def read_texts(element: Any) -> Any:
        try:
            found = {names[child.tag]: child.text or _nothing(child) for child in element}
        except KeyError:
            return read(element)
        return found if len(found) == len(element) else read(element)

    return read_texts


def _list(inner: Reader) -> Reader:
    return lambda element: [inner(child) for child in element]


def _string(element: Any) -> str:
    return element.text or _nothing(element)


def _nothing(element: Any) -> str:
    """The text of an element without any: but blanks before others are nothing to libxml2."""
    if len(element):
        raise Unusual(f"{element.tag} has something in it")
    return ""


def _boolean(element: Any) -> bool:
    return bool(element.text == "true")


def _integer(element: Any) -> int:
    return int(element.text or "")


def _float(element: Any) -> float:
    return float(element.text or "")


def _blob(element: Any) -> bytes:
    return b64decode(element.text or "")


# Only what both calendars call the same: dateutil, which botocore asks, is generous elsewhere.
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d(\.\d{3})?Z").fullmatch
_ZONE = parse_timestamp("2000-01-01T00:00:00Z").tzinfo


def _timestamp(element: Any) -> datetime:
    """What botocore does would take longer than all the rest, and EC2 writes all of them alike."""
    text = element.text or ""
    if _WRITTEN(text):
        return datetime.fromisoformat(text[:-1]).replace(tzinfo=_ZONE)
    return parse_timestamp(text)  # type: ignore[no-any-return]


_SCALARS: Mapping[str, Reader] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": _float,
    "float": _float,
    "integer": _integer,
    "long": _integer,
    "string": _string,
    "timestamp": _timestamp,
}
