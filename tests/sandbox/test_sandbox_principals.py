"""Whom a trust policy names: there, gone, and come again as somebody else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.test_sandbox_iam import document

ACCOUNT = "123456789012"
ONE = f"arn:aws:iam::{ACCOUNT}:role/one"


def trusting(*principals: str) -> str:
    return document("sts:AssumeRole", Principal={"AWS": [*principals]})


@pytest.fixture
def iam(client: Any) -> Any:
    made = client("iam")
    made.create_role(RoleName="one", AssumeRolePolicyDocument=trusting(ACCOUNT))
    return made


def trusted(iam: Any) -> list[list[str]]:
    """Whom `two` trusts, as each of the listings tells it."""
    roles = iam.list_roles()["Roles"]
    details = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    alone = iam.get_role(RoleName="two")["Role"]
    told = [one for one in (*roles, *details, alone) if one["RoleName"] == "two"]
    policies = [one["AssumeRolePolicyDocument"] for one in told]
    return [policy["Statement"][0]["Principal"]["AWS"] for policy in policies]


def test_who_is_there_is_told_by_its_arn(iam: Any) -> None:
    made = iam.create_role(RoleName="two", AssumeRolePolicyDocument=trusting(ONE, ACCOUNT))
    told = made["Role"]["AssumeRolePolicyDocument"]
    assert told == json.loads(trusting(ONE, ACCOUNT))
    assert trusted(iam) == [[ONE, ACCOUNT]] * 3


def test_who_is_gone_is_told_by_its_id_and_who_comes_again_is_another(iam: Any) -> None:
    id_ = iam.get_role(RoleName="one")["Role"]["RoleId"]
    iam.create_role(RoleName="two", AssumeRolePolicyDocument=trusting(ONE))
    iam.delete_role(RoleName="one")
    assert trusted(iam) == [[id_]] * 3
    iam.create_role(RoleName="one", AssumeRolePolicyDocument=trusting(ACCOUNT))
    assert trusted(iam) == [[id_]] * 3
    iam.update_assume_role_policy(RoleName="two", PolicyDocument=trusting(ONE))
    assert trusted(iam) == [[ONE]] * 3


def test_who_is_not_there_is_not_trusted(iam: Any, refused: Any) -> None:
    with refused("MalformedPolicyDocument"):
        iam.create_role(RoleName="two", AssumeRolePolicyDocument=trusting(f"{ONE}-more"))
    elsewhere = "arn:aws:iam::111122223333:role/any"
    iam.create_role(RoleName="two", AssumeRolePolicyDocument=trusting(elsewhere))
    assert trusted(iam) == [[elsewhere]] * 3
