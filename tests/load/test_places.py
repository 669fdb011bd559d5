"""Where documents are wanted: some of the Estate's accounts and regions, or all of them."""

# Messages stand here on one line, as they are shown.
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.load import Mistakes, load
from reconciler.model import Scope

ESTATE = """\
apiVersion: reconciler/v1
kind: Estate
metadata: {name: acme}
spec: {prefix: ci-, accounts: ["111111111111", {id: "222222222222", role: a}], regions: [eu-west-1, us-west-2]}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def document(kind: str, name: str, spec: str, places: str = "tags: {}") -> str:
    return f"---\napiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}, {places}}}\nspec: {{{spec}}}\n"


def group(name: str, places: str = "tags: {}", friend: str = "") -> str:
    rules = f", ingress: [{{protocol: all, groups: [{friend}]}}]" if friend else ""
    return document("SecurityGroup", name, f"description: a{rules}", places)


def declared(*documents: str) -> dict[str, set[Scope]]:
    Path("a.yml").write_text(ESTATE + "".join(documents), "utf-8")
    found: dict[str, set[Scope]] = {}
    for one in load("a.yml").resources:
        found.setdefault(str(one.key), set()).add(one.key.scope)
    return found


def told(*documents: str) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        declared(*documents)
    return [str(mistake).removeprefix("a.yml:") for mistake in caught.value.mistakes]


def test_a_document_is_wanted_where_it_says_and_else_everywhere() -> None:
    policy = (
        'document: {Version: "2012-10-17", Statement: {Effect: Deny, Action: "*", Resource: "*"}}'
    )
    found = declared(
        group("all"),
        group("some", "regions: [us-west-2]"),
        group("one", "regions: [us-west-2], accounts: ['222222222222']"),
        document("Policy", "whole", policy, "accounts: ['111111111111']"),
    )
    assert found == {
        "SecurityGroup/all": {Scope(a * 12, r) for a in "12" for r in ("eu-west-1", "us-west-2")},
        "SecurityGroup/some": {Scope("1" * 12, "us-west-2"), Scope("2" * 12, "us-west-2")},
        "SecurityGroup/one": {Scope("2" * 12, "us-west-2")},
        "Policy/whole": {Scope("1" * 12)},
    }


def test_a_place_that_is_none_of_the_estate_s_is_told_with_the_nearest() -> None:
    assert told(group("a", "regions: [us-west-1], accounts: ['222222222221']")) == [
        "8:31: SecurityGroup/a: metadata.regions.0: 'us-west-1' is none of the Estate's: eu-west-1, us-west-2; did you mean 'us-west-2'?",
        "8:54: SecurityGroup/a: metadata.accounts.0: '222222222221' is none of the Estate's: 111111111111, 222222222222; did you mean '222222222222'?",
    ]


def test_what_an_account_has_once_has_no_regions() -> None:
    policy = (
        'document: {Version: "2012-10-17", Statement: {Effect: Deny, Action: "*", Resource: "*"}}'
    )
    (mistake,) = told(document("Policy", "a", policy, "regions: [us-west-2]"))
    assert "metadata.regions: unknown field" in mistake


def test_one_name_may_stand_for_several_places_but_once_for_each() -> None:
    west, east = group("a", "regions: [us-west-2]"), group("a", "regions: [eu-west-1]")
    assert len(declared(west, east)["SecurityGroup/a"]) == 4
    assert told(west, group("a", "accounts: ['222222222222']")) == [
        "13:18: duplicate resource SecurityGroup/a: one stands at a.yml:8:18"
    ]


def test_what_is_referred_to_must_be_wanted_in_the_same_place() -> None:
    assert told(group("a", friend="b"), group("b", "regions: [us-west-2]")) == [
        "9:59: SecurityGroup/a: spec.ingress.0.groups.0: SecurityGroup/b is not declared for eu-west-1 of account 111111111111, eu-west-1 of account 222222222222, where this is wanted"
    ]
    assert declared(group("a", "regions: [us-west-2]", friend="b"), group("b"))


def test_what_refers_in_a_circle_only_if_places_are_forgotten_is_no_circle() -> None:
    trust = "trustPolicy: {Statement: {Effect: Allow, Principal: {Service: a.b}, Action: '*'}}"
    here, there = "accounts: ['111111111111']", "accounts: ['222222222222']"
    profile = document("InstanceProfile", "a", "role: b", here)
    assert declared(profile, document("Role", "b", trust, here))
    (mistake,) = told(profile, document("Role", "b", trust, there))
    assert "Role/b is not declared for account 111111111111" in mistake


def test_two_names_of_aws_s_may_be_the_same_in_different_places() -> None:
    named = "annotations: {reconciler/name: ci-b}, regions: [us-west-2]"
    assert declared(group("a", named), group("b", "regions: [eu-west-1]"))
    assert told(group("a", named), group("b")) == [
        "13:18: SecurityGroup/b: to AWS it is the same name as 'a' at a.yml:8:18"
    ]
