"""How a machine works through a command: script after script, in its own time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from reconciler.sandbox.agent import scripts
from reconciler.sandbox.agent.commands import KILLED, Command, Invocation, Ran
from reconciler.sandbox.agent.machine import Machine, Process, kill
from reconciler.sandbox.agent.watch import Watch
from reconciler.sandbox.clock import Clock

# A script that ends so is run again once the agent has rebooted its machine.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-reboot.html
_REBOOT = {False: 194, True: 3010}


class Running(NamedTuple):
    ran: Ran
    process: Process


class Work:
    """All but waiting is done in the sandbox's turn, as calls are."""

    def __init__(self, watch: Watch, clock: Clock, reboot: Callable[[Machine], None]) -> None:
        self.clock = clock
        self._watch, self._reboot = watch, reboot

    def start(self, command: Command, invocation: Invocation) -> None:
        invocation.details = "InProgress"
        running = self._next(command, invocation)
        self._watch.begin(partial(self._work, command, invocation, running))

    def _work(self, command: Command, invocation: Invocation, running: Running | None) -> None:
        while running:
            code = self._watch.exit_status(running.process)
            with self._watch.turn():
                running = self._after(command, invocation, running.ran, code)

    def _next(self, command: Command, invocation: Invocation) -> Running | None:
        """The next script, begun; None where there is none left, or nobody to run it."""
        if invocation.machine.gone:
            return None
        for ran in invocation.steps:
            if invocation.details == "Cancelling" and not ran.ended:
                ran.end("Cancelled", -1, self.clock.date())
            elif not ran.ended and (running := self._begin(command, invocation, ran)):
                return running
        invocation.done = True
        return None

    def _begin(self, command: Command, invocation: Invocation, ran: Ran) -> Running | None:
        now = self.clock.date()
        ran.details, ran.began = "InProgress", ran.began or now
        process = scripts.begin(command, invocation, ran, now)
        if not process:
            return None
        self.clock.after(ran.step.timeout, partial(self._late, invocation, ran))
        return Running(ran, process)

    def _after(
        self, command: Command, invocation: Invocation, ran: Ran, code: int
    ) -> Running | None:
        """Put down how a script ended, and go on."""
        invocation.group, machine = 0, invocation.machine
        if not machine.gone and not ran.ended:
            if code == _REBOOT[machine.windows]:
                self._reboot(machine)
                return self._begin(command, invocation, ran)
            scripts.end(invocation, ran, code, self.clock.date())
        return self._next(command, invocation)

    def _late(self, invocation: Invocation, ran: Ran) -> None:
        if ran.details == "InProgress":
            self.stop(invocation, "ExecutionTimedOut")
        if invocation.machine.gone and not invocation.over:
            invocation.details = "ExecutionTimedOut"

    def stop(self, invocation: Invocation, details: str) -> None:
        """End what runs."""
        for ran in invocation.steps:
            if ran.details == "InProgress":
                ran.end(details, KILLED, self.clock.date())
        if invocation.group and not invocation.machine.gone:
            kill(invocation.group)
