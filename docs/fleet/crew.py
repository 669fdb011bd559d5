"""Plays the workers of the demo: whatever runs on the instances, which has AWS's API alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

MINE = [
    {"Name": "tag:reconciler:estate", "Values": ["demo"]},
    {"Name": "instance-state-name", "Values": ["running"]},
]


@dataclass
class Machine:
    """An instance that runs."""

    id: str
    capacity: int
    """How many tasks it takes at once."""
    leaving: bool
    """Whether it was told to claim nothing more."""


@dataclass(frozen=True)
class Work:
    """A task that a machine has claimed."""

    task: int
    receipt: str
    until: float


@dataclass
class Crew:
    """All machines of the fleet, and what they do."""

    ec2: Any
    sqs: Any
    queue: str
    now: Callable[[], float]
    """Seconds since 1970."""
    held: dict[str, list[Work]] = field(default_factory=dict)
    """By the instance's id."""
    done: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    """Tasks whose machine ended before they did."""
    capacity: int = 0
    """What runs now."""
    most: int = 0

    def go_on(self) -> None:
        """A moment of work on every machine."""
        machines = self._machines()
        self.capacity = sum(machine.capacity for machine in machines)
        self.most = max(self.most, self.capacity)
        self._lose({machine.id for machine in machines})
        self._finish()
        self._claim(machines)
        self._tell(machines)

    def _machines(self) -> list[Machine]:
        pages = self.ec2.get_paginator("describe_instances").paginate(Filters=MINE)
        found = (i for page in pages for r in page["Reservations"] for i in r["Instances"])
        return [_machine(instance) for instance in found]

    def _lose(self, running: set[str]) -> None:
        for gone in self.held.keys() - running:
            self.lost += [work.task for work in self.held.pop(gone)]

    def _finish(self) -> None:
        for machine, works in self.held.items():
            for work in works:
                if work.until <= self.now():
                    self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=work.receipt)
                    self.done.append(work.task)
            self.held[machine] = [work for work in works if work.task not in self.done]

    def _claim(self, machines: Sequence[Machine]) -> None:
        for machine in machines:
            mine = self.held.setdefault(machine.id, [])
            free = machine.capacity - len(mine)
            if free and not machine.leaving:
                claimed = [*self._claimed(free)]
                if not claimed:
                    return
                mine += claimed

    def _claimed(self, most: int) -> Iterator[Work]:
        answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=most)
        for message in answer.get("Messages", ()):
            task = json.loads(message["Body"])
            until = self.now() + task["seconds"]
            yield Work(task["task"], message["ReceiptHandle"], until)

    def _tell(self, machines: Sequence[Machine]) -> None:
        """Each says what it does and when: who is idle may be ended, and who is busy may not."""
        for word, busy in (("idle", False), ("busy", True)):
            ids = [one.id for one in machines if bool(self.held.get(one.id)) is busy]
            if ids:
                said = {"Key": "reconciler:work", "Value": f"{word} {int(self.now())}"}
                self.ec2.create_tags(Resources=ids, Tags=[said])


def _machine(instance: Any) -> Machine:
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    capacity = int(tags["reconciler:capacity"])
    return Machine(instance["InstanceId"], capacity, "reconciler:leaving" in tags)


def send(sqs: Any, queue: str, count: int) -> None:
    """So many tasks, of two to four seconds each."""
    tasks = [{"task": number, "seconds": 2 + number % 3} for number in range(count)]
    for at in range(0, count, 10):
        some = [{"Id": str(one["task"]), "MessageBody": json.dumps(one)} for one in tasks[at:][:10]]
        sqs.send_message_batch(QueueUrl=queue, Entries=some)
