"""User data: what of it runs on a machine, at which boot, and what it may ask for."""

from __future__ import annotations

import gzip
import os
from base64 import b64encode
from collections.abc import Callable
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto.core.types import Base64EncodedString

from reconciler.sandbox.agent.user_data import Part, parts
from tests.sandbox.machines import Machines, ends

HOOK = "#cloud-boothook\n#!/bin/sh\n"
SCRIPT = "#!/bin/sh\n"
# Asked for in the background, as the system may not take it so early.
IN_AN_HOUR = "(until shutdown -h +60; do sleep 5; done) </dev/null >/dev/null 2>&1 &\n"


def message(*several: tuple[str, str]) -> bytes:
    whole = MIMEMultipart()
    for kind, text in several:
        whole.attach(MIMEText(text, kind))
    return whole.as_bytes()


def booted(machines: Machines, text: str | bytes, **more: Any) -> str:
    """A machine whose user data has been run."""
    (id_,) = machines.launch(UserData=text, **more)
    machines.sandbox.agent.settle()
    return id_


def home(machines: Machines, id_: str) -> Path:
    return machines.sandbox.agent.folder(id_) / "disk" / "home"


def boots(machines: Machines, id_: str) -> list[str]:
    machines.sandbox.agent.settle()
    return (home(machines, id_) / "boots").read_text().split()


def by_agent(machines: Machines, id_: str) -> None:
    machines.ran(id_, "test -e $HOME/again && exit 0", "touch $HOME/again", "exit 194")


def by_script(machines: Machines, id_: str) -> None:
    machines.ran(id_, "shutdown -r now")


def by_call(machines: Machines, id_: str) -> None:
    machines.ec2.reboot_instances(InstanceIds=[id_])


def by_stop_and_start(machines: Machines, id_: str) -> None:
    machines.ec2.stop_instances(InstanceIds=[id_])
    machines.ec2.start_instances(InstanceIds=[id_])


REBOOTS = (by_agent, by_script, by_call, by_stop_and_start)


@pytest.mark.parametrize("reboot", REBOOTS)
def test_boothooks_run_at_every_boot_and_scripts_at_the_first(
    machines: Machines, reboot: Callable[[Machines, str], None]
) -> None:
    text = message(
        ("x-shellscript", f"{SCRIPT}echo script >> $HOME/boots"),
        ("cloud-config", "runcmd: [echo config >> $HOME/boots]"),
        ("cloud-boothook", f"{HOOK}echo hook >> $HOME/boots"),
    )
    id_ = booted(machines, gzip.compress(text))
    assert boots(machines, id_) == ["hook", "script"]
    reboot(machines, id_)
    machines.pings()
    assert boots(machines, id_) == ["hook", "script", "hook"]


@pytest.mark.parametrize(("behaviour", "end"), [("terminate", "terminated"), ("stop", "stopped")])
def test_a_machine_ends_itself_when_nobody_is_left(
    machines: Machines, behaviour: str, end: str
) -> None:
    id_ = booted(machines, HOOK + IN_AN_HOUR, behaviour=behaviour)
    machines.sandbox.turn(3599)
    assert machines.state(id_)[0] == "running"
    machines.sandbox.turn(1)
    assert machines.state(id_) == (end, "Client.InstanceInitiatedShutdown")


@pytest.mark.parametrize("reboot", REBOOTS)
def test_a_reboot_forgets_a_shutdown_and_a_boothook_asks_again(
    machines: Machines, reboot: Callable[[Machines, str], None]
) -> None:
    once = booted(machines, SCRIPT + IN_AN_HOUR)
    always = booted(machines, HOOK + IN_AN_HOUR)
    machines.sandbox.turn(1800)
    for id_ in (once, always):
        reboot(machines, id_)
    machines.pings()
    machines.sandbox.agent.settle()
    machines.sandbox.turn(1801)
    assert machines.state(always)[0] == "running"
    machines.sandbox.turn(1801)
    assert [machines.state(id_)[0] for id_ in (once, always)] == ["running", "terminated"]


