"""The stand-in for SSM's agents: which machines have one that is online, and what they are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from math import inf
from pathlib import Path
from shutil import rmtree
from typing import Any

from reconciler.sandbox import machines
from reconciler.sandbox.agent import disks, logs, power, programs
from reconciler.sandbox.agent.boots import boot
from reconciler.sandbox.agent.commands import Command, Invocation, Ran
from reconciler.sandbox.agent.content import Step
from reconciler.sandbox.agent.installed import installed
from reconciler.sandbox.agent.machine import Machine
from reconciler.sandbox.agent.watch import Turn, Watch
from reconciler.sandbox.agent.work import Work
from reconciler.sandbox.clock import Clock

# How soon an agent is heard of. AWS names no time; a machine's boot takes most of what is seen.
_DELAY = 3.0


class Agents:
    def __init__(self, folder: Path, endpoint: str, turn: Turn, clock: Clock) -> None:
        self._folder, self._endpoint = folder, endpoint
        self._watch = Watch(turn)
        self._work = Work(self._watch, clock, self._reboot)
        self._machines: dict[str, Machine] = {}
        self._programs = folder / "programs"
        programs.provide(self._programs)
        self.forget(clock)

    def forget(self, clock: Clock) -> None:
        """Begin anew, with nothing left of what was."""
        for machine in self._machines.values():
            machine.gone = True
            machine.end_processes()
        for folder in self._folder.glob("*-*"):
            rmtree(folder, ignore_errors=True)
        self._clock = self._work.clock = clock
        self._ahead: int | None = None
        self._delay = _DELAY
        self._silent: set[str] = set()
        self._lost: dict[str, float] = {}
        self._machines = {}
        self.commands: dict[str, Command] = {}
        self._open: list[Command] = []

    def close(self) -> None:
        with self._watch.turn():
            self.forget(self._clock)
        self.settle()

    # What tests may do to agents:

    def delay(self, seconds: float) -> None:
        """Agents come online so long after their machine runs; with infinity, never."""
        with self._watch.turn():
            self._delay = seconds

    def silence(self, instance_id: str) -> None:
        """This machine's agent never comes online."""
        with self._watch.turn():
            self._silent.add(instance_id)

    def lose(self, instance_id: str) -> None:
        """This machine's agent loses its connection; what runs there goes on."""
        with self._watch.turn():
            self._lost[instance_id] = inf

    def regain(self, instance_id: str) -> None:
        with self._watch.turn():
            self._lost.pop(instance_id, None)

    def settle(self) -> None:
        """Wait until no script runs any more, be it of a command or of user data."""
        self._watch.settle()

    def folder(self, instance_id: str) -> Path:
        """Where all of an instance is.

        `disk/home` is the home of who runs scripts, `disk/asked` has a line for each change of the
        system that was asked for, and `cloud-init-output.log` what user data has said.
        """
        return self._folder / instance_id

    # What calls do:

    def ping(self, instance: Any) -> str:
        """Online, ConnectionLost, or "" where SSM knows of no agent.

        An agent needs an instance profile by which it may speak.
        https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html
        """
        machine = self._machines.get(instance.id)
        known = instance.state == "running" and instance.iam_instance_profile
        if not machine or not known or instance.id in self._silent or not installed(machine):
            return ""
        now = self._clock.now()
        if now < machine.since + self._delay:
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

    def reboot(self, instance: Any) -> None:
        self._reboot(self._machines[instance.id])

    def keep(self, instance: Any, image_id: str, reboot: bool) -> None:
        """What is on the instance's disk goes into an image; it may have to reboot for that."""
        machine = self._machines.get(instance.id)
        if machine and reboot:
            machine.end_processes()
        disks.copy(self._folder / instance.id / "disk", self._folder / image_id)
        if machine and reboot:
            self._reboot(machine)

    def see(self) -> None:
        """Do what has become due: instances may have come up, and they and scripts have ended."""
        for machine in [*self._machines.values()]:
            for line in machine.said():
                self._power(machine, line)
            if machine.instance.state != "running":
                del self._machines[machine.instance.id]
                machine.end()
        self._tell_time()
        for instance in machines.running():
            if instance.id not in self._machines:
                self._boot(instance)
        self._open = [one for one in self._open if not one.over]
        for command in self._open:
            self._advance(command)

    def _tell_time(self) -> None:
        """How far AWS's clock is ahead of this machine's, for those who ask it there."""
        ahead = round(self._clock.date().timestamp() - time.time())
        if ahead != self._ahead:
            self._ahead = ahead
            new = self._folder / "ahead.new"
            new.write_text(f"{ahead}\n")
            new.rename(self._folder / "ahead")

    def _boot(self, instance: Any) -> None:
        folder = self._folder / instance.id
        if not folder.exists():
            disks.copy(self._folder / instance.image_id, folder / "disk")
        now = self._clock.now()
        machine = Machine(folder, self._programs, instance, self._endpoint, now)
        self._machines[instance.id] = machine
        boot(self._watch, machine)

    def _invocations(
        self, command: Command, to: list[Any], steps: list[Step]
    ) -> Iterator[Invocation]:
        for instance in to:
            machine = self._machines[instance.id]
            where = machine.folder / "commands" / command.id
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
            if not wanted or machine.off is not due:
                return
            if wanted.again:
                self._reboot(machine)
            else:
                power.off(self._clock, machine)

        if wanted:
            self._clock.after(wanted.seconds, act)
            self._clock.catch_up()

    def _reboot(self, machine: Machine) -> None:
        machine.end_processes()
        id_ = machine.instance.id
        self._lost[id_] = max(self._clock.now() + self._delay, self._lost.get(id_, 0.0))
        boot(self._watch, machine)


def _expire(command: Command) -> None:
    for one in command.waiting:
        one.details = "DeliveryTimedOut"
