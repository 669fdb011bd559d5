"""How the agent runs a step's script, and what it makes of its end.

As the agent's own sources do: https://github.com/aws/amazon-ssm-agent
(agent/framework/runpluginutil, agent/plugins/runscript)
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from shlex import quote
from shutil import which

from reconciler.sandbox.agent.commands import Command, Invocation, Ran
from reconciler.sandbox.agent.content import POWERSHELL, SHELL, Step
from reconciler.sandbox.agent.machine import Process, Script

# A script that ends so ends its document, well or badly.
_EXIT_WELL, _EXIT_BADLY = 168, 169


def begin(command: Command, invocation: Invocation, ran: Ran, now: datetime) -> Process | None:
    """Start a step's script; None where it is not run, which the step says then."""
    step, windows = ran.step, invocation.machine.windows
    supported = step.action == POWERSHELL or (step.action == SHELL and not windows)
    if invocation.leaving:
        ran.end("Success", 0, now, f"{step.name} skipped due to prior step with an exit condition")
    elif why := _unmet(step, windows):
        ran.end("Success", 0, now, f"Step execution skipped due to {why}. Step name: {step.name}")
    elif not supported and step.skippable:
        why = f"unsupported plugin: {step.action}"
        ran.end("Success", 0, now, f"Step execution skipped due to {why}. Step name: {step.name}")
    elif not supported:
        why = f"Plugin with name {step.action} is not supported in current platform"
        ran.end("Failed", 1, now, f"{why}. Step name: {step.name}")
    else:
        return _started(command, invocation, ran, now)
    return None


def end(invocation: Invocation, ran: Ran, code: int, now: datetime) -> None:
    """What the end of a step's script means for it and for the next ones."""
    told = code if code >= 0 else 128 - code
    well, inputs = told in (0, _EXIT_WELL), ran.step.inputs
    if not well:
        _append(ran.err, f"failed to run commands: exit status {told}")
    after = inputs.get("onSuccess" if well else "onFailure")
    invocation.leaving |= told in (_EXIT_WELL, _EXIT_BADLY) or after in ("exit", "successAndExit")
    ran.end("Success" if well or after == "successAndExit" else "Failed", told, now)


def _unmet(step: Step, windows: bool) -> str:
    """The precondition that does not hold, if one is there."""
    for operator, words in step.precondition.items():
        mine = [
            "windows" if windows else "linux" if one == "platformType" else one for one in words
        ]
        held = [str(one).lower() for one in mine] if "platformType" in words else words
        if operator != "StringEquals" or held[0] != held[1]:
            return f"unsatisfied preconditions: '\"{operator}\": [{', '.join(map(str, words))}]'"
    return ""


def _started(command: Command, invocation: Invocation, ran: Ran, now: datetime) -> Process | None:
    ran.folder.mkdir(parents=True, exist_ok=True)
    where = Path(ran.step.inputs.get("workingDirectory") or ran.folder)
    does = _command(ran, invocation.machine.windows)
    script = Script(does, where, ran.out, ran.err, {"SSM_COMMAND_ID": command.id})
    try:
        invocation.group, process = invocation.machine.start(script)
    except OSError as error:
        _append(ran.err, f"failed to run commands: {error.strerror}: {error.filename}")
        ran.end("Failed", 1, now)
        return None
    return process


def _command(ran: Ran, windows: bool) -> list[str]:
    shell = ran.step.action == SHELL
    file = ran.folder / ("_script.sh" if shell else "_script.ps1")
    file.write_text(ran.step.script + "\n")
    file.chmod(0o700)
    if shell:
        return ["sh", "-c", quote(str(file))]
    return ["powershell" if windows and not which("pwsh") else "pwsh", "-f", str(file)]


def _append(file: Path, text: str) -> None:
    with file.open("a") as err:
        err.write(text)
