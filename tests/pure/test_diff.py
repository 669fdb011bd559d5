"""What differs, and what is done about it, by tables."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.diff import Difference, diff, only
from reconciler.fields.tags import stamped
from reconciler.kinds.role import RoleSpec
from reconciler.model import (
    Account,
    Action,
    Estate,
    FieldChange,
    Key,
    Location,
    Observed,
    Resource,
    Snapshot,
)
from reconciler.references import exchanged, without
from reconciler.spec import Refers

ESTATE = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))
KEY = Key("Role", "a")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"},
        }
    ],
}
ODD = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Invented": ["later"]}]}


def role(**more: Any) -> RoleSpec:
    return RoleSpec.model_validate({"trustPolicy": TRUST, **more})


def declared(spec: RoleSpec, **tags: str) -> Resource:
    return Resource(KEY, "ci-a", spec, tags, Location("all.yml", 1, 1))


def observed(spec: RoleSpec, name: str = "ci-a", **tags: str) -> Observed:
    return Observed(name, "arn:aws:iam::123456789012:role/ci-a", spec, stamped("acme", KEY, tags))


def difference(after: Resource | None, before: Observed | None) -> Difference:
    resources = [after] if after else []
    return diff(ESTATE, resources, Snapshot({KEY: before} if before else {}))


@pytest.mark.parametrize(
    ("after", "before", "action"),
    [
        (declared(role()), None, Action.CREATE),
        (None, observed(role()), Action.DELETE),
        (declared(role()), observed(role(description="x")), Action.UPDATE),
        (declared(role()), observed(role(), team="x"), Action.UPDATE),
        (declared(role()), observed(role(path="/x/")), Action.REPLACE),
        (declared(role()), observed(role(), name="other-a"), Action.REPLACE),
    ],
)
def test_what_is_done_about_a_difference(
    after: Resource | None, before: Observed | None, action: Action
) -> None:
    changes, unchanged = difference(after, before)
    assert [change.action for change in changes] == [action]
    assert unchanged == 0


def test_what_is_the_same_is_counted_and_nothing_else() -> None:
    assert difference(declared(role(), team="x"), observed(role(), team="x")) == ((), 1)


def test_tags_that_git_took_away_are_told_and_those_of_others_are_not() -> None:
    before = observed(role(), team="x", stage="y")
    before = Observed(before.name, before.id, before.spec, {**before.tags, "aws:x": "y", "z": "z"})
    (change,) = difference(declared(role(), stage="w"), before).changes
    assert change.fields == (
        FieldChange("tags.stage", "y", "w"),
        FieldChange("tags.team", "x", None),
    )


def test_policies_are_told_by_statement_and_sets_by_what_they_gain_and_lose() -> None:
    before = role(managedPolicies=["a", "b"], inlinePolicies={"x": _policy("s3:Get*", "Read")})
    after = role(managedPolicies=["b", "c"], inlinePolicies={"x": _policy("s3:Put*", "Read")})
    (change,) = difference(declared(after), observed(before)).changes
    assert {(f.path, f.old, f.new) for f in change.fields} >= {
        ("managedPolicies", "a", None),
        ("managedPolicies", None, "c"),
        ("inlinePolicies.x.Read.Action", "s3:Get*", None),
        ("inlinePolicies.x.Read.Action", None, "s3:Put*"),
    }


def test_what_forces_a_replacement_is_marked_and_why_is_told() -> None:
    (change,) = difference(declared(role()), observed(role(path="/x/", description="d"))).changes
    assert {field.path: field.forces for field in change.fields} == {
        "description": False,
        "path": True,
    }
    assert "path" in change.reason


def test_what_aws_has_and_no_document_could_say_is_a_difference_and_no_failure() -> None:
    odd = RoleSpec.seen(
        path="/",
        trust_policy=ODD,
        managed_policies=("arn:aws:iam::123456789012:policy/b",),
    )
    named = exchanged(odd, lambda refers, target: "b" if target.endswith("/b") else target)
    assert named.managed_policies == ("b",)
    assert without(named, lambda refers, target: refers == Refers("Policy")).managed_policies == ()
    (change,) = difference(declared(role(managedPolicies=["b"])), observed(named)).changes
    assert change.action is Action.UPDATE
    assert any("Invented" in f"{field.path} {field.old}" for field in change.fields)


def test_only_keeps_what_is_named() -> None:
    found = difference(declared(role()), None)
    assert only(found, []) == found
    assert only(found, ["Role/*"]).changes == found.changes
    assert only(found, ["role/a", "Role/b", "Policy/*"]).changes == ()


def _policy(action: str, sid: str) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
