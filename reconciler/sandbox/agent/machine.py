"""The inside of an instance: a folder for its disk, and the processes that run there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple

from reconciler.sandbox.command import environment
from reconciler.sandbox.group import ending_group

_POWER = ("halt", "poweroff", "reboot", "shutdown")

# What a script may say to end its machine must not end this one.
_SAY = '#!/bin/sh\necho "${0##*/} $*" >> %s\n'
_SYSTEMCTL = """#!/bin/sh
for word do case $word in
halt|poweroff|reboot) exec "$word";;
esac; done
echo 'systemctl: the sandbox has no systemd' >&2; exit 1
"""
# Who runs commands is root on an instance, and here it is not.
_SUDO = """#!/bin/sh
while :; do case $1 in
-[ugp]) shift 2;;
--) shift; break;;
-*) shift;;
*) break;;
esac; done
exec "$@"
"""


Process = subprocess.Popen[bytes]


class Script(NamedTuple):
    """What is to run: the program and what it gets, in which folder, and where its output goes."""

    command: Sequence[str]
    where: Path
    out: Path
    err: Path
    names: Mapping[str, str]
    """More of the environment."""


class Machine:
    def __init__(self, disk: Path, instance: Any, endpoint: str) -> None:
        self.instance = instance
        self.disk = disk
        self.off: object | None = None
        """The shutdown that is to come, if any."""
        self.gone = False
        self._endpoint = endpoint
        self._groups = ExitStack()
        self._said = disk / "power"
        self._heard = 0
        for name in ("home", "tmp", "bin"):
            (disk / name).mkdir(parents=True, exist_ok=True)
        self._said.write_text("")
        for name in _POWER:
            self._program(name, _SAY % quote(str(self._said)))
        self._program("systemctl", _SYSTEMCTL)
        self._program("sudo", _SUDO)

    @property
    def windows(self) -> bool:
        return bool(self.instance.platform == "windows")

    def start(self, script: Script) -> tuple[int, Process]:
        """The process, and the group that it and its children are in; raises OSError.

        The group lives on after the process, as what a script leaves in the background does.
        """
        group = self._groups.enter_context(ending_group())
        with script.out.open("ab") as out, script.err.open("ab") as err:
            process = subprocess.Popen(
                script.command,
                cwd=script.where,
                env=self._environment(script.names),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                process_group=group,
            )
        return group, process

    def said(self) -> list[str]:
        """What was asked of its power since the last time, such as `shutdown -h now`."""
        whole = self._said.read_text().split("\n")[:-1]
        new, self._heard = whole[self._heard :], len(whole)
        return new

    def end_processes(self) -> None:
        self._groups.close()

    def end(self) -> None:
        """The disk of a stopped instance stays."""
        self.gone = True
        self.end_processes()
        if self.instance.state == "terminated":
            shutil.rmtree(self.disk, ignore_errors=True)

    def _program(self, name: str, text: str) -> None:
        program = self.disk / "bin" / name
        program.write_text(text)
        program.chmod(0o700)

    def _environment(self, names: Mapping[str, str]) -> dict[str, str]:
        """Nothing of this process's own but the way to programs and the language."""
        region = self.instance.region_name
        base = {
            "PATH": f"{self.disk / 'bin'}:{os.environ.get('PATH', os.defpath)}",
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "HOME": str(self.disk / "home"),
            "TMPDIR": str(self.disk / "tmp"),
            "AWS_REGION": region,
        }
        # As the agent gives them: https://github.com/aws/amazon-ssm-agent/issues/136
        its = {"AWS_SSM_INSTANCE_ID": self.instance.id, "AWS_SSM_REGION_NAME": region}
        return {**environment(base, self._endpoint), **its, **names}


def kill(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
