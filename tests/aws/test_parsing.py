"""EC2's answers are read as botocore reads them, whatever they are."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from botocore.model import ShapeResolver
from botocore.parsers import EC2QueryParser
from hypothesis import given
from hypothesis import strategies as st

from reconciler.aws.parsing import document, members, quick
from reconciler.aws.parsing.sample import ANSWER, SHAPE
from tests.aws.answers import Writer, botocores, operations, ours, output
from tests.effort import examples

SAMPLE: bytes = ANSWER["body"]  # type: ignore[assignment]
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
OPEN = b'<DescribeTagsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
CLOSE = b"</DescribeTagsResponse>"
TAG = b"<tagSet><item><key>a</key><value>%s</value></item></tagSet>"


@pytest.fixture(autouse=True)
def in_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is read as the longest ones are."""
    monkeypatch.setattr(document, "_PART", 61)


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All members of all answers are read."""
    monkeypatch.setattr(members, "USED", {})
    quick._readers.clear()
    yield
    quick._readers.clear()


def test_what_ec2_usually_writes_is_read_as_botocore_reads_it_and_without_botocore(
    whole: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for operation in operations():
        shape = output(operation)
        body = Writer(Random(operation)).answer(shape)
        expected = botocores(body, shape)
        with monkeypatch.context() as patch:
            patch.setattr(EC2QueryParser, "_do_parse", None)
            assert ours(body, shape) == expected, body


@examples(20)
@given(
    operation=st.sampled_from(
        ("DescribeInstances", "DescribeImages", "CreateFleet", "RunInstances")
    ),
    luck=st.integers(0, 1 << 32),
)
def test_strange_answers_are_read_as_botocore_reads_them(
    whole: None, operation: str, luck: int
) -> None:
    body = Writer(Random(luck), strange=True, bad=0.01).answer(output(operation))
    assert ours(body, output(operation)) == botocores(body, output(operation))


@examples(200)
@given(luck=st.integers(0, 1 << 32))
def test_every_value_is_read_as_botocore_reads_it(luck: int) -> None:
    body = Writer(Random(luck), strange=True, bad=0.2).answer(SHAPE)
    assert ours(body, SHAPE) == botocores(body, SHAPE)


@examples(40)
@given(operation=st.sampled_from(sorted(members.USED)), luck=st.integers(0, 1 << 32))
def test_of_long_answers_the_members_in_use_are_what_botocore_says(
    operation: str, luck: int
) -> None:
    shape = output(operation.removesuffix("Result"))
    body = Writer(Random(luck)).answer(shape)
    wanted = {**members.used(operation), "ResponseMetadata": members.EVERYTHING}
    assert ours(body, shape) == only(botocores(body, shape), wanted)


def test_of_an_answer_with_several_lists_those_in_use_are_read(
    whole: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(members.USED, "Sample", ("Integer", "Tags.Key"))
    found = ours(SAMPLE, SHAPE)
    assert found["Tags"] == [{"Key": ("str", "Name")}, {"Key": ("str", "owner")}, {}]
    assert found.keys() == {"Integer", "Tags", "ResponseMetadata"}


def only(found: Any, wanted: members.Members) -> Any:
    if isinstance(found, list):
        return [only(one, wanted) for one in found]
    if not wanted:
        return found
    return {name: only(found[name], wanted[name]) for name in wanted if name in found}


def nested(depth: int) -> bytes:
    return HEAD + OPEN + b"<a>" * depth + b"</a>" * depth + CLOSE


BOMB = b'<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
FILE = b'<!DOCTYPE b [<!ENTITY c SYSTEM "file:///etc/hostname">]>'

DOCUMENTS = {
    "nothing": b"",
    "blanks": b" \n",
    "no XML": b"Service Unavailable",
    "HTML": b"<html><body><b>Http/1.1 Service Unavailable</b></body></html>",
    "HTML that is no XML": b"<html><br><p>Bad gateway</html>",
    "cut off": SAMPLE[: len(SAMPLE) // 2],
    "cut off within a sign": SAMPLE[: SAMPLE.index(b"\xc3\xb6") + 1],
    "cut off at its end": SAMPLE.rstrip()[:-1],
    "something after it": SAMPLE + b"<again/>",
    "zeros after it": SAMPLE + b"\0\0",
    "a zero within": HEAD + OPEN + TAG % b"a\0b" + CLOSE,
    "a sign that XML lacks": HEAD + OPEN + TAG % b"a\x1bb" + CLOSE,
    "the same, written out": HEAD + OPEN + TAG % b"&#x1b;" + CLOSE,
    "half a pair": HEAD + OPEN + TAG % b"\xed\xa0\x80" + CLOSE,
    "no UTF-8": HEAD + OPEN + TAG % "größer".encode("latin-1") + CLOSE,
    "another encoding, said": SAMPLE.replace(b"UTF-8", b"ISO-8859-1"),
    "another encoding, done": SAMPLE.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "an encoding that nobody knows": SAMPLE.replace(b"UTF-8", b"EBCDIC-9"),
    "a byte order mark": b"\xef\xbb\xbf" + SAMPLE,
    "blanks before it": b"\n" + SAMPLE,
    "XML 1.1": SAMPLE.replace(b'"1.0"', b'"1.1"'),
    "alone": HEAD.replace(b"?>", b' standalone="yes"?>') + OPEN + TAG % b"a" + CLOSE,
    "a comment first": HEAD + b"<!-- a -->" + OPEN + TAG % b"a" + CLOSE,
    "comments and instructions": HEAD + OPEN + TAG % b"a<!-- b --> <?c d?> e" + CLOSE,
    "blanks before a comment": HEAD + OPEN + TAG % b"  <!-- a -->" + CLOSE,
    "blanks before an instruction": HEAD + OPEN + TAG % b"  <?a b?>" + CLOSE,
    "blanks before a return": HEAD + OPEN + TAG % b" \r&lt;" + CLOSE,
    "an instruction within a text": HEAD + OPEN + TAG % b"a <?b c?> d" + CLOSE,
    "blanks before a section of signs": HEAD + OPEN + TAG % b"  <![CDATA[a]]>" + CLOSE,
    "blanks before an element": HEAD + OPEN + TAG % b"  <a/>" + CLOSE,
    "blanks before a name": HEAD + OPEN + TAG.replace(b"<key>", b"<key> <a/>") % b"a" + CLOSE,
    "blanks in an id": HEAD + OPEN + b"<requestId> <a/></requestId>" + TAG % b"a" + CLOSE,
    "entities of its own": HEAD + BOMB + OPEN + TAG % b"&c;" + CLOSE,
    "a file's content": HEAD + FILE + OPEN + TAG % b"&c;" + CLOSE,
    "an entity that is not there": HEAD + OPEN + TAG % b"&nbsp;" + CLOSE,
    "a prefix that is not there": HEAD + OPEN + TAG.replace(b"key", b"a:key") % b"a" + CLOSE,
    "XML's own prefix": HEAD + OPEN + TAG.replace(b"value", b"xml:value") % b"a" + CLOSE,
    "a prefix": HEAD
    + b'<e:DescribeTagsResponse xmlns:e="http://ec2.amazonaws.com/doc/2016-11-15/">'
    + TAG % b"a"
    + b"</e:DescribeTagsResponse>",
    "another namespace": HEAD + OPEN.replace(b"ec2.", b"iam.") + TAG % b"a" + CLOSE,
    "one of two namespaces": HEAD
    + OPEN
    + TAG.replace(b"<value>", b'<value xmlns="x">') % b"a"
    + CLOSE,
    "an attribute": HEAD + OPEN[:-1] + b' a="b">' + TAG % b"a" + CLOSE,
    "an attribute twice": HEAD + OPEN + TAG.replace(b"<key>", b'<key a="" a="">') % b"a" + CLOSE,
    "a set twice": HEAD + OPEN + TAG % b"a" + TAG % b"b" + CLOSE,
    "a set within another thing": HEAD
    + OPEN
    + TAG % b"a"
    + b"<other><tagSet><item/><item/></tagSet></other>"
    + CLOSE,
    "items in what is no list": HEAD
    + OPEN
    + b"<string><item><a/></item><item><a/></item>"
    + b"<item><a/>b</item>" * 20
    + b"</string>"
    + CLOSE,
    "another set before and after": HEAD
    + OPEN
    + b"<noneSet/>"
    + TAG.replace(b"</tagSet>", b"<item><key>a</key></item>" * 20 + b"</tagSet>") % b"a"
    + b"<noneSet/>"
    + CLOSE,
    "an id before and after": HEAD
    + OPEN
    + b"<requestId>a</requestId><tagSet>"
    + b"<item><key>a</key></item>" * 20
    + b"</tagSet><requestId>b</requestId>"
    + CLOSE,
    "an id at its end": HEAD
    + OPEN
    + b"<tagSet>"
    + b"<item><key>a</key></item>" * 20
    + b"</tagSet><requestId>b</requestId>"
    + CLOSE,
    "an id twice": HEAD + OPEN + b"<requestId>a</requestId><requestId>b</requestId>" + CLOSE,
    "the end of a section": HEAD + OPEN + TAG % b"]]>" + CLOSE,
    "ends that cross": HEAD + OPEN + b"<a><b></a></b>" + CLOSE,
    "deep": nested(300),
    "names of a later edition of XML": HEAD + OPEN + "<𐀀/>".encode() + TAG % b"a" + CLOSE,
    "such names of attributes": HEAD + OPEN + "<a b='>' 𐀀=''/>".encode() + TAG % b"a" + CLOSE,
    "an error": b"<Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>The security "
    b"group 'x' does not exist</Message></Error></Errors><RequestID>a</RequestID></Response>",
    "an error without a code": b"<Response><Errors/></Response>",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_no_usual_answer_ends_as_it_does_with_botocore(name: str) -> None:
    for status in (200, 300, 400, 500):
        for shape in (output("DescribeTags"), SHAPE, None):
            body = DOCUMENTS[name]
            assert ours(body, shape, status) == botocores(body, shape, status), (status, shape)


def test_text_that_is_too_long_for_lxml_is_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(document, "_PART", 1 << 16)
    body = HEAD + OPEN + TAG % (b"x" * 10_000_001) + CLOSE
    assert ours(body, output("DescribeTags")) == botocores(body, output("DescribeTags"))


@examples(300)
@given(
    edits=st.lists(
        st.tuples(
            st.integers(0, len(SAMPLE) - 1),
            st.integers(0, 3),
            st.sampled_from(
                [bytes([sign]) for sign in b"<>&;/!?[]-\"'=:x \r\n\t\0\x1b\x80\xc3\xef"]
                + [b"<a>", b"</a>", b"<a/>", b"<!--", b"-->", b"&#0;", b"<?", b"?>", b"]]>"]
                + [b"<![CDATA[", b'xmlns:a="b"', b"<xml:a/>", b"<item>", b"\xef\xbf\xbe"]
            ),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_damaged_answer_is_read_or_refused_as_it_is_by_botocore(
    edits: list[tuple[int, int, bytes]],
) -> None:
    body = SAMPLE
    for start, length, put in edits:
        body = body[:start] + put + body[start + length :]
    assert ours(body, SHAPE) == botocores(body, SHAPE)


def test_items_in_what_is_no_list_are_read_as_botocore_reads_them() -> None:
    odd = shape(a={"shape": "thing"})
    body = b"<S><a>" + b"<item><b>x</b></item>" * 20 + b"</a></S>"
    assert ours(body, odd) == botocores(body, odd)


def test_of_a_long_list_there_is_never_a_tree_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    read = document._root

    def counted(part: bytes) -> Any:
        sizes.append(len(part))
        return read(part)

    monkeypatch.setattr(document, "_root", counted)
    for space in (b"", b"\n    "):
        items = b"".join(space + b"<item><key>a</key><value>b</value></item>" for _ in range(99))
        body = HEAD + OPEN + b"<tagSet>" + items + b"</tagSet>" + CLOSE
        assert ours(body, output("DescribeTags")) == botocores(body, output("DescribeTags"))
    assert max(sizes) < 400


def test_what_was_made_for_a_model_goes_with_it() -> None:
    gc.collect()
    before = len(quick._readers)
    ours(b"<S><a>x</a></S>", shape(a={"shape": "text"}))
    gc.collect()
    assert len(quick._readers) <= before


def shape(**members: Any) -> Any:
    """A structure with some members, and other shapes that these may be of."""
    others = {
        "text": {"type": "string"},
        "character": {"type": "character"},
        "map": {"type": "map", "key": {"shape": "text"}, "value": {"shape": "text"}},
        "flat": {"type": "list", "flattened": True, "member": {"shape": "text"}},
        "thing": {"type": "structure", "members": {"b": {"shape": "text"}}},
        "one": {"type": "structure", "union": True, "members": {"a": {"shape": "text"}}},
        "again": {"type": "structure", "members": {"a": {"shape": "again"}}},
    }
    return ShapeResolver(
        {"S": {"type": "structure", "members": members}, **others}
    ).get_shape_by_name("S")


@pytest.mark.parametrize("kind", ["character", "map", "flat", "one", "again"])
@pytest.mark.parametrize("inner", [b"", b"<a>x</a>", b"<a><a/></a><a>y</a>", b"<a>x</a><b>y</b>"])
def test_shapes_that_ec2_has_none_of_are_left_to_botocore(kind: str, inner: bytes) -> None:
    for odd in (shape(a={"shape": kind}), shape(a={"shape": "text", "location": "header"})):
        assert ours(b"<S>%s</S>" % inner, odd) == botocores(b"<S>%s</S>" % inner, odd)
