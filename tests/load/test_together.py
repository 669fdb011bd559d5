"""What is wrong with documents only because of each other."""

# Messages stand here on one line, as they are shown.
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import pytest

from reconciler.load import Mistakes, load
from reconciler.load.found import Found
from reconciler.load.nodes import Document
from reconciler.load.together import circles
from reconciler.model import Location
from reconciler.spec import Refers, Spec


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


TRUST = "trustPolicy: {Statement: {Effect: Allow, Principal: {Service: a.b}, Action: '*'}}"


def estate(prefix: str = "ci-", tags: str = "{}") -> str:
    return f"""\
apiVersion: reconciler/v1
kind: Estate
metadata: {{name: acme}}
spec: {{prefix: {prefix}, accounts: ["123456789012"], regions: [eu-west-1], tags: {tags}}}
"""


def document(kind: str, name: str, spec: str) -> str:
    return f"---\napiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"  # fmt: skip


def told(*documents: str) -> list[str]:
    Path("a.yml").write_text("".join(documents), "utf-8")
    with pytest.raises(Mistakes) as caught:
        load("a.yml")
    return [str(mistake).removeprefix("a.yml:") for mistake in caught.value.mistakes]


def test_a_resource_that_is_declared_twice_is_told_with_both_places() -> None:
    one = document("Parameter", "a", "value: a")
    assert told(estate(), one, one, one) == [
        "13:18: duplicate resource Parameter/a: one stands at a.yml:8:18",
        "18:18: duplicate resource Parameter/a: one stands at a.yml:8:18",
    ]


def test_a_reference_to_nothing_is_told_with_the_nearest_name() -> None:
    role = document(
        "Role", "builder", f"{TRUST}, managedPolicies: [lgs, arn:aws:iam::aws:policy/X]"
    )
    profile = document("InstanceProfile", "a", "role: bilder")
    policy = document("Policy", "logs", "document: {Version: '2012-10-17', Statement: {Effect: Allow, Action: '*', Resource: '*'}}")  # fmt: skip
    assert told(estate(), role, profile, policy) == [
        "9:109: Role/builder: spec.managedPolicies.0: Policy/lgs is not declared; "
        "did you mean 'logs'?",
        "14:14: InstanceProfile/a: spec.role: Role/bilder is not declared; "
        "did you mean 'builder'?",
    ]  # fmt: skip


def test_groups_may_refer_to_each_other_in_a_circle_and_to_ids() -> None:
    def group(name: str, other: str) -> str:
        rule = f"ingress: [{{protocol: tcp, groups: [{other}]}}]"
        return document("SecurityGroup", name, f"description: a, {rule}")

    text = estate() + group("a", "b") + group("b", "a") + group("c", "sg-0123456789abcdef0")
    Path("a.yml").write_text(text, "utf-8")
    assert len(load("a.yml").resources) == 3


class _Linked(Spec):
    """A kind whose resources may need each other, as none here does yet."""

    exactly_one: ClassVar = ()
    needs: Annotated[tuple[str, ...], Refers("Link")] = ()


class _LinkDocument(Spec):
    spec: _Linked


def test_every_circle_of_references_is_told_once() -> None:
    found = []
    for line, (name, needs) in enumerate(
        {"a": "b", "b": "c", "c": "a", "d": "d", "e": "a", "f": "g", "g": "f"}.items()
    ):
        data = {"kind": "Link", "metadata": {"name": name}}
        spec = _LinkDocument(spec=_Linked(needs=(needs,)))
        found.append(Found(Document(data, Location("x", line, 1)), spec))
    assert [str(mistake) for mistake in circles(found)] == [
        "x:0:1: circular reference: Link/a → Link/b → Link/c → Link/a",
        "x:3:1: circular reference: Link/d → Link/d",
        "x:5:1: circular reference: Link/f → Link/g → Link/f",
    ]


@pytest.mark.parametrize(
    ("prefix", "kind", "name", "spec", "expected"),
    [
        ("ci-", "Role", "r" * 62, TRUST, f"8:18: Role/{'r' * 62}: AWS's name 'ci-{'r' * 52}…' is too long: 65 characters, and 64 at most"),
        ("ci-", "InstanceProfile", "p" * 126, "path: /", f"8:18: InstanceProfile/{'p' * 126}: AWS's name 'ci-{'p' * 52}…' is too long: 129 characters, and 128 at most"),
        ("aws-", "Parameter", "a", "value: a", "8:18: Parameter/a: AWS's name 'aws-a' must not begin with 'aws'"),
        ("SSM", "Parameter", "a/b", "value: a", "8:18: Parameter/a/b: AWS's name '/SSMa/b' must not begin with '/ssm'"),
        ("sg-", "SecurityGroup", "a", "description: a", "8:18: SecurityGroup/a: AWS's name 'sg-a' must not begin with 'sg-'"),
        ("ci-", "SecurityGroup", "sg-01234567", "description: a", "8:18: SecurityGroup/sg-01234567: 'sg-01234567' reads like one of AWS's own ids: give it another name"),
        ("ci-", "Parameter", "/".join("abcdefghijklmnop"), "value: a", "8:18: Parameter/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p: metadata.name: 'a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p' is not a name that Parameter may have"),
        ("ci-", "Parameter", "a//b", "value: a", "8:18: Parameter/a//b: metadata.name: 'a//b' is not a name that Parameter may have"),
        ("ci-", "Role", "a b", TRUST, "8:18: Role/a b: metadata.name: 'a b' is not an IAM name: letters, digits and _+=,.@-"),
    ],
)  # fmt: skip
def test_a_name_that_aws_would_not_take_is_told(
    prefix: str, kind: str, name: str, spec: str, expected: str
) -> None:
    assert told(estate(prefix), document(kind, name, spec)) == [expected]


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        ("Role", TRUST, ["13:18: Role/WEB: to AWS it is the same name as 'web' at a.yml:8:18"]),
        ("SecurityGroup", "description: a", ["13:18: SecurityGroup/WEB: to AWS it is the same name as 'web' at a.yml:8:18"]),
        ("Parameter", "value: a", []),
    ],
)  # fmt: skip
def test_names_that_are_the_same_to_aws_are_told(kind: str, spec: str, expected: list[str]) -> None:
    documents = document(kind, "web", spec), document(kind, "WEB", spec)
    if expected:
        assert told(estate(), *documents) == expected
    else:
        Path("a.yml").write_text(estate() + "".join(documents), "utf-8")
        assert len(load("a.yml").resources) == 2


def test_tags_of_the_estate_and_the_resource_together_are_counted() -> None:
    def tags(first: int) -> str:
        return "{" + ", ".join(f"t{number}: a" for number in range(first, first + 30)) + "}"

    one = document("Parameter", "a", "value: a").replace("{name: a}", f"{{name: a, tags: {tags(30)}}}")  # fmt: skip
    assert told(estate(tags=tags(0)), one) == [
        "8:27: Parameter/a: metadata.tags: with those of the Estate: 60 tags, and 45 at most"
    ]


def test_the_tags_of_a_resource_win_over_those_of_the_estate() -> None:
    one = document("Parameter", "a", "value: a").replace("{name: a}", "{name: a, tags: {b: own}}")
    Path("a.yml").write_text(estate(tags="{a: all, b: all}") + one, "utf-8")
    assert load("a.yml").resources[0].tags == {"a": "all", "b": "own"}
