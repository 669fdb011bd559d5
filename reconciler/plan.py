"""Turn differences into steps, each with what must be done before it: pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.diff import Difference
from reconciler.fields.tags import tag_change
from reconciler.kinds import KINDS, target
from reconciler.model import (
    Act,
    Action,
    Change,
    Estate,
    Key,
    Observed,
    Plan,
    Resource,
    Snapshot,
    Step,
    StepId,
)
from reconciler.references import is_aws_id, references, without
from reconciler.spec import Refers, Spec


class _Target(NamedTuple):
    """What a reference leads to, and whether it may be filled in afterwards."""

    key: Key
    mutual: bool


class _Holder(NamedTuple):
    """What refers to something, and whether it may do so only afterwards."""

    key: Key
    mutual: bool


def plan(
    estate: Estate, resources: Collection[Resource], snapshot: Snapshot, difference: Difference
) -> Plan:
    """The plan that carries the difference out, in an order that follows from references alone."""
    changes = {change.key: change for change in difference.changes}
    holders = _holders(snapshot)
    changes.update(_letting_go(changes, {r.key: r for r in resources}, snapshot, holders))
    steps = _Steps(estate, changes, snapshot, holders).all()
    return Plan(
        estate=estate,
        changes=tuple(changes[key] for key in sorted(changes)),
        steps=steps,
        ids={key: observed.id for key, observed in _present(changes, snapshot).items()},
        unchanged=difference.unchanged - len(changes) + len(difference.changes),
        notes=snapshot.notes,
        unreached=snapshot.unreached,
    )


def _present(changes: Mapping[Key, Change], snapshot: Snapshot) -> dict[Key, Observed]:
    """What others may refer to before anything is done: our own, and what becomes our own."""
    adopted = {
        key: change.before
        for key, change in changes.items()
        if change.action is Action.ADOPT and change.before
    }
    return {**snapshot.ours, **adopted}


def targets(key: Key, spec: Spec) -> Iterator[_Target]:
    """The declared resources that the spec of `key` refers to."""
    for reference in references(spec):
        if not is_aws_id(reference.target):
            leads_to = target(key, reference.refers, reference.target)
            yield _Target(leads_to, reference.refers.mutual)


def _holders(snapshot: Snapshot) -> dict[Key, list[_Holder]]:
    """Who refers to each of those that are there or not."""
    found: dict[Key, list[_Holder]] = {}
    for key, observed in snapshot.ours.items():
        for held, mutual in set(targets(key, observed.spec)):
            found.setdefault(held, []).append(_Holder(key, mutual))
    return found


def _letting_go(
    changes: Mapping[Key, Change],
    resources: Mapping[Key, Resource],
    snapshot: Snapshot,
    holders: Mapping[Key, Sequence[_Holder]],
) -> dict[Key, Change]:
    """What is as it should be, and must all the same let go of something while that is replaced."""
    held: dict[Key, set[Key]] = {}
    for replaced, change in changes.items():
        if change.action is Action.REPLACE:
            for holder in holders.get(replaced, ()):
                held.setdefault(holder.key, set()).add(replaced)
    found = {}
    for key in held.keys() & resources.keys() - changes.keys():
        words = ", ".join(map(str, sorted(held[key])))
        reason = f"lets go of {words}, which is replaced, and takes it back"
        action = Action.UPDATE if KINDS[key.kind].mutable else Action.REPLACE
        found[key] = Change(action, key, snapshot.ours[key], resources[key], reason=reason)
    return found


class _Steps:
    """The steps of one plan."""

    def __init__(
        self,
        estate: Estate,
        changes: Mapping[Key, Change],
        snapshot: Snapshot,
        holders: Mapping[Key, Sequence[_Holder]],
    ) -> None:
        self._estate = estate
        self._changes = changes
        self._present = _present(changes, snapshot)
        self._holders = holders
        self._ending = {key for key, change in changes.items() if change.ends}
        self._beginning = {key for key, change in changes.items() if change.begins}

    def all(self) -> tuple[Step, ...]:
        steps = [step for key in sorted(self._changes) for step in self._of(self._changes[key])]
        present = {step.id for step in steps}
        # A release that has nothing to let go of is not there, and nobody waits for it.
        return tuple(
            replace(
                step,
                needs=frozenset(n for n in step.needs if n in present or n.act is not Act.RELEASE),
            )
            for step in steps
        )

    def _of(self, change: Change) -> Iterator[Step]:
        before = change.before
        if change.action is Action.CONFLICT:
            return
        if before and (released := self._released(change, before)):
            yield Step(change, Act.RELEASE, before, released.spec)
            before = released
        if before and change.ends:
            yield Step(change, Act.DELETE, before, needs=self._users(change.key))
        if change.after and change.begins:
            yield from self._create(change, change.after)
        elif change.after and before:
            yield self._update(change, before, change.after)

    def _create(self, change: Change, after: Resource) -> Iterator[Step]:
        key, tags = change.key, self._tags(after)
        first = without(after.spec, lambda refers, name: self._comes_later(key, refers, name))
        freed = {StepId(key, Act.DELETE)} if change.ends else set()
        earlier = {StepId(one, Act.CREATE) for one in after.follows}
        needs = frozenset(freed | earlier | self._made(key, first))
        yield Step(change, Act.CREATE, None, first, tags, needs=needs)
        if first != after.spec:
            born = Observed(after.name, "", first, tags)
            needs = frozenset({StepId(key, Act.CREATE)} | self._made(key, after.spec))
            yield Step(change, Act.UPDATE, born, after.spec, needs=needs)

    def _update(self, change: Change, before: Observed, after: Resource) -> Step:
        wanted = self._tags(after)
        tags = tag_change(wanted, before.tags)
        key = change.key
        needs = frozenset({StepId(key, Act.RELEASE)} | self._made(key, after.spec))
        return Step(change, Act.UPDATE, before, after.spec, tags.write, tags.drop, needs)

    def _tags(self, after: Resource) -> dict[str, str]:
        return KINDS[after.key.kind].stamped(self._estate.name, after.key, after.tags)

    def _released(self, change: Change, before: Observed) -> Observed | None:
        """The resource without what keeps others from being deleted, or None if it needs not."""
        key = change.key

        def gone(refers: Refers, name: str) -> bool:
            held = target(key, refers, name)
            if held == key or held not in self._ending:
                return False
            return refers.mutual if change.ends else self._lets_go(change, held)

        spec = KINDS[key.kind].without(before.spec, gone)
        return None if spec == before.spec else replace(before, spec=spec)

    def _users(self, ending: Key) -> frozenset[StepId]:
        """What must be done before `ending` can be deleted: all that refers to it lets it go."""
        needs = {StepId(ending, Act.RELEASE)}
        for key, mutual in self._holders.get(ending, ()):
            change = self._changes.get(key)
            if change is None or key == ending:
                continue
            if change.ends:
                act = Act.RELEASE if mutual else Act.DELETE
            else:
                act = Act.RELEASE if self._lets_go(change, ending) else Act.UPDATE
            needs.add(StepId(key, act))
        return frozenset(needs)

    def _lets_go(self, change: Change, ending: Key) -> bool:
        """Whether what stays must let go of `ending` first, instead of by its own update.

        It must when it refers to the replacement too, or when its update waits for one: then the
        update comes after the deletion. Otherwise the update is better, since it leaves no gap.
        """
        assert change.after
        spec = change.after.spec
        return ending in self._refers_after(change) or any(
            self._waits(target.key) for target in targets(change.key, spec)
        )

    def _waits(self, key: Key) -> bool:
        """Whether the creation of `key` comes after the deletion of anything."""
        change = self._changes.get(key)
        if change is None or not change.begins or change.after is None:
            return False
        return change.ends or any(
            self._waits(target.key)
            for target in targets(key, change.after.spec)
            if not target.mutual
        )

    def _refers_after(self, change: Change) -> set[Key]:
        return {t.key for t in targets(change.key, change.after.spec)} if change.after else set()

    def _comes_later(self, key: Key, refers: Refers, name: str) -> bool:
        return refers.mutual and target(key, refers, name) in self._beginning

    def _made(self, key: Key, spec: Spec) -> set[StepId]:
        """The creation of everything that the spec refers to and that is not there yet."""
        wanted = {t.key for t in targets(key, spec)} - {key}
        return {
            StepId(one, Act.CREATE)
            for one in wanted
            if one in self._beginning or one not in self._present
        }
