"""Turns, documents and a clock of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from reconciler.kinds.parameter import ParameterSpec
from reconciler.load import Declared
from reconciler.loop.done import Documents, Done, Ending, Turn
from reconciler.loop.log import Log
from reconciler.loop.schedule import BREATH
from reconciler.model import (
    Account,
    Action,
    Change,
    Estate,
    Key,
    Location,
    Outcome,
    Resource,
    Result,
    Scope,
)

HERE = Scope("123456789012", "eu-central-1")
BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
A_SHORT_WAIT = BREATH / 2


class Clock:
    """Time that waiting alone moves; between passes the next deed is done, and after all a stop."""

    def __init__(self, *between: Callable[[], object]) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []
        self.stopped = False
        self._between: Iterator[Callable[[], object]] = iter(between)

    def now(self) -> float:
        return self.seconds

    def date(self) -> datetime:
        return BEGUN + timedelta(seconds=self.seconds)

    def stop(self) -> None:
        self.stopped = True

    def stopping(self, within: float = 0.0) -> bool:
        self.seconds += within
        if within > A_SHORT_WAIT:
            self.pauses.append(within)
            deed = next(self._between, self.stop)
            deed()
        return self.stopped

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def declared(estate: str = "acme") -> Declared:
    return Declared(Estate(estate, "ci-", (Account(HERE.account),), (HERE.region,)), ())


def documents(commit: str = "c0ffee", estate: str = "acme") -> Documents:
    return Documents(declared(estate), "desired", commit)


def outcome(result: Result, why: str = "", name: str = "one") -> Outcome:
    key = Key("Parameter", name, HERE)
    after = Resource(key, f"ci-{name}", ParameterSpec(value="x"), {}, Location("all.yml", 1, 1))
    return Outcome(Change(Action.CREATE, key, None, after), result, why)


def turn(done: Done | Ending, trouble: str = "", commit: str = "c0ffee") -> Turn:
    made = done if isinstance(done, Done) else Done(done)
    return Turn(documents(commit), made, 1.25, trouble)


def log(into: list[str], clock: Clock | None = None, as_json: bool = False) -> Log:
    return Log(as_json, into.append, (clock or Clock()).date)
