"""Shells on instances: a session of SSM, spoken by AWS's own plug-in.

The plug-in is called as the AWS CLI does it, so that it works with whatever is installed for that.
https://github.com/aws/aws-cli/blob/develop/awscli/customizations/sessionmanager.py
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from reconciler.aws.errors import Refused, explained
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping
from reconciler.fields.tags import ESTATE, RESOURCE

_PLUGIN = "session-manager-plugin"
_INSTALL = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "session-manager-working-with-install-plugin.html"
)
_TOKEN = "AWS_SSM_START_SESSION_RESPONSE"
"""The variable that brings the plug-in the session's token.

Up to this version it takes that on its command line alone, which everybody on the host can read.
https://github.com/aws/session-manager-plugin/blob/mainline/RELEASENOTES.md
"""
_LAST_WITHOUT = (1, 2, 497, 0)


class Shell(NamedTuple):
    """The program that speaks a session, ready to take this one's place."""

    program: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


class Running(NamedTuple):
    """An instance that is running, when it was launched, and what its tag says that it is of."""

    id: str
    launched: datetime
    of: str


def running(aws: Aws, estate: str) -> list[Running]:
    """The estate's instances that are running."""
    found = aws.pages(
        "ec2",
        "describe_instances",
        "Reservations",
        Filters=[
            {"Name": f"tag:{ESTATE}", "Values": [estate]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ],
        MaxResults=1000,
    )
    return [
        Running(one["InstanceId"], one["LaunchTime"], as_mapping(one["Tags"]).get(RESOURCE, ""))
        for reservation in found
        for one in reservation["Instances"]
    ]


def plugin() -> str:
    """Where the plug-in is; refuses where it is not installed, or too old."""
    found = shutil.which(_PLUGIN)
    if found is None:
        raise Refused(f"AWS's {_PLUGIN} is not installed: {_INSTALL} has it for each system")
    if _version(found) <= _LAST_WITHOUT:
        raise Refused(f"{found} is older than 1.2.536.0: {_INSTALL} has a newer one")
    return found


def shell(aws: Aws, instance: str, plugin: str) -> Shell:
    """Open a session on an instance."""
    asked = {"Target": instance}
    with explained(_ADVICE):
        answer = aws.client("ssm").start_session(**asked)
    token = {name: answer[name] for name in ("SessionId", "TokenValue", "StreamUrl")}
    arguments = (
        _TOKEN,
        aws.region,
        "StartSession",
        os.environ.get("AWS_PROFILE", ""),
        json.dumps(asked),
        aws.client("ssm").meta.endpoint_url,
    )
    return Shell(plugin, arguments, {**os.environ, _TOKEN: json.dumps(token)})


_ADVICE = (
    " (its SSM agent has to be running, and its profile to allow what the policy "
    "AmazonSSMManagedInstanceCore does)"
)


def _version(program: str) -> tuple[int, ...]:
    """What it says that it is, or nothing where that is no version."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(f"{program} can't be run: {error}") from None
    return tuple(map(int, re.findall(r"\d+", said)[:4]))
