"""An image built: a machine is launched for it, steps run there, and its disks become the image."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from reconciler.aws import script
from reconciler.aws.command_output import Piece
from reconciler.aws.commands import Result
from reconciler.aws.due import TASK
from reconciler.aws.ec2 import tag_specifications
from reconciler.aws.errors import Refused, code, explained
from reconciler.aws.machine import Job, Machine, Way, await_online, look, machine
from reconciler.aws.removal import Patience
from reconciler.aws.script import Script
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, as_pairs
from reconciler.fields.marks import BUILD, TOOK
from reconciler.fields.tags import ESTATE, RESOURCE

AVAILABLE = "available"
FAILED = ("error", "failed", "invalid")
"""The states of an image that will never be available.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Image.html
"""

_LOOKED_EVERY = 5.0
_NAME_TAKEN = "InvalidAMIName.Duplicate"
_LAST_LINES = 10

# Both exit statuses make the agent restart the machine and run the script again.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-reboot.html
_RESTART = """\
mark="${{TMPDIR:-/var/tmp}}/reconcile-{token}"
[ ! -e "$mark" ] || {{ rm "$mark"; exit 0; }}
: >"$mark"
exit 194
"""
_RESTART_WINDOWS = """\
$mark = "$env:ProgramData\\reconcile-{token}"
if (Test-Path $mark) {{ Remove-Item $mark; exit 0 }}
New-Item $mark | Out-Null
exit 3010
"""
_RESTARTS_WITHIN = 1800
# What is launched from the image must not end at this machine's time.
_STAY = f"Unregister-ScheduledTask -TaskName {TASK} -Confirm:$false"
_SHORT = 300

Say = Callable[[str], object]
"""Hears lines of text as they come, each with its end."""


class Step(NamedTuple):
    """One thing that is done on the machine."""

    name: str
    script: Script
    seconds: int
    reboot: bool
    """Whether the machine is restarted afterwards."""


class Order(NamedTuple):
    """What is to be built, and how."""

    name: str
    """What AWS calls the image."""
    description: str
    tags: Mapping[str, str]
    """Of the image and its snapshots."""
    way: Way
    steps: Sequence[Step]
    seconds: int
    """So long the whole may take, and the machine lives so long at most."""
    group: str
    """CloudWatch Logs' group for the output."""


def built(order: Order, patience: Patience, say: Say) -> str:
    """The image's id, once it is available. Raises `Refused` that says which step failed, and how.

    What `say` hears is a heading for each step, and its output as it comes.
    """
    begun = patience.now()
    until = begun + order.seconds
    job = Job(BUILD, order.seconds)
    with machine([order.way], job, patience) as m:
        say(f"{m.id} is launched: {order.way}\n")
        await_online(m.aws, m.id, order.seconds, patience)
        for number, step in enumerate(order.steps, 1):
            say(f"step {number} of {len(order.steps)}: {step.name}\n")
            _done(m, order, step, until, patience, say)
        _stopped(m, order, until, patience, say)
        say(f"the image {order.name} is made\n")
        with explained():
            image = _imaged(m, order)
        available(m.aws, image, until, patience)
    _tell_how_long(m.aws, image, patience.now() - begun)
    return image


def available(aws: Aws, image: str, until: float, patience: Patience) -> None:
    """Wait for that; raises `Refused` where it will not be so, or not in time.

    It is waited for with a filter, since an image that was just made may not show everywhere.
    """
    state = ""
    while state != AVAILABLE:
        with explained():
            state, why = _state(aws, image)
        if state in FAILED:
            raise Refused(f"AWS could not make {image}: {why or state}")
        if state != AVAILABLE:
            _wait(until, patience, f"{image} is {state or 'not to be seen'}, and AWS goes on")


def _done(m: Machine, order: Order, step: Step, until: float, patience: Patience, say: Say) -> None:
    """Do one step, and restart the machine if it says so."""
    left = until - patience.now()
    _ran(m, order, f"the step {step.name!r}", step.script, min(step.seconds, left), patience, say)
    if step.reboot:
        say("the machine is restarted\n")
        windows = order.way.windows
        text = (_RESTART_WINDOWS if windows else _RESTART).format(token=uuid.uuid4().hex)
        restart = Script.of(text, windows, _RESTARTS_WITHIN)
        what = f"the restart after the step {step.name!r}"
        _ran(m, order, what, restart, _RESTARTS_WITHIN, patience, say)


