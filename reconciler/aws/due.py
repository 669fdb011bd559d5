"""The end that a machine carries in its user data, so that it comes though nobody is left to ask.

The instance's shutdown must mean its termination.
"""

from __future__ import annotations

# cloud-init runs a boothook at every boot, and so early that the system may not take it yet.
# https://docs.cloud-init.io/en/latest/explanation/format/cloud-boothook.html
_BOOTHOOK = """\
#cloud-boothook
#!/bin/sh
minutes=$((({due} - $(date +%s) + 59) / 60))
[ "$minutes" -gt 0 ] || minutes=0
(until shutdown -h "+$minutes"; do sleep 5; done) </dev/null >/dev/null 2>&1 &
"""
TASK = "ReconcileDue"
# A task of the system's own outlives restarts. Once its time is over it does nothing any more, as
# in an image that was made of the machine.
_TASK = """\
<powershell>
$when = [DateTimeOffset]::FromUnixTimeSeconds({due}).LocalDateTime
$end = New-ScheduledTaskAction -Execute shutdown.exe -Argument '/s /f /t 0'
$once = New-ScheduledTaskTrigger -Once -At $when
Register-ScheduledTask -TaskName {task} -User SYSTEM -RunLevel Highest `
  -Action $end -Trigger $once
{script}</powershell>
"""


def user_data(due: int, windows: bool, script: str = "") -> str:
    """What ends the machine at that time, in seconds since 1970; up to a minute late.

    `script` runs when it boots for the first time, as what its first line says or sh does it, and
    on Windows as PowerShell does.
    """
    if windows:
        return _TASK.format(due=due, task=TASK, script=f"{script.rstrip()}\n" if script else "")
    hook = _BOOTHOOK.format(due=due)
    return _both(hook, script) if script else hook


def _both(hook: str, script: str) -> str:
    """https://docs.cloud-init.io/en/latest/explanation/format/mime-archive.html"""
    from email.mime.multipart import MIMEMultipart
    from email.mime.text import MIMEText

    both = MIMEMultipart()
    named = script if script.startswith("#!") else f"#!/bin/sh\n{script}"
    for kind, text in (("cloud-boothook", hook), ("x-shellscript", named)):
        both.attach(MIMEText(text, kind))
    return both.as_string()
