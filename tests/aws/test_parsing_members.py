"""The members that are named as those in use are the ones that the program looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reconciler.aws.parsing import members
from reconciler.sandbox import Sandbox
from tests.aws.answers import output
from tests.conftest import Ran
from tests.fleets.account import Account, waiting, worker_type
from tests.laws.cases import BYSTANDER, document, public_key
from tests.members import watched

TRUST = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, '
    "Action: 'sts:AssumeRole'}]}"
)


WHY = {
    "DescribeImagesResult.Images.StateReason.Message",
    "DescribeInstancesResult.Reservations.Instances.StateReason.Message",
}
"""What is looked at where a build or an `exec` came to nothing: their own tests do so."""


@pytest.mark.parametrize("answer", members.USED)
def test_what_is_named_is_in_ec2s_model(answer: str) -> None:
    for path in members.USED[answer]:
        shape = output(answer.removesuffix("Result"))
        assert shape.name == answer
        for name in path.split("."):
            shape = shape.members[name]
            shape = shape.member if shape.type_name == "list" else shape


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The members of the longest answers that were looked at."""
    seen: set[str] = set()
    watched(monkeypatch, lambda path, _: seen.add(path))
    return seen


@pytest.fixture
def account(sandbox: Sandbox, aws: Callable[[str], Any]) -> Account:
    return Account(sandbox, aws)


def test_what_the_commands_look_at_is_what_is_named_and_nothing_else(
    account: Account,
    looked_at: set[str],
    desired: Callable[..., None],
    reconcile: Callable[..., Ran],
) -> None:
    launch = {"securityGroups": ["a"], "keyPair": "a", "instanceProfile": "a"}
    fleet = worker_type(queue=waiting(1), launch=launch)
    by_id = worker_type("by-id", queue=waiting(0), image={"id": account.image})
    key = document("KeyPair", "a", f"{{publicKey: {public_key('ed25519')}}}")
    group = document("SecurityGroup", "a", "{description: A}")
    role = document("Role", "a", f"{{trustPolicy: {TRUST}}}")
    profile = document("InstanceProfile", "a", "{role: a}")
    desired(BYSTANDER, key, group, role, profile, fleet, by_id)
    done(reconcile("apply", "--yes"))
    done(reconcile("status"))
    desired(BYSTANDER)
    with interface(account.ec2) as id_:
        planned = done(reconcile("plan"))
        assert f"network interface {id_}" in planned
        assert "in use by instance" in planned
    purge(account, reconcile)
    named = {f"{answer}.{path}" for answer, paths in members.USED.items() for path in paths}
    leaves = {one for one in looked_at if not any(other.startswith(f"{one}.") for other in named)}
    assert leaves == named - WHY


@contextmanager
def interface(ec2: Any) -> Iterator[str]:
    """One that is in the security group, and no instance's."""
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    groups = ec2.describe_security_groups(GroupNames=["ci-a"])["SecurityGroups"]
    made = ec2.create_network_interface(SubnetId=subnet, Groups=[groups[0]["GroupId"]])
    id_ = made["NetworkInterface"]["NetworkInterfaceId"]
    yield id_
    ec2.delete_network_interface(NetworkInterfaceId=id_)


def purge(account: Account, reconcile: Callable[..., Ran]) -> None:
    """Take all of it away, with an image that one of the workers was made into."""
    account.turn()
    (worker,) = account.ids()
    tags = [{"Key": "reconciler:estate", "Value": "acme"}]
    account.ec2.create_image(
        InstanceId=worker,
        Name="next",
        TagSpecifications=[{"ResourceType": "image", "Tags": tags}],
    )
    done(reconcile("purge", "--region", "eu-central-1", "--yes"))


def done(ran: Ran) -> str:
    assert ran.status == 0, ran
    return ran.out
