"""Runs a command against the embedded AWS and leaves nothing of it behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType, MappingProxyType

from reconciler.sandbox.group import ending_group
from reconciler.sandbox.server import serving
from reconciler.sandbox.terminal import Terminal

NOT_FOUND = 127
NOT_EXECUTABLE = 126
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Settings of the user's that change how a client behaves, and not what it reaches.
_HARMLESS = {
    "AWS_DEFAULT_OUTPUT",
    "AWS_MAX_ATTEMPTS",
    "AWS_PAGER",
    "AWS_RETRY_MODE",
}


def run(
    command: Sequence[str],
    weather: str = "fair",
    seed: int = 0,
    scarce: Mapping[tuple[str, str, str], int] = MappingProxyType({}),
    boot: float = 0.0,
    agent: bool = False,
) -> int:
    """Run `command` with AWS being the sandbox, and give its exit status as a shell would.

    `scarce` and `boot` are as `Sandbox` has them, and `agent` is as `serving` has it.
    """
    with (
        serving(weather, seed, time.monotonic, agent) as aws,
        ending_group() as group,
        Terminal(group) as terminal,
        _signals_for(group) as pass_on,
    ):
        aws.scarce(scarce)
        aws.boot(boot)
        try:
            process = subprocess.Popen(
                command, env=environment(os.environ, aws.endpoint), process_group=group
            )
        except OSError as error:
            print(f"{command[0]}: {error.strerror}", file=sys.stderr)
            return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        pass_on()
        return _status(terminal.wait(process))


def environment(base: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """The environment in which any AWS client reaches the sandbox and nothing else.

    https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
    """
    kept = {
        name: value
        for name, value in base.items()
        if not name.startswith("AWS_") or name in _HARMLESS
    }
    one, other = base.get("AWS_REGION"), base.get("AWS_DEFAULT_REGION")
    return {
        **kept,
        "AWS_REGION": one or other or "us-east-1",
        "AWS_DEFAULT_REGION": other or one or "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **_past_proxies(base),
    }


def _past_proxies(base: Mapping[str, str]) -> dict[str, str]:
    """A proxy could not reach our loopback; some clients read one spelling, some the other."""
    spared = base.get("no_proxy") or base.get("NO_PROXY")
    hosts = f"{spared},127.0.0.1" if spared else "127.0.0.1"
    return {"no_proxy": hosts, "NO_PROXY": hosts}


@contextmanager
def _signals_for(group: int) -> Iterator[Callable[[], None]]:
    """Signals to this process wait until the function that this gives is called, and pass then.

    Before that there is no command yet that could get them.
    """
    early: list[int] | None = []

    def receive(number: int, _: FrameType | None) -> None:
        if early is None:
            os.killpg(group, number)
        else:
            early.append(number)

    def pass_on() -> None:
        nonlocal early
        waiting, early = early, None
        for number in waiting or ():
            os.killpg(group, number)

    # What is ignored, as nohup has it, stays ignored, for the command too.
    heard = [number for number in _PASSED_ON if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, receive) for number in heard}
    try:
        yield pass_on
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _status(code: int) -> int:
    """As shells tell it: 128 and the signal's number for what a signal ended."""
    return 128 - code if code < 0 else code
