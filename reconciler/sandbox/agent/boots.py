"""What a machine does by itself when it comes up: the scripts of its user data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from shutil import which

from reconciler.sandbox.agent.machine import Machine, Process, Script
from reconciler.sandbox.agent.user_data import Part, parts
from reconciler.sandbox.agent.watch import Watch

# Who waits for all scripts waits so long for what they leave in the background: mostly that is
# short, as a shutdown that is asked for again until the system takes it.
_LEFT = 5.0


def boot(watch: Watch, machine: Machine) -> None:
    """Begin to run what is to run at this boot, each after the other."""
    machine.boots += 1
    todo = [part for part in parts(machine.instance) if part.always or machine.new]
    machine.new = False
    if todo:
        watch.begin(partial(_run, watch, machine, machine.boots, todo))


def _run(watch: Watch, machine: Machine, number: int, todo: Sequence[Part]) -> None:
    held, holding = os.pipe()
    try:
        for part in todo:
            with watch.turn():
                # Its processes, and what was to come after them, ended with the boot.
                up = machine.boots == number and not machine.gone
                process = _started(machine, part, holding) if up else None
            if process:
                watch.exit_status(process)
    finally:
        os.close(holding)
    watch.closed(held, _LEFT)
    os.close(held)


def _started(machine: Machine, part: Part, holding: int) -> Process | None:
    """The script begun, with a pipe that it and all it leaves behind hold open."""
    file = machine.folder / ("user-data.ps1" if machine.windows else "user-data")
    command = ["pwsh", "-f", str(file)] if machine.windows else [str(file)]
    if machine.windows and not which("pwsh"):
        return None
    file.unlink(missing_ok=True)
    file.write_bytes(part.text)
    file.chmod(0o700)
    names = {"INSTANCE_ID": machine.instance.id}
    script = Script(command, machine.disk, machine.log, machine.log, names)
    try:
        return machine.start(script, holding)[1]
    except OSError as error:
        _say(machine.log, f"failed to run user data: {error.strerror}: {error.filename}")
        return None


def _say(log: Path, text: str) -> None:
    with log.open("a") as end:
        end.write(f"{text}\n")
