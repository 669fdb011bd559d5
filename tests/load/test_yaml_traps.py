"""What YAML would read as something else than its reader: each is a mistake, and none a surprise."""

# Messages stand here on one line, as they are shown.
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.load import Mistakes, load


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


ESTATE = """\
apiVersion: reconciler/v1
kind: Estate
metadata: {name: acme}
spec: {prefix: ci-, accounts: ["123456789012"], regions: [eu-west-1]}
"""
PARAMETER = "---\napiVersion: reconciler/v1\nkind: Parameter\nmetadata: {name: one}\n"


def told(text: str) -> list[str]:
    """What is said of a document behind an Estate; it begins on line 5."""
    Path("a.yml").write_text(ESTATE + text, "utf-8", newline="")
    with pytest.raises(Mistakes) as caught:
        load("a.yml")
    return [str(mistake).removeprefix("a.yml:") for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("no", "'no' is a trap: write false, or put it in quotes"),
        ("Yes", "'Yes' is a trap: write true, or put it in quotes"),
        ("on", "'on' is a trap: write true, or put it in quotes"),
        ("off", "'off' is a trap: write false, or put it in quotes"),
        ("y", "'y' is one thing to some and another to others: put it in quotes"),
        ("0123", "'0123' is one thing to some and another to others: put it in quotes"),
        ("0899", "'0899' is one thing to some and another to others: put it in quotes"),
        ("0o17", "'0o17' is one thing to some and another to others: put it in quotes"),
        ("1e3", "'1e3' is one thing to some and another to others: put it in quotes"),
        (".5", "'.5' is one thing to some and another to others: put it in quotes"),
        ("0x1F", "'0x1F' would be read as a number: put it in quotes"),
        ("1_000", "'1_000' would be read as a number: put it in quotes"),
        ("22:22", "'22:22' would be read as a number: put it in quotes"),
        ("1.10", "'1.10' would be read as a number: put it in quotes"),
        (".inf", "'.inf' would be read as a number: put it in quotes"),
        ("9" * 5000, f"'{'9' * 5000}' would be read as a number: put it in quotes"),
        ("!!python/object:os.system a", "the tag !!python/object:os.system builds an object: leave it out"),
        ("!!python/object/apply:os.system [a]", "the tag !!python/object/apply:os.system builds an object: leave it out"),
        ("!!set {a}", "the tag !!set builds an object: leave it out"),
        ("!secret a", "the tag !secret builds an object: leave it out"),
        ("!!binary YQ==", "the tag !!binary builds an object: leave it out"),
    ],
)  # fmt: skip
def test_a_value_that_reads_two_ways_is_a_mistake(value: str, expected: str) -> None:
    assert told(f"{PARAMETER}spec: {{value: {value}}}\n") == [f"9:15: {expected}"]


@pytest.mark.parametrize("value", ["2012-10-17", "'no'", '"0123"', "a:b", "-", "<<", "="])
def test_a_text_that_reads_one_way_is_taken(value: str) -> None:
    Path("a.yml").write_text(f"{ESTATE}{PARAMETER}spec: {{value: {value}}}\n", "utf-8")
    (one,) = load("a.yml").resources
    assert one.spec.words()["value"] == value.strip("\"'")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("on", "the key 'on' would be read as bool: put it in quotes"),
        ("no", "the key 'no' would be read as bool: put it in quotes"),
        ("y", "the key 'y' would be read as bool: put it in quotes"),
        ("5", "the key '5' would be read as int: put it in quotes"),
        ("0899", "the key '0899' would be read as a number: put it in quotes"),
        ("2020-01-01", "the key '2020-01-01' would be read as timestamp: put it in quotes"),
        ("~", "the key '~' would be read as null: put it in quotes"),
        ("<<", "`<<` is no part of YAML any more: write out what it brings in"),
        ("? [a]", "a key is a word, not a list or a mapping"),
    ],
)
def test_a_key_that_is_no_plain_word_is_a_mistake(key: str, expected: str) -> None:
    place = "12:5" if key.startswith("?") else "12:3"
    separator = "\n  " if key.startswith("?") else ""
    text = f"{PARAMETER}spec:\n  value: a\n  description: a\n  {key}{separator}: {{x: b}}\n"
    assert told(text)[0] == f"{place}: {expected}"


def test_a_key_that_stands_twice_is_told_with_both_places() -> None:
    assert told(f"{PARAMETER}spec:\n  value: a\n  value: b\n") == [
        "11:3: the key 'value' is a duplicate: it stands at line 10 too"
    ]


