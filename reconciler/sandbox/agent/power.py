"""What a script may ask of its machine's power, and what becomes of the instance."""

from __future__ import annotations

from typing import NamedTuple

from moto.ec2.models.instances import StateReason

from reconciler.sandbox.agent.machine import Machine
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.machines import give_up_interface


class Wanted(NamedTuple):
    seconds: float
    again: bool
    """Whether it is to come up again."""


def wanted(said: str) -> Wanted | None:
    """What a line such as `shutdown -h +5` asks for; None where it takes back what was asked.

    https://www.freedesktop.org/software/systemd/man/latest/shutdown.html
    """
    program, *words = said.split()
    if program != "shutdown":
        return Wanted(0.0, program == "reboot")
    if "-c" in words:
        return None
    times = [word for word in words if word == "now" or word.startswith("+")]
    minutes = times[0].removeprefix("+") if times else "1"
    again = "-r" in words or "--reboot" in words
    return Wanted(60.0 * int(minutes) if minutes.isdigit() else 0.0, again)


def off(clock: Clock, machine: Machine) -> None:
    """End the instance in the way that its launch said.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingInstanceInitiatedShutdownBehavior.html
    """
    instance = machine.instance
    if instance.instance_initiated_shutdown_behavior == "terminate":
        instance.terminate()
        give_up_interface(instance)
    else:
        instance.stop()
    reason = "Client.InstanceInitiatedShutdown"
    instance.state_reason = StateReason(f"{reason}: Instance initiated shutdown", reason)
    instance._reason = f"({clock.date():%Y-%m-%d %H:%M:%S} GMT)"
