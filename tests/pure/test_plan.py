"""Any plan, carried out in any order that it allows, does nothing that AWS would refuse."""

from __future__ import annotations

import random
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from reconciler.diff import diff
from reconciler.fields.tags import stamped
from reconciler.kinds.instance_profile import InstanceProfileSpec
from reconciler.kinds.policy import PolicySpec
from reconciler.kinds.role import RoleSpec
from reconciler.kinds.security_group import SecurityGroupSpec
from reconciler.model import (
    Account,
    Act,
    Action,
    Estate,
    Key,
    Location,
    Observed,
    Plan,
    Resource,
    Scope,
    Snapshot,
    Step,
    StepId,
)
from reconciler.plan import plan, targets
from reconciler.spec import Spec
from tests.effort import examples

REGION = "eu-central-1"
ESTATE = Estate("acme", "ci-", (Account("123456789012"),), (REGION,))
Specs = Mapping[Key, Spec]

_ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
_TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2"}}
_SOME = st.lists(st.sampled_from("abc"), unique=True)


@st.composite
def specs(draw: st.DrawFn) -> dict[Key, Spec]:
    """Groups that refer to each other as they like, and profiles of roles of policies."""
    found: dict[Key, Spec] = {}
    groups, policies, roles = draw(_SOME), draw(_SOME), draw(_SOME)
    for name in groups:
        friends = draw(st.lists(st.sampled_from(groups), unique=True))
        rules = [{"protocol": "all", "groups": friends}] if friends else []
        text = draw(st.sampled_from(("old", "new")))
        found[Key("SecurityGroup", name, Scope("", REGION))] = SecurityGroupSpec.model_validate(
            {"description": text, "ingress": rules}
        )
    for name in policies:
        path = draw(st.sampled_from(("/", "/new/")))
        document = {"Version": "2012-10-17", "Statement": [_ALLOW]}
        found[Key("Policy", name)] = PolicySpec.model_validate({"path": path, "document": document})
    for name in roles:
        trust = {"Version": "2012-10-17", "Statement": [_TRUST]}
        attached = draw(st.lists(st.sampled_from(policies), unique=True)) if policies else []
        bound = draw(st.sampled_from([None, *policies]))
        spec = {
            "path": draw(st.sampled_from(("/", "/new/"))),
            "trustPolicy": trust,
            "managedPolicies": attached,
            "permissionsBoundary": bound,
        }
        found[Key("Role", name)] = RoleSpec.model_validate(spec)
    for name in draw(_SOME):
        role = draw(st.sampled_from([None, *roles]))
        path = draw(st.sampled_from(("/", "/new/")))
        found[Key("InstanceProfile", name)] = InstanceProfileSpec(path=path, role=role)
    return found


def planned(before: Specs, after: Specs) -> Plan:
    snapshot = Snapshot({key: _observed(key, s) for key, s in before.items()})
    resources = [
        Resource(key, f"ci-{key.name}", spec, {}, Location("all.yml", 1, 1))
        for key, spec in after.items()
    ]
    return plan(ESTATE, resources, snapshot, diff(ESTATE, resources, snapshot))


def _observed(key: Key, spec: Spec) -> Observed:
    return Observed(f"ci-{key.name}", f"id-of-{key}", spec, stamped("acme", key, {}))