def test_a_key_without_a_value_is_told_once() -> None:
    assert told(f"{PARAMETER}spec:\n  value: a\n  tier:\n") == [
        "11:3: the key 'tier' has no value: give it one, or leave it out"
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("- a\n", "6:1: a document is a mapping, not a list"),
        ("a text\n", "6:1: a document is a mapping, not a text"),
        ("5\n", "6:1: a document is a mapping, not 5"),
        ("~\n", "6:1: a document is a mapping, not nothing"),
        ("kind: ~\n", "6:1: the key 'kind' has no value: give it one, or leave it out"),
        ("kind: no\n", "6:7: 'no' is a trap: write false, or put it in quotes"),
        ("kind: [Role]\n", "6:7: unknown kind a list; did you mean 'Role'?"),
        ("kind: role\n", "6:7: unknown kind 'role'; did you mean 'Role'?"),
        ("apiVersion: v1\n", "6:1: `kind` is missing"),
        ("{}\n", "6:1: `kind` is missing"),
        ("a: &a [*a]\n", "6:4: circular reference: this part is inside of itself"),
        ("a: *a\n", "6:4: is not YAML: found undefined alias at 'a: *a'"),
        ("a: b: c\n", "6:5: is not YAML: mapping values are not allowed in this context at 'a: b: c'"),
        ("a:\n\t- b\n", "7:1: is not YAML: found character that cannot start any token at '- b'"),
        ("%YAML 1.2\n", "7:1: is not YAML: did not find expected <document start>"),
    ],
)  # fmt: skip
def test_a_document_that_is_none_is_a_mistake(document: str, expected: str) -> None:
    assert expected in told(f"---\n{document}")


def test_an_empty_document_is_a_mistake_and_a_comment_is_none() -> None:
    text = f"---\n\n---\n# nothing here\n{PARAMETER}spec: {{value: a}}\n---\n"
    assert told(text) == [
        "5:1: an empty document: take the `---` away",
        "14:1: an empty document: take the `---` away",
    ]


def test_a_broken_document_hides_no_other_one() -> None:
    assert told(f"---\na: [\n{PARAMETER}spec: {{valu: a}}\n---\nb: }}\n") == [
        "7:1: is not YAML: did not find expected node content",
        "11:8: Parameter/one: spec.valu: unknown field; did you mean 'value'?",
        "13:4: is not YAML: did not find expected node content at 'b: }'",
    ]


def test_a_separator_inside_of_a_text_is_part_of_the_text() -> None:
    text = f"{ESTATE}{PARAMETER}spec:\n  value: |\n    a\n    ---\n    b\n"
    Path("a.yml").write_text(text, "utf-8")
    (one,) = load("a.yml").resources
    assert one.spec.words()["value"] == "a\n---\nb\n"


def test_lines_that_end_as_on_windows_are_taken() -> None:
    text = f"{ESTATE}{PARAMETER}spec: {{value: a}}\n"
    Path("a.yml").write_bytes(text.replace("\n", "\r\n").encode())
    assert len(load("a.yml").resources) == 1


BOMB = "".join(f"{a}: &{a} [{','.join(f'*{b}' for _ in range(10))}]\n" for a, b in zip("bcdefg", "abcdef", strict=True))  # fmt: skip


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (f"a: &a [x, x, x, x, x, x, x, x, x, x]\n{BOMB}", "is too large"),
        ("[" * 100_000 + "]" * 100_000, "is not YAML: exceeded maximum nesting depth"),
        ("- " * 100_000 + "a", "is not YAML: exceeded maximum nesting depth"),
        ("{a: " * 20_000 + "b" + "}" * 20_000, "is not YAML: exceeded maximum nesting depth"),
        ("- " * 60 + "a", "is nested too deeply"),
    ],
    ids=["aliases", "brackets", "dashes", "braces", "a little"],
)
def test_a_document_made_to_be_too_much_is_refused(document: str, expected: str) -> None:
    (mistake,) = told(f"---\n{document}\n")
    assert expected in mistake


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\0", "U+0000 (a control character)"),
        ("\x1b", "U+001B (a control character)"),
        ("\x7f", "U+007F (a control character)"),
        ("\x85", "U+0085 (a control character)"),
        ("\r", "U+000D (a control character)"),
        ("\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("\u2066", "U+2066 (LEFT-TO-RIGHT ISOLATE)"),
        ("\u200b", "U+200B (ZERO WIDTH SPACE)"),
        ("\u2028", "U+2028 (LINE SEPARATOR)"),
        ("\ufeff", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
        ("\U000e0041", "U+E0041 (TAG LATIN CAPITAL LETTER A)"),
    ],
)
def test_a_character_that_no_reviewer_sees_is_refused(character: str, name: str) -> None:
    assert told(f"{PARAMETER}spec: {{value: a{character}b}}\n")[0] == (
        f'9:16: {name} can\'t be seen: take it out, or write it as an escape in "…"'
    )


def test_a_hidden_character_may_be_written_as_an_escape() -> None:
    text = f'{ESTATE}{PARAMETER}spec: {{value: "a\\u202Eb"}}\n'
    Path("a.yml").write_text(text, "utf-8")
    (one,) = load("a.yml").resources
    assert one.spec.words()["value"] == "a\u202eb"