def _ran(
    m: Machine, order: Order, what: str, do: Script, seconds: float, patience: Patience, say: Say
) -> None:
    """Run it to its good end; raises `Refused` that says what it was, how it ended, and its last
    lines."""
    tail = _Tail(say)
    try:
        most = max(1, round(seconds))
        result = script.run(m.aws, m.id, do, most, order.group, patience, tail.hear)
    except Refused as refused:
        raise Refused(f"{what}: {refused}{tail.told()}") from refused
    if not result.well:
        raise Refused(f"{what} failed: {_how(result)}{tail.told()}")


def _how(result: Result) -> str:
    if result.status == "Failed":
        return f"exit status {result.exit_code}"
    return f"SSM says {result.status}"


class _Tail:
    """What was heard last of a step's output."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._lines: list[str] = []

    def hear(self, piece: Piece) -> None:
        self._say(piece.text)
        self._lines = [*self._lines, *piece.text.splitlines()][-_LAST_LINES:]

    def told(self) -> str:
        return "".join(f"\n  {line}" for line in self._lines)


def _stopped(m: Machine, order: Order, until: float, patience: Patience, say: Say) -> None:
    """Stop it, so that its disks are at rest: of a machine that runs AWS vouches for no file.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
    """
    if order.way.windows:
        stay = Script.of(_STAY, order.way.windows, _SHORT)
        _ran(m, order, "taking its own end out of the image", stay, _SHORT, patience, say)
    with explained():
        m.aws.client("ec2").stop_instances(InstanceIds=[m.id])
    while True:
        with explained():
            state, why = look(m.aws, m.id)
        if state == "stopped":
            return
        if state in ("shutting-down", "terminated"):
            raise Refused(f"{m.id} is {state}{why}")
        _wait(until, patience, f"{m.id} is {state}, and should be stopped")


def _imaged(m: Machine, order: Order) -> str:
    """The image's id.

    The name tells all that went in: one that is there and carries our tags is what was asked for
    when the answer was lost. Another's is a mistake.
    """
    ec2 = m.aws.client("ec2")
    try:
        answer = ec2.create_image(
            InstanceId=m.id,
            Name=order.name,
            Description=order.description,
            TagSpecifications=[
                *tag_specifications("image", order.tags),
                *tag_specifications("snapshot", order.tags),
            ],
        )
        return str(answer["ImageId"])
    except Exception as error:
        if code(error) != _NAME_TAKEN:
            raise
        for image in _named(m.aws, order.name):
            if _ours(image, order.tags):
                return str(image["ImageId"])
            what = f"{image['ImageId']} has the name {order.name}"
            raise Refused(f"{what}, and is not this estate's: it stays untouched") from error
        raise


def _named(aws: Aws, name: str) -> Iterator[Mapping[str, Any]]:
    yield from aws.pages(
        "ec2",
        "describe_images",
        "Images",
        Owners=["self"],
        Filters=[{"Name": "name", "Values": [name]}],
        IncludeDeprecated=True,
        IncludeDisabled=True,
    )


def _ours(image: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    found = as_mapping(image.get("Tags"))
    return all(found.get(key) == tags[key] for key in (ESTATE, RESOURCE))


def _state(aws: Aws, image: str) -> tuple[str, str]:
    """Its state, or "" while it does not show, and why it is so, if AWS says."""
    found = aws.pages(
        "ec2",
        "describe_images",
        "Images",
        Owners=["self"],
        Filters=[{"Name": "image-id", "Values": [image]}],
        IncludeDisabled=True,
    )
    for one in found:
        return one["State"], one.get("StateReason", {}).get("Message", "")
    return "", ""


def _tell_how_long(aws: Aws, image: str, seconds: float) -> None:
    """For who asks how long the next one may take; the image is good without it."""
    with suppress(Refused), explained():
        aws.client("ec2").create_tags(Resources=[image], Tags=as_pairs({TOOK: str(round(seconds))}))


def _wait(until: float, patience: Patience, so_far: str) -> None:
    """Wait a little; raises `Refused` once there is no time left, or nobody who wants to wait."""
    if why := patience.stopped():
        raise Refused(f"{so_far}: {why}")
    if patience.now() >= until:
        raise Refused(f"{so_far}: the build's time is over")
    patience.sleep(_LOOKED_EVERY)
