"""The stand-in for SSM's agents: which machines have one that is online, and what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from reconciler.sandbox.agent import logs, power
from reconciler.sandbox.agent.commands import Command, Invocation, Ran
from reconciler.sandbox.agent.content import Step
from reconciler.sandbox.agent.machine import Machine
from reconciler.sandbox.agent.work import Turn, Work
from reconciler.sandbox.clock import Clock

# How soon an agent is heard of. AWS names no time; a machine's boot takes most of what is seen.
_DELAY = 3.0


class Agents:
    def __init__(self, folder: Path, endpoint: str, turn: Turn, clock: Clock) -> None:
        self._folder, self._endpoint, self._turn = folder, endpoint, turn
        self._work = Work(turn, clock, self._reboot)
        self._machines: dict[str, Machine] = {}
        self.forget(clock)

    def forget(self, clock: Clock) -> None:
        """Begin anew, with nothing left of what was."""
        for machine in self._machines.values():
            machine.gone = True
            machine.end_processes()
        self._clock = self._work.clock = clock
        self._delay = _DELAY
        self._silent: set[str] = set()
        self._lost: dict[str, float] = {}
        self._machines = {}
        self.commands: dict[str, Command] = {}
        self._open: list[Command] = []

    def close(self) -> None:
        with self._turn():
            self.forget(self._clock)
        self.settle()

    # What tests may do to agents:

    def delay(self, seconds: float) -> None:
        """Agents come online so long after their machine runs; with infinity, never."""
        with self._turn():
            self._delay = seconds

    def silence(self, instance_id: str) -> None:
        """This machine's agent never comes online."""
        with self._turn():
            self._silent.add(instance_id)

    def lose(self, instance_id: str) -> None:
        """This machine's agent loses its connection; what runs there goes on."""
        with self._turn():
            self._lost[instance_id] = inf

    def regain(self, instance_id: str) -> None:
        with self._turn():
            self._lost.pop(instance_id, None)

    def settle(self) -> None:
        """Wait until no script runs any more."""
        self._work.settle()

    # What calls do:

    def ping(self, instance: Any) -> str:
        """Online, ConnectionLost, or "" where SSM knows of no agent.

        An agent needs an instance profile by which it may speak.
        https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html
        """
        known = instance.state == "running" and instance.iam_instance_profile
        if not known or instance.id in self._silent:
            return ""
        now = self._clock.now()
        if now < vars(instance).get("sandbox_up_since", 0.0) + self._delay:
            return ""
        return "ConnectionLost" if now < self._lost.get(instance.id, 0.0) else "Online"

    def send(self, command: Command, to: list[Any], steps: list[Step], timeout: float) -> None:
        self.commands[command.id] = command
        self._open.append(command)
        command.invocations = [*self._invocations(command, to, steps)]
        self._clock.after(timeout, partial(_expire, command))
        self._advance(command)

    def cancel(self, invocation: Invocation) -> None:
        """Its machine may not hear of it any more."""
        if invocation.details == "Pending":
            invocation.details = "Cancelled"
        elif not invocation.over:
            invocation.details = "Cancelling"
            self._work.stop(invocation, "Cancelled")

    def see(self) -> None:
        """Do what has become due: scripts and instances may have ended."""
        for machine in [*self._machines.values()]:
            for line in machine.said():
                self._power(machine, line)
            if machine.instance.state != "running":
                del self._machines[machine.instance.id]
                machine.end()
        self._open = [one for one in self._open if not one.over]
        for command in self._open:
            self._advance(command)

    def _invocations(
        self, command: Command, to: list[Any], steps: list[Step]
    ) -> Iterator[Invocation]:
        for instance in to:
            machine = self._machines.get(instance.id)
            if not machine:
                disk = self._folder / instance.id
                machine = self._machines[instance.id] = Machine(disk, instance, self._endpoint)
            where = machine.disk / "commands" / command.id
            ran = [Ran(one, where / one.name.replace(":", "")) for one in steps]
            yield Invocation(machine, ran, command.requested)

    def _advance(self, command: Command) -> None:
        for one in command.running:
            logs.upload(command, one)
            if one.done and self.ping(one.machine.instance) == "Online":
                one.details = one.result()
        for one in command.waiting:
            if command.stopped:
                one.details = "Terminated"
            elif len(command.running) >= command.most_at_once:
                return
            elif self.ping(one.machine.instance) == "Online":
                self._work.start(command, one)

    def _power(self, machine: Machine, said: str) -> None:
        wanted = power.wanted(said)
        due = machine.off = object()

        def act() -> None:
            if wanted and machine.off is due and wanted.again:
                self._reboot(machine)
            elif wanted and machine.off is due:
                power.off(self._clock, machine)

        if wanted:
            self._clock.after(wanted.seconds, act)
            self._clock.catch_up()

    def _reboot(self, machine: Machine) -> None:
        machine.end_processes()
        self._lost[machine.instance.id] = self._clock.now() + self._delay


def _expire(command: Command) -> None:
    for one in command.waiting:
        one.details = "DeliveryTimedOut"
