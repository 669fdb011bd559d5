"""The bytes of one of EC2's answers fed to lxml, and read as they are understood."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from reconciler.aws.parsing.readers import Reader, Unusual

# A root right after the declaration leaves no place for a document type, and so for no entities;
# one namespace and no prefix leave names that mean the same to botocore, which looks at no
# namespace. The declaration's encoding is the one that botocore takes whatever is declared.
_BEGINNING = re.compile(
    rb'(?:<\?xml version="1\.0" encoding="(?:UTF|utf)-8"\?>\s*)?<[A-Za-z0-9]+'
    rb'(?P<namespace> xmlns="http://ec2\.amazonaws\.com/doc/[0-9-]+/?")?>'
)


def read(body: bytes, reader: Reader) -> tuple[dict[str, Any], Any]:
    """What an answer says, and its outermost element, whose names go without their namespace.

    A document that does not begin as EC2's do is Unusual, and so is one that is not well-formed:
    botocore knows what to say of it.
    """
    beginning = _BEGINNING.match(body)
    if not beginning or _has_more(body, beginning.end()) or not _has_plain_names(body):
        raise Unusual("it is not written as EC2's answers are")
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False, collect_ids=False)
    try:
        parser.feed(beginning[0].replace(beginning["namespace"] or b"", b"", 1))
        for piece in _pieces(body, beginning.end()):
            parser.feed(piece)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        # Text longer than ten megabytes and elements deeper than 256 are refused, too.
        raise Unusual(str(error)) from error
    if any(map(len, root.iterchildren("requestId"))):
        raise Unusual("its id has something in it")
    return reader(root), root


_PIECE = 1 << 16


def _pieces(body: bytes, start: int) -> Iterator[bytes]:
    """An answer in pieces that end where something else does.

    The blanks between elements are left out, which saves a third of the time. libxml2 takes for
    such what stands before a `<`, but for the whole of an element's text, and sees no further than
    to the end of a piece. Where it does all the same, in an element that has others after them, the
    readers know that they have to look.
    """
    while start < len(body):
        end = body.find(b">", start + _PIECE) + 1 or len(body)
        yield body[start:end]
        start = end


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
