"""What was made lately is there though no listing shows it, and only for as long as that can be."""

from __future__ import annotations

from dataclasses import replace

from reconciler.derive.memory import INVISIBLE, Memory
from reconciler.derive.remembered import remembered
from reconciler.kinds.launch_template import LaunchTemplateSpec
from reconciler.kinds.security_group import SecurityGroupSpec
from reconciler.model import (
    Act,
    Action,
    Change,
    Ended,
    Key,
    Location,
    Observed,
    Resource,
    Result,
    Scope,
    Snapshot,
    Step,
)
from tests.derive.fleets import HERE, NOW

GROUP = Key("SecurityGroup", "worker", HERE)
SPEC = SecurityGroupSpec(description="workers")
THERE = Observed("ci-worker", "sg-0123abcd", SPEC, {"reconciler:estate": "acme"})


def ended(act: Act, result: Result = Result.DONE, spec: SecurityGroupSpec = SPEC) -> Ended:
    resource = Resource(GROUP, "ci-worker", spec, {}, Location("a.yml", 1, 1))
    after = None if act is Act.DELETE else resource
    change = Change(Action.CREATE, GROUP, None, after)
    return Ended(Step(change, act, None, spec, THERE.tags), result, id=THERE.id)


def test_what_was_made_is_there_for_as_long_as_it_may_not_show() -> None:
    memory = remembered(Memory(), [ended(Act.CREATE)], NOW)
    assert memory.at(NOW + 60).recalled(Snapshot({})).ours == {GROUP: THERE}
    assert memory.at(NOW + INVISIBLE).recalled(Snapshot({})).ours == {}


def test_what_shows_is_believed_and_what_could_not_be_read_is_not_made_up() -> None:
    memory = remembered(Memory(), [ended(Act.CREATE)], NOW)
    other = replace(THERE, id="sg-0fedcba9")
    assert memory.recalled(Snapshot({GROUP: other})).ours == {GROUP: other}
    assert memory.recalled(Snapshot({}, {GROUP: other})).foreign == {}
    lost = Snapshot({}, unreached={Scope(HERE.account): "no way"})
    assert memory.recalled(lost).ours == {}


def test_what_was_changed_since_is_as_it_was_changed_and_what_ended_is_gone() -> None:
    memory = remembered(Memory(), [ended(Act.CREATE)], NOW)
    other = SecurityGroupSpec(description="workers", egress=())
    changed = remembered(memory, [ended(Act.UPDATE, spec=other)], NOW + 1)
    assert changed.recalled(Snapshot({})).ours == {GROUP: replace(THERE, spec=other)}
    assert remembered(memory, [ended(Act.UPDATE, Result.FAILED)], NOW).made == {}
    assert remembered(memory, [ended(Act.DELETE)], NOW).made == {}
    assert remembered(Memory(), [ended(Act.CREATE, Result.FAILED)], NOW).made == {}
    assert remembered(Memory(), [ended(Act.CREATE, Result.SKIPPED)], NOW).made == {}


def test_what_refers_to_it_refers_to_it_by_name() -> None:
    memory = remembered(Memory(), [ended(Act.CREATE)], NOW)
    key = Key("LaunchTemplate", "linux.0123456789ab", HERE)
    template = LaunchTemplateSpec(security_groups=(THERE.id,))
    found = memory.recalled(Snapshot({key: Observed("ci-linux", "lt-1", template, {})}))
    assert found.ours[key].spec == LaunchTemplateSpec(security_groups=("worker",))