def test_it_runs_once_the_machine_does(machines: Machines) -> None:
    machines.sandbox.boot(10)
    (id_,) = machines.launch(UserData=f"{SCRIPT}echo x > $HOME/boots")
    (never,) = machines.launch(UserData=f"{SCRIPT}echo x > $HOME/boots")
    machines.sandbox.hold_boot(never)
    machines.sandbox.turn(9)
    machines.pings()
    assert not machines.sandbox.agent.folder(id_).exists()
    machines.sandbox.turn(1)
    machines.pings()
    assert boots(machines, id_) == ["x"]
    assert not machines.sandbox.agent.folder(never).exists()


def test_nobody_waits_for_it_and_it_ends_with_its_machine(
    machines: Machines, pid: Callable[[], int], tmp_path: Path
) -> None:
    (id_,) = machines.launch(
        UserData=f"{SCRIPT}echo hello; echo $$ > {tmp_path / 'pid'}; sleep 300"
    )
    process = pid()
    assert machines.pings() == {id_: "Online"}
    log = machines.sandbox.agent.folder(id_) / "cloud-init-output.log"
    assert log.read_text() == "hello\n"
    machines.ec2.terminate_instances(InstanceIds=[id_])
    assert ends(process)
    assert not log.exists()


def test_what_can_t_be_run_is_told_in_the_log(machines: Machines) -> None:
    text = message(("cloud-boothook", HOOK.replace("sh", "nowhere")), ("x-shellscript", "#!\n"))
    log = machines.sandbox.agent.folder(booted(machines, text)) / "cloud-init-output.log"
    assert "failed to run user data" in log.read_text()


def test_a_machine_tells_aws_s_time(machines: Machines) -> None:
    machines.sandbox.turn(1_000_000)
    (id_,) = machines.launch()
    told = int(machines.ran(id_, "date +%s")["StandardOutputContent"])
    assert abs(told - machines.sandbox.now()) <= 2
    asked = machines.ran(id_, "date -u -d @5 +%s")
    assert asked["StandardOutputContent"] == "5\n"


def test_on_windows_powershell_runs_where_it_is_installed(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    windows = machines.ec2.describe_images(
        Owners=["amazon"], Filters=[{"Name": "platform", "Values": ["windows"]}]
    )["Images"][0]
    assert windows["PlatformDetails"] == "Windows"
    machines.image = windows["ImageId"]
    text = "<powershell>\nGet-Date\n</powershell>"
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    without = machines.sandbox.agent.folder(booted(machines, text))
    pwsh = tmp_path / "pwsh"
    pwsh.write_text('#!/bin/sh\ncat "$2"\n')
    pwsh.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert os.listdir(without / "disk") == ["home"]
    log = machines.sandbox.agent.folder(booted(machines, text)) / "cloud-init-output.log"
    assert log.read_text().strip() == "Get-Date"


def instance(text: bytes, platform: str = "") -> Any:
    return SimpleNamespace(
        user_data=Base64EncodedString(b64encode(text).decode()), platform=platform
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", []),
        (b"#cloud-config\nruncmd: []", []),
        (b"just words", []),
        (b"#!/bin/sh\ntrue", [Part(b"#!/bin/sh\ntrue", False)]),
        (b"#cloud-boothook\r\n#!/bin/sh\r\ntrue", [Part(b"#!/bin/sh\ntrue\n", True)]),
        (message(("plain", "#!/bin/sh\n")), [Part(b"#!/bin/sh\n", False)]),
        (message(("plain", "words"), ("x-include-url", "#!/bin/sh\n")), []),
        (message(("cloud-boothook", "#!/bin/sh\ntrue")), [Part(b"#!/bin/sh\ntrue\n", True)]),
        (b"MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n#!", [Part(b"#!", False)]),
        (b"<powershell>Get-Date</powershell>", []),
    ],
)
def test_of_user_data_on_linux_these_are_run(text: bytes, found: list[Part]) -> None:
    assert parts(instance(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"#!/bin/sh", []),
        (b"<powershell>Get-Date</powershell>", [Part(b"Get-Date", False)]),
        (b"<persist>true</persist><powershell>a</powershell>", [Part(b"a", True)]),
    ],
)
def test_of_user_data_on_windows_these_are_run(text: bytes, found: list[Part]) -> None:
    assert parts(instance(text, "windows")) == found
