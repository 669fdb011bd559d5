"""What the schemas accept and what the program accepts agree, document by document."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from reconciler.documents import kinds
from reconciler.load import Mistakes, load
from reconciler.schema import PLAN
from tests.effort import examples
from tests.schema.generated import ecma, good, mutated
from tests.schema.made import made, schema
from tests.schema.samples import PUBLIC_KEY, SAMPLES

ESTATE = yaml.safe_load(SAMPLES["Estate"][0])

# What no schema can say: it takes other documents, files, arithmetic, counting or a digest.
ONLY_THE_PROGRAM = [
    r"is not declared",
    r"is none of the Estate's",
    r"AWS keeps no empty parameter",
    r"'\d{12}' stands here twice",
    r"duplicate resource",
    r"AWS's name .* (is too long|must not begin)|AWS takes no name|reads like one of AWS's own",
    r"AWS keeps /aws and /ssm for itself|SSM takes no parameter .* for the private half",
    r"to AWS it is the same name",
    r"the file .* can't be read",
    r"no public key|this is a private key",
    r"is no address range",
    r"ends before it begins",
    r"stands here twice with two descriptions",
    r"icmpCode is for one icmpType",
    r"two statements have the Sid",
    r"AWS takes a managed policy with",
    r"\d+ characters of policy|the value has \d+ bytes|larger than the \d+ bytes",
    r"is not git's to give|the keys of all tags together|\d+ tags, and \d+ at most",
    r"has the attributes .*, and all of them",
    r"dataType aws:ec2:image is for `value` only",
    r"would be read as a number",
    r"is for FIFO queues only|characters of pattern",
    r"must go with the machine|steps: '.*' stands here twice",
    # Only in content, where SSM's own language leaves open what stands.
    r"has no value",
    r"is above max|is no zone of|is no JMESPath|no image is said|both text and config",
]


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Any:
    if isinstance(instance, str) and not ecma(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


@cache
def by(name: str) -> Any:
    """What judges by the schema of a kind, or by that of "all"."""
    return Validator(schema(name))


def program(folder: Path, *documents: Any) -> list[str]:
    """What the program says against these documents; JSON is YAML, too."""
    file = folder / "a.yml"
    file.write_text("---\n".join(f"{json.dumps(d)}\n" for d in documents), "ascii")
    try:
        load(str(file))
    except Mistakes as mistakes:
        return [mistake.what for mistake in mistakes.mistakes]
    return []


def agree(folder: Path, document: Any) -> bool:
    """Assert the laws for one document; says whether it is accepted by both."""
    complaints = program(folder, document, *([] if _is_estate(document) else [ESTATE]))
    accepted = by("all").is_valid(document)
    kind = document.get("kind") if isinstance(document, dict) else None
    if isinstance(kind, str) and kind in kinds():
        assert by(kind).is_valid(document) == accepted
    if not accepted:
        assert complaints, [error.message for error in by("all").iter_errors(document)]
    elif complaints:
        unexpected = [
            what for what in complaints if not any(re.search(r, what) for r in ONLY_THE_PROGRAM)
        ]
        assert not unexpected
    return accepted and not complaints


def _is_estate(document: Any) -> bool:
    return isinstance(document, dict) and document.get("kind") == "Estate"


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in SAMPLES.items() for text in texts]
)
def test_a_good_document_is_accepted_by_both(tmp_path: Path, kind: str, text: str) -> None:
    document = yaml.safe_load(text)
    assert document["kind"] == kind
    (tmp_path / "hello.txt").write_text("hello\n")
    (tmp_path / "key.pub").write_text(f"{PUBLIC_KEY} somebody@here\n")
    complaints = program(tmp_path, document, *([] if kind == "Estate" else [ESTATE]))
    assert [what for what in complaints if "is not declared" not in what] == []
    assert [error.message for error in by("all").iter_errors(document)] == []


@pytest.mark.parametrize("kind", kinds())
def test_a_document_made_from_the_schema_is_accepted_by_the_program(
    tmp_path: Path, kind: str
) -> None:
    @examples(8)
    @given(good(schema("all")["$defs"][kind], schema("all")))
    def holds(document: Any) -> None:
        assert by("all").is_valid(document), next(by("all").iter_errors(document)).message
        agree(tmp_path, document)

    holds()


@pytest.mark.parametrize("kind", kinds())
def test_a_good_document_with_mistakes_put_in_is_judged_alike_by_both(
    tmp_path: Path, kind: str
) -> None:
    samples = st.sampled_from([yaml.safe_load(text) for text in SAMPLES[kind]])

    @examples(100)
    @given(mutated(samples))
    def holds(document: Any) -> None:
        agree(tmp_path, document)

    holds()


@pytest.mark.parametrize("document", [None, [], "a", 5, {}, {"kind": "Nothing"}, {"kind": None}])
def test_what_is_no_document_is_refused_by_both(tmp_path: Path, document: Any) -> None:
    assert not agree(tmp_path, document)
    assert not by("all").is_valid(document)


def test_the_samples_say_everything_that_the_schemas_know() -> None:
    said = {
        word for texts in SAMPLES.values() for text in texts for word in re.findall(r"[\w/]+", text)
    }
    models = schema("all")["$defs"].values()
    known = {word for model in models for word in model.get("properties", {})}
    assert known - said == set()


def test_no_schema_of_documents_lets_anything_be_null() -> None:
    assert [name for name, text in made().items() if '"null"' in text] == [PLAN]
