"""What a run did, one line for each step: pure."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from reconciler.model import Act, Change, Ended, FieldChange, Key, Result, Scope, Step


class NoEntry(ValueError):
    """A line is none of a journal's; the text says why."""


class Run(NamedTuple):
    """Which run it is, and who made it."""

    id: str
    """The lock's."""
    estate: str
    who: str
    """The ARN that STS gives the caller."""
    where: str
    """The host's name."""
    commit: str


class Difference(BaseModel):
    """One field, as the plan showed it."""

    path: str
    old: str | None
    new: str | None


class Entry(BaseModel):
    """How one step of a run ended.

    Of a line that is read, words that it does not know are left out: a later program may write
    more of them.
    """

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    version: Literal[1] = 1
    time: str
    """In UTC, to the millisecond."""
    run: str
    estate: str
    who: str
    where: str
    commit: str
    action: str
    act: Act
    kind: str
    name: str
    account: str
    region: str
    aws_name: str
    aws_id: str
    fields: list[Difference]
    requests: list[str]
    outcome: Result
    why: str

    @property
    def key(self) -> Key:
        return Key(self.kind, self.name, Scope(self.account, self.region))

    def without_fields(self) -> Self:
        """The entry for a place that has no room for all of it."""
        left_out = f"{len(self.fields)} left out: too long for this place"
        return self.model_copy(update={"fields": [Difference(path="", old=None, new=left_out)]})


def entry(run: Run, ended: Ended, now: datetime, action: str = "") -> Entry:
    """The entry for a step that ended; `action` is what the change is called, if not its own."""
    step, change = ended.step, ended.step.change
    return Entry(
        time=now.isoformat(timespec="milliseconds"),
        run=run.id,
        estate=run.estate,
        who=run.who,
        where=run.where,
        commit=run.commit,
        action=action or change.action,
        act=step.act,
        kind=change.key.kind,
        name=change.key.name,
        account=change.key.scope.account,
        region=change.key.scope.region,
        aws_name=_aws_name(step, change),
        aws_id=ended.id,
        fields=[_difference(field) for field in change.fields],
        requests=list(ended.requests),
        outcome=ended.result,
        why=ended.why,
    )


def as_line(entry: Entry) -> str:
    """The entry as a line without its end, in ASCII alone: nothing in it ends a line or hides."""
    return json.dumps(entry.model_dump(by_alias=True))


def parsed(line: str | bytes) -> tuple[Entry, str]:
    """The entry that a line holds, and the line as it may be printed; raises `NoEntry`."""
    try:
        data = json.loads(line if isinstance(line, str) else line.decode())
        if isinstance(data, dict) and data.get("version", 1) != 1:
            raise NoEntry("it is of a version that this program does not know")
        return Entry.model_validate(data), json.dumps(data)
    except NoEntry:
        raise
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise NoEntry(f"its {where or 'content'} is not an entry's") from None
    except (ValueError, RecursionError):
        raise NoEntry("it is broken, or was not written to its end") from None


def _aws_name(step: Step, change: Change) -> str:
    """A renamed resource's old name goes with what ends it."""
    ends = step.act in (Act.DELETE, Act.RELEASE)
    one: Any = (change.before if ends else change.after) or change.before or change.after
    return str(one.name)


def _difference(field: FieldChange) -> Difference:
    return Difference(path=field.path, old=field.old, new=field.new)
