"""The region that the benchmark measures is what its page says of it."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.measure import observed, passed, workers
from bench.page import page, parsed
from bench.region import HERE, Region, region
from reconciler.kinds.kind import spec_of
from reconciler.kinds.worker import WorkerSpec
from reconciler.kinds.worker_type import WorkerTypeSpec
from reconciler.model import Key

TYPES, WORKERS = 100, 2000


@pytest.fixture(scope="module")
def small() -> Region:
    return region(TYPES, WORKERS)


def test_it_is_the_same_each_time(small: Region) -> None:
    assert region(TYPES, WORKERS) == small


def test_each_worker_type_has_forty_offerings(small: Region) -> None:
    (market,) = small.signals.markets.values()
    assert not isinstance(market, str)
    specs = [one.spec for one in small.resources if isinstance(one.spec, WorkerTypeSpec)]
    assert len(specs) == TYPES
    for spec in specs:
        kinds = {kind.type for kind in spec.instance_types}
        assert len([kind for _, kind in market.offered if kind in kinds]) == 40
    priced = {(point.offering.zone, point.offering.instance_type) for point in market.points}
    assert priced == market.offered


def test_a_pass_over_it_has_something_of_everything_to_do(small: Region) -> None:
    found = passed(small)
    done = Counter((change.action.value, change.key.kind) for change in found.plan.changes)
    assert done.keys() == {
        ("create", "Launch"),
        ("create", "LaunchTemplate"),
        ("delete", "Worker"),
        ("update", "Worker"),
    }
    assert len(workers(small)) == WORKERS
    # Most are as they should be, and no template is launched from no more.
    assert found.plan.unchanged > WORKERS / 2
    assert len(found.lines) == TYPES
    assert any("to launch" in line for line in found.lines)
    assert any("to launch" not in line for line in found.lines)


def test_ten_times_as_many_launch_templates_may_be_in_an_account(small: Region) -> None:
    kinds = Counter(key.kind for key in small.snapshot.ours)
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html
    assert kinds["LaunchTemplate"] * 10 < 5000


def test_its_page_of_instances_is_read_as_the_workers_that_are_there(small: Region) -> None:
    some = workers(small)[:50]
    assert observed(parsed(page(some))) == {Key("Worker", one.id, HERE): one for one in some}


def test_its_page_says_as_much_of_an_instance_as_aws_does(small: Region) -> None:
    (reservation,) = parsed(page(workers(small)[:1]))["Reservations"]
    (instance,) = reservation["Instances"]
    assert len(instance) > 40
    assert instance["InstanceType"] == spec_of(workers(small)[0], WorkerSpec).instance_type
    assert instance["NetworkInterfaces"][0]["Groups"] == instance["SecurityGroups"]
    assert len(page(workers(small))) / WORKERS > 5000
