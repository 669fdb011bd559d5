"""Files that hold no definition, or half of one; and what the command says of all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import ReconcileError
from tests.convert.conftest import Convert

Run = Callable[..., tuple[int, str, str]]

POOL = """\
proj/build:
  provider_id: aws
  description: Builds
  owner: ci@example.org
  config:
    image: ami-01234567
    maxCapacity: 5
    instance_types:
    - instanceType: m5.large
    regions: [us-west-2]
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("just a text", "holds no definition of Taskcluster's"),
        ("- a\n- b\n", "holds no definition of Taskcluster's"),
        ("web:\n  config: {a: 1}\n", "holds no definition of Taskcluster's"),
        ("a: [1\nb: 2\n", "is not YAML"),
        ("a:\n\tb: 2\n", ":2:1: is not YAML"),
        ('{"workerType": "a",}', "is not JSON"),
        ('{"workerType": "a"', ":1:19: is not JSON"),
        ('{"workerType": "a", "workerType": "b"}', "the key 'workerType' stands twice"),
        ('{"workerType": NaN}', "NaN is no number"),
        ('{"maxPrice": 1e999}', "1e999 is no number"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a":' * 200 + "1" + "}" * 200, "is nested too deeply"),
        ("{}", "holds no definition"),
    ],
)
def test_what_is_no_file_of_definitions_is_told(convert: Convert, text: str, told: str) -> None:
    with pytest.raises(ReconcileError, match=told.replace("[", r"\[")):
        convert(text)


def test_json_with_its_own_escapes_is_read_and_only_its_places_are_not_known(
    convert: Convert,
) -> None:
    config = {
        "maxCapacity": 5,
        "instance_types": [{"instanceType": "m5.large"}],
        "odd": "\U0001f600",
    }
    definition = {"proj/build": {"provider_id": "aws", "owner": "a/b", "config": config}}
    made = convert(json.dumps(definition, indent=1).replace("/", "\\/"))
    assert made.spec["owner"] == "a/b"
    assert made.about("proj/build: config.odd", "1:1: ")


@pytest.mark.parametrize("ratio", ["1.0", "1.00", "1"])
def test_numbers_are_read_as_their_owner_had_them_read(convert: Convert, ratio: str) -> None:
    made = convert(f"{POOL}    scalingRatio: {ratio}\n")
    assert made.complaints == []
    assert made.spec["capacity"]["scalingRatio"] == 0


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("    scalingRatio:\n", "11:5: the key 'scalingRatio' has no value"),
        ("    maxCapacity: 6\n", "11:5: the key 'maxCapacity' is a duplicate"),
        ("    minCapacity: 2, 3\n", "11:5: proj/build: config.minCapacity: '2, 3' is not a whole"),
        ("other: 5\n", "11:1: other: 5 is not a mapping, and was left out"),
        ("---\nodd: 5\n", "12:1: holds no definition, and was left out"),
        ("    instance_typs: 5\n", "11:5: proj/build: config.instance_typs: 5 has no place"),
    ],
)
def test_a_mistake_in_a_definition_is_told_where_it_stands(
    convert: Convert, more: str, told: str
) -> None:
    assert convert(POOL + more).about(told)


def test_the_command_prints_documents_and_ends_well(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pools.yml").write_text(POOL)
    url = "https://tc.example.org"
    status, out, err = run("convert", "taskcluster", "pools.yml", "--root-url", url)
    assert (status, err) == (0, "")
    assert out.startswith("---\napiVersion: reconciler/v1\nkind: WorkerType\n")
    assert f"rootUrl: {url}\n" in out


def test_the_command_prints_complaints_beside_the_documents_and_fails(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "pools.yml").write_text(f"{POOL}    odd: 1\n")
    status, out, err = run("convert", "taskcluster", "pools.yml")
    assert status == 1
    assert "name: proj/build" in out
    first, second = err.splitlines()
    assert first.startswith("pools.yml: where the deployment is stands in no definition")
    assert second == (
        "pools.yml:11:5: proj/build: config.odd: 1 has no place in a WorkerType, and was left out"
    )


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("nowhere.yml", "nowhere.yml:1:1: can't be read: No such file or directory"),
        (".", ".: is a directory: give a file, or - for standard input"),
    ],
)
def test_the_command_says_what_is_wrong_with_a_file(run: Run, file: str, told: str) -> None:
    assert run("convert", "taskcluster", file) == (1, "", f"{told}\n")


def test_the_command_knows_what_it_converts(run: Run) -> None:
    status, out, err = run("convert", "jenkins", "pools.yml")
    assert (status, out) == (1, "")
    assert "'jenkins' is not" in err
