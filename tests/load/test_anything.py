"""Whatever a file holds: it is read, or its mistakes are told, and nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.load import Mistakes, load
from tests.effort import examples
from tests.schema.generated import mutated
from tests.schema.samples import SAMPLES

TEXTS = [text for texts in SAMPLES.values() for text in texts]
DOCUMENTS = [yaml.safe_load(text) for text in TEXTS]
anything = examples(300)

Told = Callable[[bytes], tuple[str, ...]]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """What is said of a file's content; anything but mistakes ends the test."""

    def read(content: bytes) -> tuple[str, ...]:
        file = tmp_path / "a.yml"
        file.write_bytes(content)
        try:
            load(str(file))
        except Mistakes as mistakes:
            return tuple(str(mistake) for mistake in mistakes.mistakes)
        return ()

    return read


@anything
@given(content=st.binary(max_size=200))
def test_bytes(told: Told, content: bytes) -> None:
    assert told(content)


_SIGN = list("{}[]:,-?&*!|>'\"%@`#\n \t~<=.0123456789aekinds\r\0\x85\ufeff\ud7ff�")
_WORDS = ["---\n", "...\n", "kind: ", "Role", "spec:\n  ", "!!", "<<: ", "&a ", "*a", "? ", "- "]
_SIGNS = st.sampled_from(_SIGN) | st.sampled_from(_WORDS)


@anything
@given(text=st.lists(_SIGNS, max_size=60).map("".join))
@example(text="? &a [*a]\n: b")
@example(text="&a {*a : b}")
@example(text="--- >\n...\n---\n")
@example(text="! a: b")
@example(text="!<tag:yaml.org,2002:str> [a]: b")
def test_signs_that_mean_something_in_yaml(told: Told, text: str) -> None:
    assert told(text.encode())


_plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_nested = st.recursive(
    _plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


@anything
@given(
    document=st.fixed_dictionaries(
        {"kind": st.sampled_from([*SAMPLES, "Other"]) | _plain, "spec": _nested},
        optional={"apiVersion": _nested, "metadata": _nested},
    )
)
def test_structures(told: Told, document: Any) -> None:
    text = yaml.safe_dump(document, allow_unicode=True)
    assert told(text.encode("utf-8", "surrogatepass"))


@anything
@given(documents=st.lists(mutated(st.sampled_from(DOCUMENTS)), min_size=1, max_size=4))
def test_good_documents_with_other_values(told: Told, documents: list[Any]) -> None:
    told("---\n".join(json.dumps(document) + "\n" for document in documents).encode())


@anything
@given(data=st.data(), text=st.sampled_from(TEXTS))
def test_good_documents_with_other_signs(told: Told, data: st.DataObject, text: str) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 5))
        text = text[:start] + data.draw(_SIGNS) + text[end:]
    told(text.encode())


@anything
@given(data=st.data())
def test_a_secret_in_a_broken_document_is_never_shown(told: Told, data: st.DataObject) -> None:
    text = "kind: Parameter\nspec: {secret: {value: 'hunter2hunter2'}, tier: [a, b]}\n"
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(text.index("{secret") + 9, len(text)))
        if "hunter2hunter2" in text[:at] or at <= text.index("hunter2hunter2"):
            text = text[:at] + data.draw(_SIGNS) + text[at:]
    assert not [line for line in told(text.encode()) if "hunter2hunter2" in line]
