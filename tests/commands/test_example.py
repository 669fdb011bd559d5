"""The example estate is Mercurial's automation, value for value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.laws.cases import Clients
from tests.world import world

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "hg-automation" / "resources.json"


@pytest.fixture
def there(aws: Clients, reconcile: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What AWS holds once the example is applied."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    applied = reconcile("apply", str(ROOT / "desired"), "--yes")
    assert applied.status == 0, applied
    assert reconcile("plan", str(ROOT / "desired"), "--detailed-exitcode").status == 0
    return world(aws)


def test_the_example_applies(there: dict[str, Any]) -> None:
    assert sorted(name for kind in there.values() for name in kind if name.startswith("hg-")) == [
        "hg-automation",
        "hg-ephemeral-ec2-1",
        "hg-ephemeral-ec2-role-1",
        "hg-linux-dev-1",
        "hg-windows-dev-1",
    ]


@pytest.mark.skipif(not DATA.exists(), reason="the data of Mercurial's automation is not here")
def test_the_example_is_what_mercurial_had(there: dict[str, Any]) -> None:
    had = json.loads(DATA.read_text())
    assert sorted(there["KeyPair"]) == [pair["name"] for pair in had["key_pairs"]]
    assert there["KeyPair"]["hg-automation"]["KeyType"] == had["key_pairs"][0]["key_type"]
    assert sorted(there["SecurityGroup"]) == [group["name"] for group in had["security_groups"]]
    for group in had["security_groups"]:
        made = there["SecurityGroup"][group["name"]]
        assert made["Description"] == group["description"]
        assert _rules(made["IpPermissions"]) == _rules(group["ingress"])
        assert len(made["IpPermissionsEgress"]) == 1
    for role in had["iam_roles"]:
        made = there["Role"][role["name"]]
        assert (made["Path"], made["Description"]) == (role["path"], role["description"])
        assert made["AssumeRolePolicyDocument"] == {
            **role["assume_role_policy"],
            "Statement": role["assume_role_policy"]["Statement"][0],
        }
        arns = [policy["PolicyArn"] for policy in made["Attached"]]
        assert arns == role["managed_policy_arns"]
    for profile in had["iam_instance_profiles"]:
        made = there["InstanceProfile"][profile["name"]]
        assert [role["RoleName"] for role in made["Roles"]] == profile["roles"]


def _rules(permissions: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(
        (p["IpProtocol"], p["FromPort"], p["ToPort"], r["CidrIp"], r["Description"])
        for p in permissions
        for r in p["IpRanges"]
    )
