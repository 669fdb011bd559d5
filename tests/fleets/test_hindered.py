"""What AWS has none of, can't launch, or doesn't tell keeps nothing else from being done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from reconciler.derive.memory import TOKEN_HOLDS
from reconciler.sandbox import Sandbox
from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections import CORRECTIONS
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters
from tests.conftest import Ran
from tests.fleets.account import Account, Clients, applied, waiting, worker_type

Desired = Callable[..., None]
Reconcile = Callable[..., Ran]
alone = pytest.mark.usefixtures("fleets_alone")


@alone
@pytest.mark.parametrize("left", [0, 1])
def test_what_one_offering_lacks_is_bought_of_others_in_the_same_apply(
    left: int, account: Account, sandbox: Sandbox, desired: Desired, reconcile: Reconcile
) -> None:
    # All that is cheap, so that another round is needed.
    types = [{"type": "c5.large"}, {"type": "c5.9xlarge"}]
    sandbox.scarce({("*", "c5.large", "spot"): left})
    desired(worker_type(queue=waiting(4), instanceTypes=types))
    ran = applied(reconcile)
    found = Counter(one["InstanceType"] for one in account.instances())
    assert found == Counter({"c5.large": left, "c5.9xlarge": 4 - left})
    assert "UnfulfillableCapacity for c5.large in" in ran.out


@alone
def test_where_nothing_is_left_aws_s_words_are_told_and_later_it_is_tried_again(
    account: Account, sandbox: Sandbox, desired: Desired, reconcile: Reconcile
) -> None:
    sandbox.scarce({("*", "*", "spot"): 0})
    desired(worker_type())
    ran = applied(reconcile, 1)
    assert account.count() == 0
    assert "✗ Launch/linux.1 failed" in ran.out
    assert "CreateFleet: UnfulfillableCapacity: Unable to fulfill capacity" in ran.out
    assert "created, 2 failed" in ran.out
    sandbox.scarce({})
    account.turn(TOKEN_HOLDS)
    applied(reconcile)
    assert account.count() == 3


@alone
def test_what_can_not_be_launched_says_so_once_and_keeps_nobody_else_from_it(
    account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    desired(
        worker_type("bad-image", image={"id": "ami-0123456789abcdef0"}),
        worker_type("bad-group", launch={"securityGroups": ["sg-0123456789abcdef0"]}),
        worker_type("bad-key", launch={"keyPair": "key-0123456789abcdef0"}),
        worker_type("good", queue=waiting(1)),
    )
    ran = applied(reconcile, 1)
    for words in (
        "there is no image ami-0123456789abcdef0",
        "RunInstances: InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0'",
        "InvalidKeyPair.NotFound: The key pair ID 'key-0123456789abcdef0' does not exist",
    ):
        assert ran.out.count(words) == 1
    assert account.count() == account.count("good") == 1
    assert all(name.startswith("ci-good.") for name in account.templates())


@alone
@pytest.mark.parametrize("wanted", [1, 4], ids=["less than there is", "more than there is"])
def test_a_worker_type_whose_queue_can_not_be_read_stays_as_it_is(
    wanted: int, account: Account, aws: Clients, desired: Desired, reconcile: Reconcile
) -> None:
    url = aws("sqs").create_queue(QueueName="builds")["QueueUrl"]
    aws("sqs").send_message(QueueUrl=url, MessageBody="x")
    queue = {"sqs": {"name": "builds"}}
    kept = {"queue": queue, "purchase": "on-demand"}
    desired(worker_type("lost", **kept, capacity={"min": 2, "max": 3}))
    applied(reconcile)
    account.turn()
    aws("sqs").delete_queue(QueueUrl=url)
    # Another number should be there now, and all is changed.
    there = account.ids("lost")
    account.ec2.stop_instances(InstanceIds=[min(there)])
    changed = {"launch": {"userData": {"text": "other"}}}
    desired(
        worker_type("lost", **kept, capacity={"min": wanted, "max": wanted}, **changed),
        worker_type("good", queue=waiting(1)),
    )
    ran = applied(reconcile, reconcile("plan").status)
    assert account.ids("lost") == there
    assert account.told_to_leave() == {}
    assert account.count("good") == 1
    assert "WorkerType/lost: the SQS queue builds in eu-central-1 can't be read" in ran.out
    assert "so all are kept and none is launched" in ran.out


@alone
def test_where_a_region_can_not_be_read_nothing_is_launched_and_nobody_ended(
    account: Account,
    sandbox: Sandbox,
    desired: Desired,
    reconcile: Reconcile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    regions = "regions: [eu-central-1, us-west-2]"
    estate = (
        "apiVersion: reconciler/v1\nkind: Estate\nmetadata: {name: acme}\n"
        f'spec: {{prefix: ci-, accounts: ["123456789012"], {regions}}}\n'
    )
    desired(worker_type(queue=waiting(2), purchase="on-demand"), estate=estate)
    applied(reconcile)
    account.turn()
    found = CORRECTIONS["ec2"]["DescribeInstances"]

    def fails(call: Call, parameters: Parameters, onward: Onward) -> Answer:
        if call.region == "us-west-2":
            raise AwsError("UnauthorizedOperation", "You are not authorized.", 403)
        return onward(parameters)

    monkeypatch.setitem(CORRECTIONS["ec2"], "DescribeInstances", [*found, fails])
    there = account.ids()
    account.ec2.stop_instances(InstanceIds=[min(there)])
    ran = applied(reconcile, 1)
    assert account.ids() == there
    assert "Launch/" not in ran.out
    assert "us-west-2" in ran.out + ran.err
