"""Where documents are read from, and that nothing which is there is passed over in silence."""

# Messages stand here on one line, as they are shown.
# ruff: noqa: E501

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconciler.load import Mistakes, load

ESTATE = """\
apiVersion: reconciler/v1
kind: Estate
metadata: {name: acme}
spec: {prefix: ci-, accounts: ["123456789012"], regions: [eu-west-1, us-east-1]}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def parameter(name: str, spec: str = "{value: a}") -> str:
    return f"apiVersion: reconciler/v1\nkind: Parameter\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")


def told(path: str) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        load(path)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_directory_is_read_with_all_below_it_but_what_is_hidden() -> None:
    write(
        {
            "all/a.yml": ESTATE,
            "all/more/b.yaml": parameter("one"),
            "all/more/C.YML": parameter("two"),
            "all/.git/d.yml": "[",
            "all/.e.yml": "[",
            "all/readme.md": "[",
        }
    )
    found = load("all").resources
    assert sorted({one.key.name for one in found}) == ["one", "two"]
    assert {one.key.scope.region for one in found} == {"eu-west-1", "us-east-1"}


def test_a_single_file_and_standard_input_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{ESTATE}---\n{parameter('one')}"
    write({"a.txt": text})
    stdin = SimpleNamespace(buffer=io.BytesIO(text.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert load("a.txt").resources[0].key == load("-").resources[0].key


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    Path("a.yml").write_bytes(b"\xef\xbb\xbf" + ESTATE.encode())
    assert load("a.yml").estate.name == "acme"


def test_an_empty_directory_is_a_mistake_and_never_an_empty_estate() -> None:
    Path("all").mkdir()
    assert told("all") == ["all:1:1: no .yml or .yaml file in this directory"]


def test_a_directory_of_comments_declares_no_estate() -> None:
    write({"all/a.yml": "# nothing\n"})
    assert told("all") == [
        "all/a.yml:1:1: no Estate is declared: "
        "one document of that kind says whose the resources are"
    ]


def test_two_estates_are_one_too_many() -> None:
    write({"all/a.yml": ESTATE, "all/b.yml": ESTATE})
    assert told("all") == ["all/b.yml:1:1: a second Estate: one stands at all/a.yml:1:1"]


def test_a_file_that_is_not_there_is_told() -> None:
    assert told("gone.yml") == ["gone.yml:1:1: can't be read: No such file or directory"]
    assert told("a\0b") == ["a\0b:1:1: can't be read: embedded null byte"]


def test_every_file_that_cannot_be_read_is_told_together_with_the_rest() -> None:
    write({"all/a.yml": ESTATE, "all/d.yml": parameter("one", "{valu: a}")})
    Path("all/b.yml").write_bytes(b"a: b\nc: \xff\n")
    Path("all/c.yml").symlink_to("gone")
    Path("all/more").symlink_to("..")
    assert told("all") == [
        "all/b.yml:2:4: is not UTF-8 text",
        "all/c.yml:1:1: can't be read: No such file or directory",
        "all/d.yml:4:8: Parameter/one: spec.valu: unknown field; did you mean 'value'?",
        "all/more:1:1: is a link to a directory, which is not followed",
    ]


def test_a_folder_that_may_not_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    write({"all/a.yml": ESTATE, "all/more/b.yml": parameter("one")})
    real = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("more"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert told("all") == ["all/more:1:1: can't be read: Permission denied"]


def test_what_an_unreadable_document_may_declare_is_not_said_to_be_missing() -> None:
    profile = "apiVersion: reconciler/v1\nkind: InstanceProfile\nmetadata: {name: p}\nspec: {role: worker}\n"  # fmt: skip
    write({"all/a.yml": profile, "all/b.yml": "a: ["})
    assert told("all") == ["all/b.yml:2:1: is not YAML: did not find expected node content"]


def test_a_file_beside_the_document_is_read_and_a_link_out_of_the_folder_is_not() -> None:
    write(
        {"a.yml": f"{ESTATE}---\n{parameter('one', '{value: {file: b/text}}')}", "b/text": "hi\n"}
    )
    assert load("a.yml").resources[0].spec.words()["value"] == "hi\n"
    Path("b/text").unlink()
    Path("b/text").symlink_to("/etc/hostname")
    assert told("a.yml") == [
        "a.yml:9:15: Parameter/one: spec.value: "
        "the file 'b/text' can't be read: it is outside of the document's folder"
    ]


def test_a_secrets_file_may_be_anywhere_since_it_is_never_shown() -> None:
    write({"all/a.yml": f"{ESTATE}---\n{parameter('one', '{secret: {file: ../token}}')}"})
    words = load("all").resources[0].spec.words()
    assert words == {"secret": "../token", "tier": "Standard", "dataType": "text", "keyId": "alias/aws/ssm", "description": "", "allowedPattern": ""}  # fmt: skip
