"""The output of scripts in CloudWatch Logs, as it comes, for commands that ask for it.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-rc-setting-up-cwlogs.html
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from moto.backends import get_backend

from reconciler.sandbox.agent.commands import Command, Invocation, Ran


def upload(command: Command, invocation: Invocation) -> None:
    """Send what the scripts have written since the last time: whole lines, and the rest at last."""
    if not command.log_group:
        return
    backends: Any = get_backend("logs")
    backend = backends[command.account][command.region]
    for ran in invocation.steps:
        for file in (ran.out, ran.err):
            new = _new(ran, file, bool(ran.ended))
            if new:
                plugin = ran.step.name.replace(":", "-").replace("*", "-")
                stream = f"{command.id}/{invocation.machine.instance.id}/{plugin}/{file.name}"
                _put(backend, command.log_group, stream, new.decode(errors="replace"))


def _new(ran: Ran, file: Path, whole: bool) -> bytes:
    if not file.exists():
        return b""
    with file.open("rb") as text:
        text.seek(ran.sent.get(file.name, 0))
        found = text.read()
    new = found if whole else found[: found.rfind(b"\n") + 1]
    ran.sent[file.name] = ran.sent.get(file.name, 0) + len(new)
    return new


def _put(backend: Any, group: str, stream: str, text: str) -> None:
    if group not in backend.groups:
        backend.create_log_group(group, {})
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    event = {"timestamp": int(time.time() * 1000), "message": text.removesuffix("\n")}
    backend.put_log_events(group, stream, [event])
