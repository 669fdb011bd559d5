"""The words that everything here is said in: data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from reconciler.spec import Spec


class Scope(NamedTuple):
    """Where things are: an account's region, or no region for what an account has once."""

    account: str = ""
    region: str = ""

    def __str__(self) -> str:
        return " of ".join(filter(None, [self.region, f"account {self.account}"]))


class Key(NamedTuple):
    """Which resource, in git and in AWS alike."""

    kind: str
    name: str
    scope: Scope = Scope()

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class Location(NamedTuple):
    """Where something stands in git; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Limits:
    """How many of a kind a plan may delete or replace, and what percentage of it."""

    deletes: int = 10
    deletes_percent: int = 50


@dataclass(frozen=True)
class Account:
    """An account of the estate, and the way in: by the roles that are to be assumed, if any."""

    id: str
    role: str = ""
    read_only_role: str = ""
    """What is enough for a look; without it, `role` serves."""
    external_id: str = ""


@dataclass(frozen=True)
class Estate:
    """Whose resources these are, what their names begin with, and where they may be."""

    name: str
    prefix: str
    accounts: tuple[Account, ...]
    regions: tuple[str, ...]
    limits: Limits = Limits()
    log_group: str = ""
    """CloudWatch Logs' group that gets the journal too, if any."""
    notices: str = ""
    """The Queue, by its name in git, that brings notices of interruptions in each scope, if any."""
    bucket: str = ""
    """The bucket, the first account's, that files go through to machines and back, if any."""

    @property
    def home(self) -> Scope:
        """Where the estate keeps what it has once, such as its lock."""
        return Scope(self.accounts[0].id, self.regions[0])

    def scopes(self, account: str) -> tuple[Scope, ...]:
        """All of an account's scopes: what it has once, and each region."""
        return (Scope(account), *(Scope(account, region) for region in self.regions))


@dataclass(frozen=True)
class Resource:
    """One resource as it should be. `name` is what AWS calls it; `tags` are those git asks for."""

    key: Key
    name: str
    spec: Spec
    tags: Mapping[str, str]
    location: Location
    adopts: frozenset[str] = frozenset()
    """AWS's ids of what may be taken over as this resource, though it is nobody's yet."""
    follows: tuple[Key, ...] = ()
    """What must have been made before this, though it does not refer to it."""


@dataclass(frozen=True)
class Observed:
    """One resource as AWS has it. `id` is what other resources refer to it by; `tags` are all."""

    name: str
    id: str
    spec: Spec
    tags: Mapping[str, str]
    note: str = ""
    """What could not be compared, and why."""
    version: str = ""
    """AWS's own count of its states, where it keeps one and not all of the state is read."""


@dataclass(frozen=True)
class Snapshot:
    """What AWS held at one moment, as far as it concerns one estate."""

    ours: Mapping[Key, Observed]
    foreign: Mapping[Key, Observed] = field(default_factory=dict)
    """What has the name of a declared resource and is not the estate's."""
    notes: tuple[str, ...] = ()
    unreached: Mapping[Scope, str] = field(default_factory=dict)
    """What could not be read, and why; an account without a region stands for all of it."""

    def reached(self, scope: Scope) -> bool:
        """Whether anything is known of the scope; where nothing is, nothing may be done."""
        return not {scope, Scope(scope.account)} & self.unreached.keys()


class Action(StrEnum):
    """What a change does, in the order in which a summary counts them."""

    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    CONFLICT = "conflict"


class FieldChange(NamedTuple):
    """One difference: `old` is None for what is added, `new` for what is taken away.

    `forces` marks what AWS can't change in place, and for which the whole is replaced.
    """

    path: str
    old: str | None
    new: str | None
    forces: bool = False


@dataclass(frozen=True)
class Change:
    """One difference between git and AWS, and what would be done about it."""

    action: Action
    key: Key
    before: Observed | None
    after: Resource | None
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""
    users: tuple[str, ...] = ()
    """Who uses the thing and would be hurt by its replacement or deletion."""

    @property
    def ends(self) -> bool:
        """Whether what is there now goes away."""
        return self.action in (Action.REPLACE, Action.DELETE)

    @property
    def begins(self) -> bool:
        """Whether something new comes to be."""
        return self.action in (Action.CREATE, Action.REPLACE)


class Act(StrEnum):
    """What a step asks of AWS. `release` lets go of a reference that is about to go away."""

    RELEASE = "release"
    DELETE = "delete"
    CREATE = "create"
    UPDATE = "update"


class StepId(NamedTuple):
    key: Key
    act: Act


@dataclass(frozen=True)
class Step:
    """One thing to do for a change, and the steps that must have been done before it.

    References in `before` and `after` are names; what a step creates has no id until then.
    """

    change: Change
    act: Act
    before: Observed | None = None
    after: Spec | None = None
    write: Mapping[str, str] = field(default_factory=dict)
    """Tags to write."""
    drop: tuple[str, ...] = ()
    """Keys of tags to take away."""
    needs: frozenset[StepId] = frozenset()

    @property
    def id(self) -> StepId:
        return StepId(self.change.key, self.act)


@dataclass(frozen=True)
class Plan:
    """Everything that would make AWS as git says, in an order that works."""

    estate: Estate
    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    ids: Mapping[Key, str]
    """What is there already and may be referred to."""
    unchanged: int = 0
    notes: tuple[str, ...] = ()
    unreached: Mapping[Scope, str] = field(default_factory=dict)
    """Where nothing could be planned, and why."""
    fleets: tuple[str, ...] = ()
    """What was decided for each worker type, a line for each."""

    @property
    def told(self) -> tuple[str, ...]:
        """All that is to be told beside the changes."""
        return (*self.fleets, *self.notes)

    def of(self, action: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is action)

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """What nobody can carry out before a person has settled whose the thing is."""
        return self.of(Action.CONFLICT)


class Result(StrEnum):
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """What became of one change; `why` says what failed, what it would have needed, or what is to
    be told of it."""

    change: Change
    result: Result
    why: str = ""


@dataclass(frozen=True)
class Ended:
    """How one step ended."""

    step: Step
    result: Result
    why: str = ""
    """What went wrong, or what is to be told of it."""
    requests: tuple[str, ...] = ()
    """AWS's ids of the requests that changed something, or were to."""
    id: str = ""
    """AWS's id of what the step was about, where it has one."""
    told: tuple[object, ...] = ()
    """What the kind told of the step beside that."""
