"""A plan as a file that means something: what was reviewed, and how AWS was when it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from reconciler.diff import Difference
from reconciler.errors import Stale
from reconciler.explain import everything
from reconciler.kinds import KINDS
from reconciler.model import (
    Action,
    Change,
    Estate,
    Key,
    Observed,
    Plan,
    Resource,
    Scope,
    Snapshot,
)

LARGEST = 10_000_000
"""Bytes of a saved plan: thousands of changes."""


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )


class Revision(_Part):
    """The commit that the documents came from."""

    commit: str
    dirty: bool
    """Whether the documents differed from it."""


class SavedField(_Part):
    """One difference: `old` is null for what is added, `new` for what is taken away."""

    path: str
    old: str | None
    new: str | None
    forces: bool
    """Whether AWS can't change it in place, and the whole is replaced for it."""


class Seen(_Part):
    """How AWS had a resource when the plan was made."""

    name: str
    id: str
    version: str
    """AWS's own count of its states, where it keeps one."""
    fields: list[tuple[str, str]]
    """Every field as a path and a text; a list's items share a path."""
    tags: dict[str, str]


class Unreached(_Part):
    """What could not be read; an account without a region stands for all of it."""

    account: str
    region: str
    why: str


class SavedChange(_Part):
    """One change, and the resource as it was seen; null where there was none."""

    action: Action
    kind: str
    name: str
    account: str
    region: str
    reason: str
    users: list[str]
    fields: list[SavedField]
    seen: Seen | None

    @property
    def key(self) -> Key:
        return Key(self.kind, self.name, Scope(self.account, self.region))


class SavedPlan(_Part):
    """A plan of `reconcile plan --out`, for people, programs and `reconcile apply`."""

    version: Literal[2]
    made_by: str
    """The program and its version."""
    documents: str
    """The path that was planned."""
    revision: Revision | None
    """Null where the documents are in no git repository."""
    estate: str
    accounts: list[Annotated[str, Field(pattern="^[0-9]{12}$")]]
    unreached: list[Unreached]
    declared: str
    """The digest of what git declares of the resources below."""
    changes: list[SavedChange]
    unchanged: int
    notes: list[str]
    digest: str
    """The digest of all the rest, by which an edited file is known."""

    @property
    def keys(self) -> frozenset[Key]:
        return frozenset(change.key for change in self.changes)

    @property
    def origin(self) -> str:
        """What it was made of, for a reader."""
        if self.revision is None:
            return self.documents
        dirty = " and what was not committed" if self.revision.dirty else ""
        return f"{self.documents} at commit {self.revision.commit[:12]}{dirty}"

    def sealed(self) -> Self:
        return self.model_copy(update={"digest": _digest(self.model_dump(exclude={"digest"}))})


def saved(plan: Plan, documents: str, revision: Revision | None, made_by: str) -> SavedPlan:
    """The plan as it is written to a file.

    Of fleets it has what was decided and no change: another moment asks for others, and what is
    reviewed is their bounds.
    """
    declared = [change for change in plan.changes if not KINDS[change.key.kind].fleeting]
    return SavedPlan(
        version=2,
        made_by=made_by,
        documents=documents,
        revision=revision,
        estate=plan.estate.name,
        accounts=[account.id for account in plan.estate.accounts],
        unreached=[
            Unreached(account=scope.account, region=scope.region, why=why)
            for scope, why in plan.unreached.items()
        ],
        declared=_declared({change.key: change.after for change in declared}),
        changes=[_change(change) for change in declared],
        unchanged=plan.unchanged,
        notes=list(plan.told),
        digest="",
    ).sealed()


def as_json(plan: SavedPlan) -> str:
    """The file's text: the same bytes for the same plan."""
    return plan.model_dump_json(by_alias=True, indent=2) + "\n"


