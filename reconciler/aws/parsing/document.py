"""The bytes of one of EC2's answers fed to lxml, and read as they are understood."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from reconciler.aws.parsing.readers import Reading, Unusual

# A root right after the declaration leaves no place for a document type, and so for no entities;
# one namespace and no prefix leave names that mean the same to botocore, which looks at no
# namespace. The declaration's encoding is the one that botocore takes whatever is declared.
_BEGINNING = re.compile(
    rb'(?:<\?xml version="1\.0" encoding="UTF-8"\?>\s*)?<[A-Za-z0-9]+'
    rb'(?P<namespace> xmlns="http://ec2\.amazonaws\.com/doc/[0-9-]+/?")?>'
)


def read(body: bytes, reading: Reading) -> tuple[dict[str, Any], Any]:
    """What an answer says, and its outermost element, whose names go without their namespace.

    A document that does not begin as EC2's do is Unusual, and so is one that is not well-formed:
    botocore knows what to say of it.
    """
    beginning = _BEGINNING.match(body)
    if not beginning or _has_namespaces(body, beginning.end()) or not _has_plain_names(body):
        raise Unusual("it is not written as EC2's answers are")
    parser, taken = _parser(reading), _Taken(reading)
    try:
        parser.feed(beginning[0].replace(beginning["namespace"] or b"", b"", 1))
        for start in range(beginning.end(), len(body), _PIECE):
            parser.feed(body[start : start + _PIECE])
            taken.take(parser)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise Unusual(str(error)) from error
    return taken.within(reading.whole(root)), root


_PIECE = 1 << 16


class _Taken:
    """What was in an answer's lists, each item read and dropped once the next one is there.

    So the tree stays small: to make and drop that of a long listing takes longer than to read it.
    """

    def __init__(self, reading: Reading) -> None:
        self._lists = reading.lists
        self._found: dict[str, tuple[Any, list[Any]]] = {}

    def take(self, parser: Any) -> None:
        for _, element in parser.read_events():
            above = element.getparent()
            if above is not None and above.getparent() is None:
                self._found[element.tag] = element, []
        for tag, (element, values) in self._found.items():
            values += map(self._lists[tag].item, element[:-1])
            del element[:-1]

    def within(self, found: dict[str, Any]) -> dict[str, Any]:
        """The same before what was still there."""
        before = {self._lists[tag].name: values for tag, (_, values) in self._found.items()}
        return {**found, **{name: values + found[name] for name, values in before.items()}}


def _has_namespaces(body: bytes, start: int) -> bool:
    """Whether a name may be of another namespace: to botocore it is the same in whatever one."""
    return body.find(b"xmlns", start) >= 0 or body.find(b"<xml:", start) >= 0


_SIGNS = bytes({*range(128)} - {*b"<>"})


def _has_plain_names(body: bytes) -> bool:
    """Whether all that is not ASCII stands outside of tags.

    libxml2 takes names by XML's fifth edition, and expat, which botocore asks, by its fourth, which
    has fewer of them.
    """
    if body.isascii():
        return True
    left = body.translate(None, _SIGNS).replace(b"<>", b"")
    return b"<" not in left and b">" not in left


def _parser(reading: Reading) -> Any:
    """A parser that tells where the answer's lists begin.

    Text longer than ten megabytes and elements deeper than 256 are refused, too.

    That blanks between elements are kept costs a third of the time; but leaving them out goes, as
    libxml2 itself says, by a broken heuristic.
    https://docs.rs/libxml2-rs/0.1.1/libxml2_rs/constant.xmlParserOption_XML_PARSE_NOBLANKS.html
    """
    return etree.XMLPullParser(
        events=("start",),
        tag=[*reading.lists],
        collect_ids=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
    )
