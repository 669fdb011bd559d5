"""Commands, and how far they are on each machine.

https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reconciler.sandbox.agent.content import Step
from reconciler.sandbox.agent.machine import Machine
from reconciler.sandbox.wire import Parameters

# What details are called where AWS tells them by a word alone.
_STATUS = {
    "DeliveryTimedOut": "TimedOut",
    "ExecutionTimedOut": "TimedOut",
    "NoInstancesInTag": "Failed",
    "Terminated": "Cancelled",
}
_OPEN = ("Pending", "InProgress", "Cancelling")
_COUNTED = ("Failed", "ExecutionTimedOut")

# What the agent reports for a script that it had to kill.
KILLED = 137


def status(details: str) -> str:
    return _STATUS.get(details, details)


@dataclass
class Ran:
    """A step on one machine."""

    step: Step
    folder: Path
    details: str = "Pending"
    code: int = -1
    note: str = ""
    """What is told in place of output where it was not run."""
    began: datetime | None = None
    ended: datetime | None = None
    sent: dict[str, int] = field(default_factory=dict)
    """How many bytes of each output went to CloudWatch Logs."""

    @property
    def out(self) -> Path:
        return self.folder / "stdout"

    @property
    def err(self) -> Path:
        return self.folder / "stderr"

    def end(self, details: str, code: int, when: datetime, note: str = "") -> None:
        self.details, self.code, self.ended, self.note = details, code, when, note


@dataclass
class Invocation:
    """A command on one machine."""

    machine: Machine
    steps: list[Ran]
    requested: datetime
    details: str = "Pending"
    group: int = 0
    """The processes of the step that runs, if one does."""
    leaving: bool = False
    """Whether a step said that no other is to follow."""
    done: bool = False
    """Whether the machine has ended its part; AWS knows once the agent could tell it."""

    @property
    def over(self) -> bool:
        return self.details not in _OPEN

    def result(self) -> str:
        """What the steps make together."""
        theirs = {one.details for one in self.steps}
        worst = ("Cancelled", "ExecutionTimedOut", "Failed")
        return next((one for one in worst if one in theirs), "Success")


@dataclass
class Command:
    asked: Parameters
    account: str
    region: str
    version: str
    requested: datetime
    shown: float
    """When AWS begins to show it."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    invocations: list[Invocation] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return all(one.over for one in self.invocations)

    @property
    def waiting(self) -> list[Invocation]:
        return [one for one in self.invocations if one.details == "Pending"]

    @property
    def running(self) -> list[Invocation]:
        return [one for one in self.invocations if one.details in ("InProgress", "Cancelling")]

    @property
    def errors(self) -> int:
        return sum(one.details in _COUNTED for one in self.invocations)

    @property
    def most_at_once(self) -> int:
        return max(1, self._share("MaxConcurrency", "50"))

    @property
    def stopped(self) -> bool:
        """Whether too many have failed for others to begin."""
        return self.errors > self._share("MaxErrors", "0")

    @property
    def log_group(self) -> str:
        config = self.asked.get("CloudWatchOutputConfig") or {}
        usual = f"/aws/ssm/{self.asked['DocumentName']}"
        enabled = config.get("CloudWatchOutputEnabled")
        return (config.get("CloudWatchLogGroupName") or usual) if enabled else ""

    @property
    def details(self) -> str:
        theirs = [one.details for one in self.invocations]
        if not theirs:
            return "NoInstancesInTag"
        if "Cancelling" in theirs:
            return "Cancelling"
        if any(one in _OPEN for one in theirs):
            return "Pending" if {*theirs} == {"Pending"} else "InProgress"
        return self._ended(theirs)

    def _ended(self, theirs: Sequence[str]) -> str:
        if {*theirs} == {"Success"}:
            return "Success"
        if "Cancelled" in theirs:
            return "Cancelled"
        if not self.stopped:
            return "Incomplete" if "Success" in theirs else theirs[0]
        return "Failed" if "Failed" in theirs else "ExecutionTimedOut"

    def _share(self, name: str, usual: str) -> int:
        """A number, or a percentage of all machines."""
        said = str(self.asked.get(name) or usual)
        if said.endswith("%"):
            return len(self.invocations) * int(said[:-1]) // 100
        return int(said)