class Strict:
    """AWS as far as references go: what is referred to must be there, and stays."""

    def __init__(self, specs: Specs) -> None:
        self.specs = dict(specs)

    def do(self, step: Step) -> None:
        key = step.change.key
        if step.act is Act.CREATE:
            assert key not in self.specs, f"{key} is there already"
        else:
            assert key in self.specs, f"{key} is not there"
            assert step.before
            assert self.specs[key] == step.before.spec, f"{key} is not as the step thinks"
        if step.act is Act.DELETE:
            del self.specs[key]
            holders = [other for other, spec in self.specs.items() if self._holds(other, spec, key)]
            assert not holders, f"{key} goes while {holders} refer to it"
            return
        assert step.after
        for target in targets(key, step.after):
            assert target.key in self.specs, f"{key} refers to {target.key}, which is not there"
        self._never_unbound(step)
        self.specs[key] = step.after

    def _holds(self, other: Key, spec: Spec, key: Key) -> bool:
        return any(target.key == key for target in targets(other, spec))

    def _never_unbound(self, step: Step) -> None:
        """A role that has a boundary before and after has it whenever it may do anything."""
        if not (isinstance(step.after, RoleSpec) and step.change.before and step.change.after):
            return
        ends = (step.change.before.spec, step.change.after.spec)
        if all(isinstance(end, RoleSpec) and end.permissions_boundary for end in ends):
            idle = not step.after.managed_policies and not step.after.inline_policies
            assert idle or step.after.permissions_boundary


def carried_out(plan: Plan, before: Specs, seed: int) -> Specs:
    world, waiting = Strict(before), list(plan.steps)
    done: set[StepId] = set()
    choice = random.Random(seed)
    while waiting:
        ready = [step for step in waiting if step.needs <= done]
        assert ready, f"{[step.id for step in waiting]} wait for ever"
        step = choice.choice(ready)
        world.do(step)
        waiting.remove(step)
        done.add(step.id)
    return world.specs


@examples(200)
@given(specs(), specs(), st.integers())
def test_every_order_works_and_ends_as_declared(before: Specs, after: Specs, seed: int) -> None:
    assert carried_out(planned(before, after), before, seed) == after


@examples(200)
@given(specs(), st.integers())
def test_everything_can_go_in_every_order(before: Specs, seed: int) -> None:
    assert carried_out(planned(before, {}), before, seed) == {}


@examples(200)
@given(specs())
def test_what_is_as_declared_needs_nothing(specs: Specs) -> None:
    plan = planned(specs, specs)
    assert (plan.changes, plan.steps, plan.unchanged) == ((), (), len(specs))


@examples(200)
@given(specs(), specs())
def test_the_same_inputs_give_the_same_plan(before: Specs, after: Specs) -> None:
    turned = dict(reversed(list(before.items()))), dict(reversed(list(after.items())))
    assert planned(before, after) == planned(*turned)


def test_who_must_let_go_of_what_is_replaced_is_in_the_plan() -> None:
    old = {
        Key("Role", "a"): RoleSpec.model_validate({"trustPolicy": _trust()}),
        Key("InstanceProfile", "p"): InstanceProfileSpec(role="a"),
    }
    new = {**old, Key("Role", "a"): old[Key("Role", "a")].model_copy(update={"path": "/new/"})}
    changes = planned(old, new).changes
    assert [(change.action, str(change.key)) for change in changes] == [
        (Action.UPDATE, "InstanceProfile/p"),
        (Action.REPLACE, "Role/a"),
    ]
    assert "lets go of Role/a, which is replaced" in changes[0].reason


def test_a_role_that_must_let_go_of_its_boundary_lets_go_of_its_power_first() -> None:
    document = {"Version": "2012-10-17", "Statement": [_ALLOW]}
    bound, other = Key("Policy", "bound"), Key("Policy", "other")
    role = {
        "trustPolicy": _trust(),
        "managedPolicies": ["other"],
        "inlinePolicies": {"x": document},
        "permissionsBoundary": "bound",
    }
    old = {
        bound: PolicySpec.model_validate({"document": document}),
        other: PolicySpec.model_validate({"document": document}),
        Key("Role", "a"): RoleSpec.model_validate(role),
    }
    new = {**old, bound: PolicySpec.model_validate({"document": document, "path": "/new/"})}
    (released,) = [step.after for step in planned(old, new).steps if step.act is Act.RELEASE]
    assert isinstance(released, RoleSpec)
    assert released.permissions_boundary is None
    assert (released.managed_policies, released.inline_policies) == ((), {})
    assert carried_out(planned(old, new), old, 0) == new


def _trust() -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [_TRUST]}
