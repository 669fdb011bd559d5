"""The schemas as files: what is published, and how it is seen that they are out of date."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from reconciler.documents import kinds
from reconciler.load import load
from reconciler.schema import stale, write
from tests.schema.made import made, schema

HERE = Path(__file__).parents[2]


def test_there_is_a_schema_for_each_kind_one_for_all_and_one_for_a_saved_plan() -> None:
    each = {f"{kind}.json" for kind in kinds()}
    assert set(made()) == {*each, "all.json", "saved-plan.json"}


def test_every_schema_is_one_of_the_dialect_that_it_names() -> None:
    for text in made().values():
        one = json.loads(text)
        assert one["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        Draft202012Validator.check_schema(one)
        assert text.endswith("}\n")


def test_no_schema_has_to_be_fetched_from_anywhere() -> None:
    for text in made().values():
        assert "$id" not in text
        assert all(ref.startswith("#/$defs/") for ref in re.findall(r'"\$ref": "([^"]*)"', text))


def test_every_field_is_described_or_named_so_that_it_needs_not_be() -> None:
    plain = {"description", "Effect", "Statement", "Id", "Type", "Version", "CanonicalUser"}
    plain |= {"apiVersion", "kind", "metadata", "spec", "env"}
    defs = schema("all")["$defs"]
    silent = {
        word
        for model in defs.values()
        for word, field in model.get("properties", {}).items()
        if "description" not in field and "$ref" not in field
    }
    assert silent - plain == set()


def test_writing_twice_writes_the_same(tmp_path: Path) -> None:
    assert write(tmp_path / "new") == sorted(made())
    first = {file.name: file.read_bytes() for file in (tmp_path / "new").iterdir()}
    write(tmp_path / "new")
    assert {file.name: file.read_bytes() for file in (tmp_path / "new").iterdir()} == first
    assert stale(tmp_path / "new") == []


def test_what_differs_or_is_missing_is_stale_and_files_of_others_are_theirs(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "Role.json").write_text("{}\n")
    (tmp_path / "all.json").unlink()
    (tmp_path / "package.json").write_text("{}\n")
    assert stale(tmp_path) == ["Role.json", "all.json"]
    write(tmp_path)
    assert stale(tmp_path) == []
    assert (tmp_path / "package.json").read_text() == "{}\n"


def test_the_published_schemas_are_up_to_date() -> None:
    assert stale(HERE / "schemas") == []


def test_the_example_estate_is_right_and_its_files_name_their_schema() -> None:
    assert load(str(HERE / "desired")).resources
    for file in (HERE / "desired").glob("*.yml"):
        first = file.read_text("utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../schemas/all.json"


def _complaints(document: Any) -> list[str]:
    validator = Draft202012Validator(schema("all"))
    return [error.message for error in validator.iter_errors(document)]


def test_an_editor_hears_of_the_one_kind_that_is_meant() -> None:
    document = {
        "apiVersion": "reconciler/v1",
        "kind": "InstanceProfile",
        "metadata": {"name": "a"},
        "spec": {"rol": "a"},
    }
    assert _complaints(document) == ["Additional properties are not allowed ('rol' was unexpected)"]
