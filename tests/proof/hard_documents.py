"""Files that are made to be too much: for the reader's time, for its memory, or for a reviewer."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.load.sources import LARGEST
from tests.conftest import ESTATE
from tests.laws.cases import document

_FULL = 50_000_000
_DENY = '{document: {Version: "2012-10-17", Statement: {Effect: Deny, Action: "*", Resource: "*"}}}'


def _filled(make: Callable[[int], str]) -> str:
    """As many documents as a file may have."""
    texts, left, number = [ESTATE], LARGEST - 1000, 0
    while left > 0:
        texts.append(f"---\n{make(number)}")
        left -= len(texts[-1])
        number += 1
    return "".join(texts)


def _one(kind: str, spec: str) -> str:
    return f"{ESTATE}---\n{document(kind, 'one', spec)}"


def _bomb() -> str:
    """Fifteen lines that mean nine to the fifteenth things."""
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    for number in range(1, 16):
        before, this = chr(96 + number), chr(97 + number)
        lines.append(f"{this}: &{this} [{','.join([f'*{before}'] * 9)}]")
    return "\n".join(lines)


def _group(number: int) -> str:
    rule = f"{{protocol: tcp, ports: 22, groups: [nomber-{number}]}}"
    return document("SecurityGroup", f"number-{number}", f"{{description: a, ingress: [{rule}]}}")


def _queue(number: int, other: int) -> str:
    dead = f"{{deadLetters: {{queue: q{other}, maxReceiveCount: 3}}}}"
    return document("Queue", f"q{number}", dead)


def _ranges(count: int) -> str:
    return ",".join(f"10.{n // 250 % 250}.{n % 250}.0/24" for n in range(count))


FEW: dict[str, Callable[[], str]] = {
    "aliases of aliases": _bomb,
    "50 MB of one text": lambda: "kind: " + "x" * _FULL,
    "hidden signs alone": lambda: "\x01" * (LARGEST - 1),
}
"""What is tried each time."""

ALL: dict[str, Callable[[], str]] = {
    **FEW,
    "50 MB of documents": lambda: "---\na: b\n" * (_FULL // 9),
    "50 MB of a list": lambda: "[" + "a," * (_FULL // 2) + "]",
    "50 MB of comments": lambda: "# a\n" * (_FULL // 4),
    "lists in lists": lambda: "[" * 100_000,
    "mappings in mappings": lambda: "{a: " * 100_000,
    "lists below lists": lambda: "- " * 50_000,
    "a long list": lambda: "[" + "a," * (LARGEST // 2 - 2) + "]",
    "many small documents": lambda: "---\na: b\n" * (LARGEST // 9),
    "many good documents": lambda: _filled(lambda n: document("Policy", f"p{n}", _DENY)),
    "one resource again and again": lambda: _filled(lambda n: document("Policy", "p", _DENY)),
    "hidden signs on lines": lambda: "\x01\n" * (LARGEST // 2 - 1),
    "one key again and again": lambda: _one("Parameter", "{" + "a: 1," * 190_000 + "}"),
    "keys that nobody knows": lambda: _one(
        "Parameter", "{" + ",".join(f"a{n}: 1" for n in range(90_000)) + "}"
    ),
    "references to nothing": lambda: _filled(_group),
    "circles": lambda: _filled(lambda n: _queue(n, n)),
    "one great circle": lambda: _filled(lambda n: _queue(n, n + 1)),
    "one rule again and again": lambda: _one(
        "SecurityGroup",
        "{description: a, ingress: ["
        + "{protocol: tcp, ports: 22, cidrs: [10.0.0.0/8]}," * 18_000
        + "]}",
    ),
    "many ranges": lambda: _one(
        "SecurityGroup",
        f"{{description: a, ingress: [{{protocol: tcp, ports: 22, cidrs: [{_ranges(60_000)}]}}]}}",
    ),
    "many tags": lambda: ESTATE.replace(
        "prefix:", "tags: {" + ",".join(f"t{n}: a" for n in range(90_000)) + "}, prefix:"
    ),
    "anchors": lambda: "[" + ",".join(f"&a{n} a" for n in range(90_000)) + "]",
    "escapes": lambda: 'a: "' + "\\n" * (LARGEST // 2 - 10) + '"',
    "directives": lambda: "%" * (LARGEST - 1),
    "quotes": lambda: "'" * (LARGEST - 1),
}
"""What is tried with EFFORT."""

HIDDEN = {
    "a NUL": "\0",
    "text from right to left": "\u202e",
    "text from right to left, isolated": "\u2067",
    "a mark for that": "\u200f",
    "a space without width": "\u200b",
    "a line's end to some": "\u2028",
    "a tag sign": "\U000e0041",
    "an escape for terminals": "\x1b",
}
"""What makes a reviewer read something else."""
