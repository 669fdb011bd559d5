"""What a worker type asks for is launched by `apply`, as it asks, and once."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.conftest import Ran
from tests.fleets.account import (
    PARAMETER,
    REGION,
    Account,
    Clients,
    applied,
    mapping,
    waiting,
    worker_type,
)
from tests.laws.cases import document, public_key
from tests.queues.loopback import Answer, serving

Desired = Callable[..., None]
Reconcile = Callable[..., Ran]
alone = pytest.mark.usefixtures("fleets_alone")

TRUST = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, '
    "Action: 'sts:AssumeRole'}]}"
)
AROUND = (
    document("KeyPair", "ssh", f"{{publicKey: {public_key('ed25519')}}}"),
    document("SecurityGroup", "workers", "{description: Workers}"),
    document("Role", "worker", f"{{trustPolicy: {TRUST}}}"),
    document("InstanceProfile", "worker", "{role: worker}"),
)
LAUNCH = {
    "keyPair": "ssh",
    "securityGroups": ["workers"],
    "instanceProfile": "worker",
    "blockDevices": {"/dev/sda1": {"size": 40, "type": "gp3"}},
    "userData": {"config": {"live": True, "port": 80}},
    "tags": {"team": "release"},
}


@alone
def test_workers_are_launched_for_queues_of_every_sort_and_only_once(
    account: Account, aws: Clients, desired: Desired, reconcile: Reconcile
) -> None:
    url = aws("sqs").create_queue(QueueName="builds")["QueueUrl"]
    for number in range(2):
        aws("sqs").send_message(QueueUrl=url, MessageBody=str(number))
    with serving(lambda _: Answer(b'{"jobs": [1, 2, 3, 4]}')) as there:
        desired(
            worker_type("fixed", queue=waiting(3)),
            worker_type("messages", queue={"sqs": {"name": "builds"}}),
            worker_type("web", queue={"http": {"url": f"{there}/q", "pending": "length(jobs)"}}),
        )
        planned = reconcile("plan")
        assert (planned.status, account.count()) == (0, 0)
        applied(reconcile)
        again = applied(reconcile)
    kinds = [one["Tags"]["reconciler:resource"] for one in account.instances()]
    assert Counter(kinds) == {
        "WorkerType/fixed": 3,
        "WorkerType/messages": 2,
        "WorkerType/web": 4,
    }
    assert "Nothing to do" in again.out
    assert "4 tasks waiting, capacity 0 running, 4 booting" in again.out


def test_an_instance_is_all_that_its_worker_type_says_and_safe_where_that_says_nothing(
    account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    alike = [{"type": "c5.large"}, {"type": "c5d.large"}, {"type": "c5a.large"}]
    image = {"id": account.image}
    desired(*AROUND, worker_type(launch=LAUNCH, image=image, instanceTypes=alike))
    ran = applied(reconcile)
    offers = [line.split() for line in ran.out.splitlines() if " in eu-central-1" in line]
    assert {kind for kind, *_ in offers} == {one["type"] for one in alike}
    assert {zone[-1] for *_, zone in offers} == {*"abc"}
    found = account.instances()
    assert len(found) == 3
    # Which of the offers it is AWS picks, and it does so more than once.
    assert len({(one["InstanceType"], one["Placement"]["AvailabilityZone"]) for one in found}) > 1
    for one in found:
        _is_as_declared(account, one)


def _is_as_declared(account: Account, one: dict[str, Any]) -> None:
    asked, tags = one["InstanceId"], one["Tags"]
    assert one["InstanceLifecycle"] == "spot"
    assert (one["ImageId"], one["KeyName"]) == (account.image, "ci-ssh")
    assert [group["GroupName"] for group in one["SecurityGroups"]] == ["ci-workers"]
    assert one["IamInstanceProfile"]["Arn"].endswith(":instance-profile/ci-worker")
    assert one["MetadataOptions"]["HttpTokens"] == "required"
    assert one["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    token, _, units = tags["reconciler:launch"].partition("/")
    assert (len(token), units) == (32, "3")
    assert (
        tags.items()
        >= {
            "reconciler:estate": "acme",
            "reconciler:resource": "WorkerType/linux",
            "reconciler:capacity": "1",
            "team": "release",
            "Name": "linux",
        }.items()
    )
    (volume,) = account.ec2.describe_volumes(
        Filters=[{"Name": "attachment.instance-id", "Values": [asked]}]
    )["Volumes"]
    assert (volume["Encrypted"], volume["Size"], volume["VolumeType"]) == (True, 40, "gp3")
    (disk,) = one["BlockDeviceMappings"]
    assert disk["Ebs"]["DeleteOnTermination"]
    assert (
        mapping(volume["Tags"]).items()
        >= {
            "reconciler:estate": "acme",
            "reconciler:resource": "WorkerType/linux",
            "team": "release",
        }.items()
    )
    shutdown = account.attribute(asked, "instanceInitiatedShutdownBehavior")
    assert shutdown == "terminate"
    told = json.loads(base64.b64decode(account.attribute(asked, "userData")))
    assert told["config"] == {"live": True, "port": 80}
    worker = {key: value for key, value in told["worker"].items() if key != "spec"}
    assert worker == {
        "workerType": "linux",
        "region": REGION,
        "zone": one["Placement"]["AvailabilityZone"],
        "instanceType": one["InstanceType"],
        "capacity": 1,
    }


@alone
def test_images_are_found_by_parameter_and_by_name_and_user_data_may_be_packed(
    account: Account, aws: Clients, sandbox: Sandbox, desired: Desired, reconcile: Reconcile
) -> None:
    account.turn()
    newest = sandbox.image("worker-2", REGION)
    sandbox.image("worker-3", REGION, account="210987654321")
    script = "#!/bin/sh\necho hello\n"
    desired(
        worker_type("by-parameter", queue=waiting(1), image={"parameter": PARAMETER}),
        worker_type(
            "by-name",
            queue=waiting(1),
            image={"name": "worker-?", "owner": "self"},
            launch={"userData": {"text": script, "gzip": True}},
        ),
    )
    applied(reconcile)
    held = aws("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"]
    (by_parameter,), (by_name,) = account.instances("by-parameter"), account.instances("by-name")
    assert (by_parameter["ImageId"], by_name["ImageId"]) == (held, newest)
    sent = base64.b64decode(account.attribute(by_name["InstanceId"], "userData"))
    assert gzip.decompress(sent).decode() == script


@alone
def test_as_much_is_launched_as_waits_within_the_bounds(
    account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    four = [{"type": "c5.xlarge", "capacity": 4}]
    desired(
        worker_type("low", queue=waiting(0), capacity={"min": 2, "max": 9}),
        worker_type("high", queue=waiting(50), capacity={"max": 3}),
        worker_type("big", queue=waiting(6), capacity={"max": 9}, instanceTypes=four),
        worker_type("tight", queue=waiting(6), capacity={"max": 7}, instanceTypes=four),
        worker_type("lazy", queue=waiting(2), capacity={"min": 4, "max": 9, "scalingRatio": 0.5}),
    )
    applied(reconcile)
    names = ("low", "high", "big", "tight", "lazy")
    assert {name: account.count(name) for name in names} == {
        "low": 2,
        "high": 3,
        "big": 2,
        "tight": 1,
        "lazy": 4,
    }
    account.turn()
    again = applied(reconcile)
    # Half of the four that run may be left waiting, and that are the two that wait.
    assert account.count("lazy") == 4
    assert "Launch/lazy" not in again.out


@alone
def test_spot_on_demand_or_some_of_each_is_bought_as_the_worker_type_says(
    account: Account, sandbox: Sandbox, desired: Desired, reconcile: Reconcile
) -> None:
    sandbox.scarce({("*", "m5.large", "spot"): 0})
    desired(
        worker_type("dear", queue=waiting(2), purchase="on-demand"),
        worker_type("half", queue=waiting(4), purchase={"onDemandPercent": 50}),
        worker_type("either", instanceTypes=[{"type": "m5.large"}], purchase="spot-then-on-demand"),
    )
    applied(reconcile)

    def bought(name: str) -> Counter[str]:
        return Counter(one.get("InstanceLifecycle", "on-demand") for one in account.instances(name))

    assert bought("dear") == {"on-demand": 2}
    assert bought("half") == {"on-demand": 2, "spot": 2}
    assert bought("either") == {"on-demand": 3}


@alone
def test_what_is_too_dear_is_not_bought_and_why_says_so(
    account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    types = [{"type": "c5.large"}, {"type": "c5.9xlarge"}]
    desired(
        worker_type("thrifty", price={"max": 0.06}, instanceTypes=types),
        worker_type("poor", price={"max": 0.001}),
    )
    ran = applied(reconcile)
    assert {one["InstanceType"] for one in account.instances("thrifty")} == {"c5.large"}
    assert account.count("poor") == 0
    assert "WorkerType/poor: 3 tasks waiting" in ran.out
    assert "nothing that may be bought for 3 more" in ran.out
    told = reconcile("why", "thrifty").out
    dear = [line for line in told.splitlines() if line.startswith("c5.9xlarge")]
    assert len(dear) == 3
    assert all("above the price limit" in line and "of 0.060000" in line for line in dear)
