"""Answers as EC2 could write them, made of shapes of botocore's model, usual ones and others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from botocore.parsers import EC2QueryParser
from botocore.session import get_session

from reconciler.aws.parsing.quick import Parser

Shape = Any

GOOD = {
    "blob": ("", "aGVsbG8=", "aGk"),
    "boolean": ("true", "false", "True", "1", ""),
    "double": ("0", "0.25", "-1e-7"),
    "float": ("0.5", "3"),
    "integer": ("0", "-7", "007", " 5 ", "1_000"),
    "long": ("0", "12345678901234567890"),
    "string": (
        "",
        " ",
        "\n",
        "&#xD;\n",
        " a\tb ",
        "i-0123456789abcdef0",
        "größer 😀\x85\u2028",
        "&lt;&amp;&gt;&quot;&apos;",
        "&#65;&#x1F600;&#32;",
        "]] &gt;",
        "true",
        "long " * 200,
    ),
    "timestamp": (
        "2024-02-29T23:59:59.120Z",
        "2024-01-01T00:00:00Z",
        "0001-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "2024-01-01T00:00:00.123456Z",
        "2024-01-01T01:02:03+02:00",
        "2024-01-01",
        "1700000000",
        "1700000000.5",
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "20240101T000000Z",
    ),
}
"""What botocore can read."""

BAD = {
    "blob": ("a", "=="),
    "double": ("", "much"),
    "float": ("1,5",),
    "integer": ("", "1.0", "0x10"),
    "long": (" ",),
    "timestamp": (
        "",
        "soon",
        "2023-02-29T00:00:00Z",
        "2024-06-30T23:59:60Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:00Z?",
        "٢٠٢٤-01-01T00:00:00Z",
        "-99999999999999",
    ),
}
"""What it can't."""


STRANGE = (
    "",
    "text",
    "]] >",
    " <a/>",
    "<a>1</a><a/>",
    "<item/>",
    "<xml:item/>",
    "<!-- -->",
    "a<!-- no -->b",
    " <?php ?> ",
    "a <![CDATA[<b> ]]>",
    "\r\n",
    " \r&lt;",
)
"""Other sorts of things than what should be there."""


class Writer:
    """Writes a shape as EC2 does, and, when it is to be strange, as it does not."""

    def __init__(self, luck: Random, strange: bool = False, bad: float = 0.0) -> None:
        self._luck = luck
        self._strange = 0.03 if strange else 0.0
        self._bad = bad
        self._indent = luck.random() < 0.5

    def answer(self, shape: Shape) -> bytes:
        luck = self._luck
        said = luck.choice(("UTF-8", "utf-8"))
        beginning = luck.choice((f'<?xml version="1.0" encoding="{said}"?>\n', ""))
        date = luck.choice(("2016-11-15/", "2013-10-15/", "2016-11-15"))
        namespace = luck.choice((f' xmlns="http://ec2.amazonaws.com/doc/{date}"', ""))
        request = luck.choice(("<requestId>59dbff89</requestId>", "<requestId/>", ""))
        name = shape.name.removesuffix("Result") + "Response"
        return (
            f"{beginning}<{name}{namespace}>{request}{self._members(shape, 0)}</{name}>"
        ).encode()

    def _members(self, shape: Shape, depth: int) -> str:
        written = [
            self._element(member.serialization.get("name", name), member, depth)
            for name, member in shape.members.items()
            if self._luck.random() < 0.8
        ]
        if self._odd():
            written *= 2
        if self._luck.random() < 0.2:
            self._luck.shuffle(written)
            written.append("<new><in><this>version</this></in></new>")
        space = "\n" + "    " * depth if self._indent else ""
        return space + space.join(written) + space

    def _element(self, tag: str, shape: Shape, depth: int) -> str:
        attributes = self._luck.choice((' a="1"', ' xmlns="x"', ' xml:space="preserve"'))
        inner = self._luck.choice(STRANGE) if self._odd() else self._inner(shape, depth)
        if not inner:
            return f"<{tag}/>"
        return f"<{tag}{attributes if self._odd() else ''}>{inner}</{tag}>"

    def _inner(self, shape: Shape, depth: int) -> str:
        if shape.type_name == "structure":
            return self._members(shape, depth + 1)
        if shape.type_name == "list":
            count = self._luck.choice((0, 1, 2, 3) if depth < 3 else (0, 1))
            return "".join(self._element("item", shape.member, depth) for _ in range(count))
        bad = self._luck.random() < self._bad
        return self._luck.choice((BAD if bad else GOOD).get(shape.type_name, GOOD["string"]))

    def _odd(self) -> bool:
        return self._luck.random() < self._strange


@cache
def output(operation: str) -> Shape:
    """The shape of what an operation of EC2 answers, in the whole model."""
    return _model().operation_model(operation).output_shape


def operations() -> Iterator[str]:
    """All of EC2's that answer anything."""
    return (name for name in _model().operation_names if output(name))


@cache
def _model() -> Any:
    return get_session().get_service_model("ec2")


def response(body: bytes | None, status: int = 200) -> dict[str, Any]:
    return {
        "status_code": status,
        "headers": {"Content-Type": "text/xml", "X-A": "b"},
        "body": body,
    }


def ours(body: bytes, shape: Shape, status: int = 200) -> Any:
    return _outcome(Parser(), body, shape, status)


def botocores(body: bytes, shape: Shape, status: int = 200) -> Any:
    return _outcome(EC2QueryParser(), body, shape, status)


def _outcome(parser: EC2QueryParser, body: bytes, shape: Shape, status: int) -> Any:
    """What a parser gives or, where it gives up, how. Elements in what it gives have no value."""
    try:
        return _plain(parser.parse(response(body, status), shape))
    except Exception as error:
        # Elements are told by where they are.
        return type(error), re.sub(" at 0x[0-9a-f]+", "", str(error))


def _plain(found: Any) -> Any:
    """Where text comes twice botocore hands on the elements themselves, and no two are equal."""
    if isinstance(found, dict):
        return {key: _plain(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_plain(value) for value in found]
    return (found.tag, found.text) if hasattr(found, "tag") else (type(found).__name__, found)
