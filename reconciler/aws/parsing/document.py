"""The bytes of one of EC2's answers fed to lxml, and read as they are understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from lxml import etree

from reconciler.aws.parsing.readers import Reader, Unusual

# A root right after the declaration leaves no place for a document type, and so for no entities;
# one namespace and no prefix leave names that mean the same to botocore, which looks at no
# namespace. The declaration's encoding is the one that botocore takes whatever is declared.
_BEGINNING = re.compile(
    rb'(?:<\?xml version="1\.0" encoding="(?:UTF|utf)-8"\?>\s*)?<(?P<root>[A-Za-z0-9]+)'
    rb'(?P<namespace> xmlns="http://ec2\.amazonaws\.com/doc/[0-9-]+/?")?>'
)

_FIRST = re.compile(rb"<(?P<tag>[A-Za-z]+)>(?P<item>\s*<item>\s*<[A-Za-z]+>)")
"""A list, and how its items begin: those within them begin otherwise."""

_PART = 1 << 16


def read(body: bytes, reader: Reader) -> tuple[dict[str, Any], Any]:
    """What an answer says, and the element that has its id, by names without their namespace.

    A document that does not begin as EC2's do is Unusual, and so is one that is not well-formed:
    botocore knows what to say of it.
    """
    beginning = _BEGINNING.match(body)
    if not beginning or _has_more(body, beginning.end()) or not _has_plain_names(body):
        raise Unusual("it is not written as EC2's answers are")
    if list_ := _FIRST.search(body, beginning.end()):
        with suppress(Unusual):
            return _together(_parts(body, beginning, list_), list_["tag"].decode(), reader)
    return _together([_head(beginning) + body[beginning.end() :]], "", reader)


def _together(parts: Iterable[bytes], list_: str, reader: Reader) -> tuple[dict[str, Any], Any]:
    """What parts of an answer say, each with some of the items of the list."""
    found: dict[str, Any] = {}
    about, told = None, set[str]()
    for root in map(_root, parts):
        tags = {child.tag for child in root} - {list_}
        if tags & told:
            raise Unusual(f"{', '.join(sorted(tags & told))} comes twice")
        told |= tags
        if about is None or "requestId" in tags:
            about = root
        for name, value in reader(root).items():
            if name in found and not isinstance(value, list):
                raise Unusual(f"{list_} is no list")
            found[name] = [*found[name], *value] if name in found else value
    return found, about


def _parts(body: bytes, beginning: re.Match[bytes], list_: re.Match[bytes]) -> Iterator[bytes]:
    """Documents that say together what a long one says.

    So the trees stay small: to make and drop that of a long listing takes longer than to read it.
    Where these are well-formed, the long one is; what was cut anywhere but between items of a list
    of its own is not.
    """
    root, tag, item = beginning["root"], list_["tag"], list_["item"]
    head, start, end = _head(beginning), beginning.end(), list_.start("item")
    while (end := body.find(item, max(start + _PART, end))) >= 0:
        yield b"%s%s</%s></%s>" % (head, body[start:end], tag, root)
        head, start = b"<%s><%s>" % (root, tag), end
    yield head + body[start:]


def _head(beginning: re.Match[bytes]) -> bytes:
    return beginning[0].replace(beginning["namespace"] or b"", b"", 1)


def _root(part: bytes) -> Any:
    """A document's outermost element.

    The blanks between elements are left out, which saves a third of the time. libxml2 takes for
    such all that stands before a `<`, but for the whole of an element's text: where an element has
    others after them, the readers know that they have to look.
    """
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False, collect_ids=False)
    try:
        root = etree.fromstring(part, parser)
    except etree.XMLSyntaxError as error:
        # Text longer than ten megabytes and elements deeper than 256 are refused, too.
        raise Unusual(str(error)) from error
    if any(map(len, root.iterchildren("requestId"))):
        raise Unusual("its id has something in it")
    return root


def _has_more(body: bytes, start: int) -> bool:
    """Whether there may be more than elements and text of the one namespace.

    A name of another one is the same to botocore, in whatever it is. Text that a comment, an
    instruction or a section of characters parts is one for it, and several for libxml2, to which
    blanks before a return are nothing, too.
    """
    return any(
        body.find(hint, start) >= 0 and any(body.find(sign, start) >= 0 for sign in signs)
        for hint, signs in _MORE.items()
    )


_MORE = {b"xml": (b"xmlns", b"<xml:"), b"!": (b"<!",), b"?": (b"<?",), b"\r": (b"\r",)}
"""What is looked for, by what is found sooner to be nowhere."""


def _has_plain_names(body: bytes) -> bool:
    """Whether all that is not ASCII stands outside of tags.

    libxml2 takes names by XML's fifth edition, and expat, which botocore asks, by its fourth, which
    has fewer of them.
    """
    if body.isascii():
        return True
    left = body.translate(None, _SIGNS).replace(b"<>", b"")
    return b"<" not in left and b">" not in left


_SIGNS = bytes({*range(128)} - {*b"<>"})
