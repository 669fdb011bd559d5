"""Drift: what others have made of our resources, with who it was; what is new in git is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from reconciler.aws import trail
from tests.conftest import ESTATE
from tests.laws.cases import BYSTANDER, ROLE, Clients, document
from tests.world import world

GROUP = document("SecurityGroup", "web", "{description: A}")
WORKER = document("Role", "worker", ROLE.spec)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "PACE_SECONDS", 0.0)


@pytest.fixture
def applied(desired: Callable[..., None], reconcile: Any) -> None:
    desired(GROUP, WORKER, BYSTANDER)
    assert reconcile("apply", "--yes").status == 0


def eve(aws: Clients) -> Clients:
    """The clients of somebody else."""
    aws("iam").create_user(UserName="eve")
    key = aws("iam").create_access_key(UserName="eve")["AccessKey"]
    return lambda service: boto3.client(
        service,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def opened(clients: Clients) -> None:
    ec2 = clients("ec2")
    named = [{"Name": "group-name", "Values": ["ci-web"]}]
    group = ec2.describe_security_groups(Filters=named)["SecurityGroups"][0]["GroupId"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh])


def test_what_is_as_declared_has_not_drifted(applied: None, reconcile: Any) -> None:
    ran = reconcile("drift", "--detailed-exitcode")
    assert ran.status == 0
    assert ran.out.endswith("\nNo drift.\n")


def test_what_somebody_changed_is_told_with_who_when_and_how(
    applied: None, aws: Clients, reconcile: Any
) -> None:
    opened(eve(aws))
    ran = reconcile("drift", "--detailed-exitcode")
    assert ran.status == 2
    assert reconcile("drift").status == 0
    lines = ran.out.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("SecurityGroup/web differs"))
    assert lines[at + 1].startswith(
        "    AuthorizeSecurityGroupIngress by arn:aws:iam::123456789012"
    )
    assert ":user/eve at 20" in lines[at + 1]
    assert lines[at + 2] == "    ingress  + tcp 22 0.0.0.0/0"
    assert lines[-1] == "Drift: 1 differ."
    assert "Role/worker" not in ran.out


def test_what_somebody_took_away_or_left_over_is_drift_too(
    applied: None, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    eve(aws)("iam").delete_role(RoleName="ci-worker")
    desired(WORKER, BYSTANDER)
    ran = reconcile("drift", "--detailed-exitcode")
    assert ran.status == 2
    assert "Role/worker is gone  (ci-worker)\n    DeleteRole by " in ran.out
    assert "SecurityGroup/web is not declared" in ran.out
    assert "Drift: 1 not declared, 1 gone." in ran.out
    assert "nobody is named" in ran.out


def test_what_is_new_in_git_is_no_drift_and_a_stranger_of_its_name_is_none(
    applied: None, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(GROUP, WORKER, BYSTANDER, document("SecurityGroup", "new", "{description: A}"))
    ran = reconcile("drift", "--detailed-exitcode")
    assert ran.status == 0
    assert "Note: 1 declared and not there" in ran.out
    eve(aws)("ec2").create_security_group(GroupName="ci-new", Description="Mine")
    assert reconcile("drift", "--detailed-exitcode").status == 0


def test_where_cloudtrail_does_not_answer_the_drift_is_told_all_the_same(
    applied: None, aws: Clients, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(eve(aws))
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    ran = reconcile("drift", "--detailed-exitcode")
    assert ran.status == 2
    assert "ingress  + tcp 22 0.0.0.0/0" in ran.out
    assert "Note: who changed things in eu-central-1 is not known" in ran.out


def test_nothing_is_changed_by_a_look_and_a_scope_that_is_not_reached_is_told(
    applied: None, aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    opened(eve(aws))
    before = world(aws)
    desired(GROUP, WORKER, estate=ESTATE.replace('"]', '", "999999999999"]'))
    ran = reconcile("drift", "--detailed-exitcode")
    assert ran.status == 1
    assert "account 999999999999 could not be read" in ran.out
    assert "SecurityGroup/web differs" in ran.out
    assert world(aws) == before
