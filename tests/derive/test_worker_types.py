"""What a worker type asks for, case by case."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from reconciler.derive import Derived
from reconciler.derive.memory import Asked, Broken, Memory, Whose
from reconciler.derive.signals import Resolved
from reconciler.derive.words import said
from reconciler.fields.launch import WhichImage
from reconciler.fields.marks import CAPACITY, LAUNCH, LEAVING, QUEUE, REMOVED, SEEN, TEMPLATE
from reconciler.fleet.offering import Failure, Offering, Purchase
from reconciler.fleet.worker import Notice
from reconciler.kinds.launch import LaunchSpec
from reconciler.kinds.launch_template import LaunchTemplateSpec
from reconciler.kinds.worker import WorkerSpec
from reconciler.model import Key, Observed, Resource, Scope, Snapshot
from reconciler.queues.demand import Demand, State, Worker
from tests.derive.fleets import (
    ACCOUNT,
    HERE,
    IMAGE,
    NOW,
    ZONES,
    derived,
    launched,
    launches,
    signals,
    snapshot,
    worker,
    worker_type,
)

WHOSE = Whose(ACCOUNT, "linux")
TASKS = {"taskcluster": {"rootUrl": "https://tc.example.org", "taskQueueId": "a/b"}}


def order(found: Derived) -> LaunchSpec:
    spec = launches(found)[0].spec
    assert isinstance(spec, LaunchSpec)
    return spec


def templates(found: Derived) -> dict[str, LaunchTemplateSpec]:
    return {
        one.key.name: one.spec
        for one in found.resources
        if isinstance(one.spec, LaunchTemplateSpec)
    }


def staying(found: Derived) -> dict[str, Resource]:
    return {one.key.name: one for one in found.resources if isinstance(one.spec, WorkerSpec)}


def line(found: Derived) -> str:
    (one,) = found.decided
    return said(one)


def demand(pending: int, **workers: State) -> Demand:
    """A queue that knows its workers, by their numbers as words: w1=State.IDLE."""
    listed = {
        f"i-{int(word[1:]):017x}": Worker(f"i-{int(word[1:]):017x}", state, group="eu")
        for word, state in workers.items()
    }
    return Demand(pending, sum(s is State.BUSY for s in workers.values()), listed)


@pytest.mark.parametrize(
    ("capacity", "pending", "there", "asked"),
    [
        ({"max": 20}, 7, 0, 7),
        ({"max": 5}, 7, 0, 5),
        ({"max": 20}, 7, 15, 5),
        ({"min": 3, "max": 20}, 0, 0, 3),
        ({"min": 3, "max": 20}, 0, 2, 1),
        ({"max": 20, "scalingRatio": 0.5}, 7, 10, 2),
        ({"max": 0}, 7, 0, 0),
    ],
)
def test_as_much_is_launched_as_the_sum_says(
    capacity: dict[str, Any], pending: int, there: int, asked: int
) -> None:
    running = (worker(number) for number in range(1, there + 1))
    of = worker_type(capacity=capacity)
    assert launched(derived(of, snapshot(*running), signals(Demand(pending, None, None)))) == asked


def test_what_boots_counts_once_and_what_was_asked_for_too() -> None:
    came = {"i-1": Offering("eu-central-1", ZONES[0], "c5.large", Purchase.SPOT)}
    asked = Asked(WHOSE, "t-0", NOW - 20, 1, 1, came)
    lost = Asked(WHOSE, "u-0", NOW - 20, 2, 1, None)
    found = derived(
        worker_type(),
        snapshot(worker(1, state="pending", age=60), worker(2), worker(3, age=60)),
        signals(demand(9, w2=State.BUSY), Memory(asked=(asked, lost))),
    )
    # One boots, one runs unregistered, one and two were asked for: five of nine are on their way.
    assert launched(found) == 4
    assert found.decided[0].unseen == 3


@pytest.mark.parametrize("why", ["it does not answer", "nonsense"])
def test_a_queue_that_can_t_be_read_keeps_everything_as_it_is(why: str) -> None:
    old = worker(1, age=10_000)
    of = worker_type(lifecycle={"longest": 600, "idle": 0}, capacity={"min": 5, "max": 9})
    found = derived(of, snapshot(old), signals(why))
    assert launched(found) == 0
    assert not found.why
    assert staying(found)[old.id].tags == old.tags
    assert why in line(found)


@pytest.mark.parametrize("lost", [Scope(ACCOUNT, "eu-west-1"), Scope(ACCOUNT)])
def test_where_not_all_could_be_counted_nothing_is_launched(lost: Scope) -> None:
    there = Snapshot({}, unreached={lost: "no way"})
    assert launched(derived(worker_type(), there, signals(Demand(5, None, None)))) == 0


def test_an_image_that_is_not_there_is_said_and_costs_no_template() -> None:
    key = Key("LaunchTemplate", "linux.0123456789ab", HERE)
    there = Snapshot({key: Observed("ci-linux.0123456789ab", "lt-1", LaunchTemplateSpec(), {})})
    images = {(HERE, IMAGE): "there is no image ami-0123456789abcdef0"}
    found = derived(worker_type(), there, signals(Demand(5, None, None), images=images))
    assert launched(found) == 0
    assert key not in found.why
    assert "there is no image ami-0123456789abcdef0" in line(found)


def test_what_can_t_be_launched_is_tried_again_later() -> None:
    broken = {WHOSE: Broken("InvalidKeyPair.NotFound: no such key", 1, NOW + 30)}
    given = signals(Demand(5, None, None), Memory(broken=broken))
    found = derived(worker_type(), snapshot(), given)
    assert launched(found) == 0
    assert "no such key" in line(found)
    later = signals(Demand(5, None, None), Memory(broken=broken), now=NOW + 31)
    assert launched(derived(worker_type(), snapshot(), later)) == 5


def test_what_failed_a_moment_ago_is_not_asked_for_again() -> None:
    failures = tuple(
        Failure(Offering("eu-central-1", zone, kind, Purchase.SPOT), NOW - 10, "NoCapacity")
        for zone in ZONES[1:]
        for kind in ("c5.large", "m5.large")
    )
    given = signals(Demand(5, None, None), Memory(failures=failures))
    found = derived(worker_type(), snapshot(), given)
    zones = {
        offer.zone
        for one in launches(found)
        if isinstance(one.spec, LaunchSpec)
        for offer in one.spec.offers
    }
    assert zones == {ZONES[0]}


def test_a_worker_says_of_itself_what_it_is_from_the_first() -> None:
    of = worker_type(
        queue=TASKS,
        launch={"tags": {"team": "builds"}},
        lifecycle={"deadline": 7200},
        instanceTypes=[{"type": "c5.large", "capacity": 3}],
    )
    (one,) = launches(derived(of, snapshot(), signals(demand(3))))
    token = one.spec.token.partition("-")[0]  # type: ignore[attr-defined]
    assert json.loads(one.tags[QUEUE]) == TASKS
    assert {key: value for key, value in one.tags.items() if key != QUEUE} == {
        "Name": "linux",
        "team": "builds",
        "reconciler:estate": "acme",
        "reconciler:resource": "WorkerType/linux",
        CAPACITY: "3",
        LAUNCH: f"{token}/3",
        REMOVED: "drain 7200",
    }


def test_the_same_workers_give_the_same_token_and_others_another() -> None:
    def token(there: Snapshot, now: float = NOW) -> str:
        return order(derived(worker_type(), there, signals(Demand(5, None, None), now=now))).token

    first = token(snapshot())
    assert token(snapshot(), NOW + 60) == first
    assert token(snapshot(worker(1))) != first
    assert token(snapshot(), NOW + 601) != first


def test_launches_come_one_after_the_other() -> None:
    found = launches(derived(worker_type(), snapshot(), signals(Demand(9, None, None))))
    assert len(found) == 2
    assert [one.follows for one in found] == [(), (found[0].key,)]


def test_one_template_serves_all_that_are_launched_alike() -> None:
    alike = derived(worker_type(), snapshot(), signals(Demand(9, None, None)))
    assert len(templates(alike)) == 1
    each = worker_type(launch={"userData": {"config": {"a": 1}}})
    found = derived(each, snapshot(), signals(Demand(9, None, None)))
    offers = [o for one in launches(found) for o in one.spec.offers]  # type: ignore[attr-defined]
    assert len(templates(found)) == len({(o.zone, o.instance_type) for o in offers}) > 1


def test_the_settings_of_a_template_are_safe_where_nothing_is_said() -> None:
    of = worker_type(
        launch={"blockDevices": {"/dev/xvda": {"size": 50}, "xvdb": {"ephemeral": "ephemeral0"}}}
    )
    (spec,) = templates(derived(of, snapshot(), signals(Demand(1, None, None)))).values()
    assert spec.key_pair is None
    assert spec.content == {
        "ImageId": IMAGE.id,
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {
            "HttpEndpoint": "enabled",
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": 1,
            "InstanceMetadataTags": "disabled",
        },
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"VolumeSize": 50, "Encrypted": True, "DeleteOnTermination": True},
            },
            {"DeviceName": "xvdb", "VirtualName": "ephemeral0"},
        ],
    }


@pytest.mark.parametrize("packed", [False, True])
def test_user_data_has_the_structure_beside_what_the_worker_must_know(packed: bool) -> None:
    launch = {"userData": {"config": {"deep": {"er": [1]}}, "gzip": packed}}
    of = worker_type(launch=launch, instanceTypes=[{"type": "c5.large", "capacity": 2}])
    found = derived(of, snapshot(), signals(Demand(1, None, None)))
    name, spec = next(iter(templates(found).items()))
    data = base64.b64decode(spec.content["UserData"])
    told = json.loads(gzip.decompress(data) if packed else data)
    assert told["config"] == {"deep": {"er": [1]}}
    assert spec.sample
    assert told["worker"] == {
        "workerType": "linux",
        "region": "eu-central-1",
        "zone": spec.sample.zone,
        "instanceType": "c5.large",
        "capacity": 2,
        "spec": name.rpartition(".")[2],
    }


def test_templates_that_nothing_is_launched_from_any_more_go() -> None:
    of = worker_type()
    (name,) = templates(derived(of, snapshot(), signals(Demand(1, None, None))))
    old, new = (Key("LaunchTemplate", n, HERE) for n in ("linux.000000000000", name))
    there = Snapshot(
        {key: Observed(f"ci-{key.name}", key.name, LaunchTemplateSpec(), {}) for key in (old, new)}
    )
    found = derived(of, there, signals(Demand(0, None, None)))
    assert set(templates(found)) == {name}
    assert set(found.why) == {old}


def test_another_image_makes_workers_leave_by_their_share() -> None:
    (name,) = templates(derived(worker_type(), snapshot(), signals(Demand(1, None, None))))
    key = Key("LaunchTemplate", name, HERE)
    there = {key: Observed(f"ci-{name}", "lt-now", LaunchTemplateSpec(), {})}
    old = [worker(number, {TEMPLATE: "lt-now"}) for number in range(1, 11)]
    there |= {Key("Worker", one.id, HERE): one for one in old}
    given = signals(demand(0, **{f"w{n}": State.IDLE for n in range(1, 11)}))
    replaced = {"lifecycle": {"changed": "replace"}}
    assert "leave" not in line(derived(worker_type(**replaced), Snapshot(there), given))
    other = WhichImage(id="ami-0fedcba9876543210")
    given = signals(
        demand(0, **{f"w{n}": State.IDLE for n in range(1, 11)}),
        images={(HERE, other): Resolved(str(other.id), "Linux/UNIX")},
    )
    found = derived(worker_type(image={"id": other.id}, **replaced), Snapshot(there), given)
    told = [one for one in staying(found).values() if LEAVING in one.tags]
    assert len(told) == 2
    assert key in found.why


def test_a_worker_is_told_by_its_queue_and_its_tags_and_ended_only_then() -> None:
    of = worker_type(queue=TASKS, lifecycle={"idle": 60})
    memory = Memory(idle={worker(1).id: NOW - 100})
    found = derived(of, snapshot(worker(1)), signals(demand(0, w1=State.IDLE), memory))
    one = staying(found)[worker(1).id]
    assert isinstance(one.spec, WorkerSpec)
    assert one.spec.hold
    assert one.spec.hold.queue
    assert one.spec.hold.group == "eu"
    assert one.tags[LEAVING].startswith(f"{int(NOW)} idle: ")
    assert one.tags[SEEN] == "true"
    assert not found.why
    told = worker(1, {LEAVING: one.tags[LEAVING]})
    given = signals(demand(0, w1=State.IDLE), memory, now=NOW + 30)
    again = derived(of, snapshot(told), given)
    assert not again.why
    assert isinstance(spec := staying(again)[told.id].spec, WorkerSpec)
    assert spec.hold  # since its queue would still give it tasks
    held = {told.id: Worker(told.id, State.IDLE, group="eu", quarantined=True)}
    given = signals(Demand(0, 0, held), memory, now=NOW + 30)
    assert set(derived(of, snapshot(told), given).why) == {Key("Worker", told.id, HERE)}
    given = signals(demand(0, w1=State.BUSY), memory, now=NOW + 30)
    assert not derived(of, snapshot(told), given).why


def test_who_was_known_once_and_is_missing_now_is_not_taken_for_never_there() -> None:
    of = worker_type(queue=TASKS, lifecycle={"registerWithin": 60})
    known, never = worker(1, {SEEN: "true"}), worker(2)
    found = derived(of, snapshot(known, never, worker(3)), signals(demand(0, w3=State.BUSY)))
    told = {id_ for id_, one in staying(found).items() if LEAVING in one.tags}
    assert told == {never.id}


def test_an_interrupted_worker_takes_nothing_more_and_is_made_up_for() -> None:
    found = derived(
        worker_type(capacity={"min": 1, "max": 9}),
        snapshot(worker(1)),
        signals(Demand(0, None, None), notices={worker(1).id: Notice.INTERRUPTION}),
    )
    assert LEAVING in staying(found)[worker(1).id].tags
    assert launched(found) == 1


def test_the_workers_of_a_type_that_git_has_no_more_drain_by_what_they_remember() -> None:
    tags = {QUEUE: json.dumps(TASKS), REMOVED: "drain"}
    there = snapshot(worker(1, tags), worker(2, tags))
    found = derived([], there, signals(demand(0, w1=State.IDLE, w2=State.BUSY)))
    specs = [one.spec for one in staying(found).values() if isinstance(one.spec, WorkerSpec)]
    assert all(spec.leaving.startswith("removed") for spec in specs)
    assert all(spec.hold and spec.hold.queue for spec in specs)
    assert not found.why
    kept = snapshot(worker(1, {REMOVED: "keep"}))
    assert not [
        one
        for one in staying(derived([], kept, signals(demand(0)))).values()
        if LEAVING in one.tags
    ]


@pytest.mark.parametrize("tag", ["", "{", "[]", '{"taskcluster": {}}'])
def test_a_queue_that_a_tag_does_not_name_rightly_is_none(tag: str) -> None:
    found = derived([], snapshot(worker(1, {QUEUE: tag})), signals(Demand(0, None, None)))
    assert LEAVING in staying(found)[worker(1).id].tags


def test_only_the_zones_that_are_wanted_are_launched_in() -> None:
    for region, zones in (
        ({"zones": {ZONES[0]: {"use": False}}}, set(ZONES[1:])),
        ({"zones": {ZONES[0]: {}}, "otherZones": False}, {ZONES[0]}),
    ):
        of = worker_type(regions=[{"region": "eu-central-1", **region}])
        found = launches(derived(of, snapshot(), signals(Demand(12, None, None))))
        asked = {o.zone for one in found for o in one.spec.offers}  # type: ignore[attr-defined]
        assert asked == zones


def test_a_template_is_left_alone_while_what_it_leads_to_does_not_show() -> None:
    of = worker_type(launch={"securityGroups": ["worker"]})
    (name,) = templates(derived(of, snapshot(), signals(Demand(1, None, None))))
    key = Key("LaunchTemplate", name, HERE)
    there = LaunchTemplateSpec(security_groups=("sg-0123abcd",))
    found = derived(
        of,
        Snapshot({key: Observed(f"ci-{name}", "lt-1", there, {})}),
        signals(Demand(1, None, None)),
    )
    assert templates(found) == {name: there}


def test_a_template_that_may_not_show_yet_is_no_reason_to_leave() -> None:
    of = worker_type(lifecycle={"changed": "replace"})
    for age, told in ((60, False), (3600, True)):
        found = derived(
            of, snapshot(worker(1, {TEMPLATE: "lt-9"}, age=age)), signals(Demand(0, None, None))
        )
        assert (LEAVING in staying(found)[worker(1).id].tags) is told
