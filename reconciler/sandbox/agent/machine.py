"""The inside of an instance: a folder for its disk, and the processes that run there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.sandbox.command import environment
from reconciler.sandbox.group import ending_group

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
    """An instance from when it comes up until it stops, or ends."""

    def __init__(
        self, folder: Path, programs: Path, instance: Any, endpoint: str, since: float
    ) -> None:
        """`folder` is as it was left where the instance was up before."""
        self.instance = instance
        self.folder = folder
        self.since = since
        """When it came up, by AWS's clock."""
        self.new = not (folder / "bin").exists()
        self.boots = 0
        self.off: object | None = None
        """The shutdown that is to come, if any."""
        self.gone = False
        self._endpoint = endpoint
        self._groups = ExitStack()
        self._said = folder / "power"
        self._heard = 0
        if self.new:
            for name in ("disk/home", "tmp"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / "bin").symlink_to(programs)
        self._said.write_text("")

    @property
    def windows(self) -> bool:
        return bool(self.instance.platform == "windows")

    @property
    def disk(self) -> Path:
        """What an image has of it."""
        return self.folder / "disk"

    @property
    def log(self) -> Path:
        """What the scripts of its user data have said."""
        return self.folder / "cloud-init-output.log"

    def start(self, script: Script, *held: int) -> tuple[int, Process]:
        """The process, and the group that it and its children are in; raises OSError.

        The group lives on after the process, as what a script leaves in the background does. All
        of them hold the files `held`.
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
                pass_fds=held,
            )
        return group, process

    def said(self) -> list[str]:
        """What was asked of its power since the last time, such as `shutdown -h now`."""
        whole = self._said.read_text().split("\n")[:-1]
        new, self._heard = whole[self._heard :], len(whole)
        return new

    def end_processes(self) -> None:
        """Nobody is left who could ask for a shutdown, and none that was asked for is to come."""
        self._groups.close()
        self.said()
        self.off = None

    def end(self) -> None:
        """The disk of a stopped instance stays."""
        self.gone = True
        self.end_processes()
        if self.instance.state == "terminated":
            shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self, names: Mapping[str, str]) -> dict[str, str]:
        """Nothing of this process's own but the way to programs and the language."""
        region = self.instance.region_name
        base = {
            "PATH": f"{self.folder / 'bin'}:{os.environ.get('PATH', os.defpath)}",
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "HOME": str(self.disk / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "AWS_REGION": region,
        }
        # As the agent gives them: https://github.com/aws/amazon-ssm-agent/issues/136
        its = {"AWS_SSM_INSTANCE_ID": self.instance.id, "AWS_SSM_REGION_NAME": region}
        return {**environment(base, self._endpoint), **its, **names}


def kill(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