def parsed(name: str, text: str) -> SavedPlan:
    """The plan that a file holds; `Stale` in one line when it is none that may be used."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Stale(f"{name} is cut short, or is no saved plan: plan again") from None
    version = data.get("version") if isinstance(data, dict) else None
    if version != 2:
        raise Stale(f"{name} is no plan of version 2, which this program takes: plan again")
    try:
        plan = SavedPlan.model_validate_json(text)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise Stale(f"{name} was edited ({where} is not as it was written): plan again") from None
    if plan.digest != plan.sealed().digest:
        raise Stale(f"{name} was edited since it was written: plan again")
    return plan


def unmoved(
    plan: SavedPlan,
    estate: Estate,
    resources: Collection[Resource],
    snapshot: Snapshot,
    difference: Difference,
) -> Difference:
    """The part of today's difference that was reviewed; `Stale` where it is another one now.

    Nothing of the plan is trusted but what it says was seen: what is done follows from git and
    AWS, and git and AWS are as they were.
    """
    accounts = [account.id for account in estate.accounts]
    if (plan.estate, plan.accounts) != (estate.name, accounts):
        raise Stale(
            f"the plan is for Estate/{plan.estate} in {', '.join(plan.accounts)}, and this is "
            f"Estate/{estate.name} in {', '.join(accounts)}"
        )
    declared = {resource.key: resource for resource in resources}
    if plan.declared != _declared({key: declared.get(key) for key in plan.keys}):
        raise Stale(f"{plan.documents} no longer declares what was planned: plan again")
    if moved := [line for change in plan.changes for line in _moved(change, snapshot)]:
        raise Stale("\n".join([*moved, "nothing was changed: plan again"]))
    reviewed = tuple(change for change in difference.changes if change.key in plan.keys)
    return difference._replace(changes=reviewed)


def _moved(change: SavedChange, snapshot: Snapshot) -> Iterator[str]:
    if not snapshot.reached(change.key.scope):
        yield f"{change.key} may have moved: {change.key.scope} could not be read this time"
        return
    observed = snapshot.ours.get(change.key) or snapshot.foreign.get(change.key)
    now = _seen(observed) if observed else None
    if now != change.seen:
        yield f"{change.key} has moved: {'; '.join(_how(change.seen, now))}"


def _how(before: Seen | None, now: Seen | None) -> Iterator[str]:
    if before is None or now is None:
        yield "it is gone" if before else "it is there by now"
        return
    for word, old, new in (
        ("name", before.name, now.name),
        ("id", before.id, now.id),
        ("version", before.version, now.version),
    ):
        if old != new:
            yield f"{word} {old} → {new}"
    gone, new_ones = _differ(before.fields, now.fields)
    yield from (f"{path} - {text}" for path, text in gone)
    yield from (f"{path} + {text}" for path, text in new_ones)
    for key in sorted({*before.tags, *now.tags}):
        if before.tags.get(key) != now.tags.get(key):
            yield f"tags.{key} {before.tags.get(key)} → {now.tags.get(key)}"


Fields = list[tuple[str, str]]


def _differ(before: Fields, now: Fields) -> tuple[Fields, Fields]:
    return [one for one in before if one not in now], [one for one in now if one not in before]


def _change(change: Change) -> SavedChange:
    return SavedChange(
        action=change.action,
        kind=change.key.kind,
        name=change.key.name,
        account=change.key.scope.account,
        region=change.key.scope.region,
        reason=change.reason,
        users=list(change.users),
        fields=[SavedField(**field._asdict()) for field in change.fields],
        seen=_seen(change.before) if change.before else None,
    )


def _seen(observed: Observed) -> Seen:
    fields = sorted((field.path, field.new or "") for field in everything(observed.spec))
    tags = dict(sorted(observed.tags.items()))
    return Seen(
        name=observed.name, id=observed.id, version=observed.version, fields=fields, tags=tags
    )


def _declared(resources: Mapping[Key, Resource | None]) -> str:
    return _digest([[key, _resource(resources[key])] for key in sorted(resources)])


def _resource(resource: Resource | None) -> Mapping[str, Any] | None:
    if resource is None:
        return None
    spec = resource.spec.model_dump(mode="json", by_alias=True)
    adopts = sorted(resource.adopts)
    return {"name": resource.name, "spec": spec, "tags": dict(resource.tags), "adopts": adopts}


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
