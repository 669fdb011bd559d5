"""Running a command against the embedded AWS: how it ends, and what it leaves behind: nothing."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from reconciler.sandbox.command import environment

SANDBOX = [
    sys.executable,
    "-c",
    "import sys; from reconciler.sandbox import run; sys.exit(run(sys.argv[1:]))",
]
# Far longer than anything here takes, for whatever never ends.
PATIENCE = 30


def ran(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SANDBOX, *command], capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A command under the sandbox, once it has said `ready`."""
    with subprocess.Popen(
        [*SANDBOX, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def rest_of(process: subprocess.Popen[str]) -> str:
    """What is still said, until the last process that could say something has ended."""
    return process.communicate(timeout=PATIENCE)[0]


@pytest.mark.parametrize("status", [0, 7])
def test_the_exit_status_is_passed_on(status: int) -> None:
    result = ran("sh", "-c", f"echo out; echo err >&2; exit {status}")
    assert (result.returncode, result.stdout, result.stderr) == (status, "out\n", "err\n")


def test_a_command_ended_by_a_signal_is_told_as_shells_do() -> None:
    assert ran("sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


def test_a_command_that_is_not_there_is_told_in_one_line() -> None:
    result = ran("no-such-command")
    assert result.returncode == 127
    assert result.stderr == "no-such-command: No such file or directory\n"


def test_a_command_that_cannot_be_run_is_told_in_one_line() -> None:
    result = ran(os.devnull)
    assert result.returncode == 126
    assert result.stderr == f"{os.devnull}: Permission denied\n"


def test_a_command_reaches_the_sandbox_with_nothing_but_its_environment() -> None:
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    result = ran(sys.executable, "-c", script)
    assert (result.stdout, result.stderr) == ("123456789012\n", "")


def test_a_process_in_the_background_is_ended() -> None:
    result = ran("sh", "-c", "sleep 600 & echo done")
    # It would hold standard output open, and this would wait for it.
    assert (result.returncode, result.stdout) == (0, "done\n")


# Waits for a signal and tells; a shell could miss one that comes before it sleeps.
HEARS = """
import signal, sys
number = int(sys.argv[1])
signal.pthread_sigmask(signal.SIG_BLOCK, {number})
print("ready", flush=True)
signal.sigwait({number})
print("heard it")
sys.exit(5)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_passed_on(number: signal.Signals) -> None:
    with running(sys.executable, "-c", HEARS, str(int(number))) as process:
        process.send_signal(number)
        assert rest_of(process) == "heard it\n"
        assert process.returncode == 5


def test_a_command_may_pass_over_a_signal() -> None:
    script = "trap '' TERM; echo ready; read line; echo $line"
    with running("sh", "-c", script) as process:
        process.send_signal(signal.SIGTERM)
        assert process.communicate("still here\n", timeout=PATIENCE)[0] == "still here\n"
        assert process.returncode == 0


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    script = "kill -HUP $PPID; kill -HUP $$; echo still here"
    line = f"trap '' HUP; {quoted(script)}"
    result = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert result.stdout == "still here\n"


def test_nothing_is_left_when_the_sandbox_is_killed() -> None:
    script = "trap '' HUP TERM; sleep 600 & echo ready; sleep 600"
    with running("sh", "-c", script) as process:
        process.kill()
        assert rest_of(process) == ""


@contextmanager
def terminal(*command: str) -> Iterator[int]:
    """A new terminal with a command as the leader of its session: what to read and write."""
    pid, screen = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    try:
        yield screen
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(screen)


def seen(screen: int, awaited: str) -> None:
    """Waits until the terminal shows it."""
    shown = ""
    while awaited not in shown:
        assert select.select([screen], [], [], PATIENCE)[0], f"only saw {shown!r}"
        shown += os.read(screen, 1024).decode()


def test_a_command_can_read_from_the_terminal() -> None:
    with terminal(*SANDBOX, "sh", "-c", "echo ready; read line; echo got $line") as screen:
        seen(screen, "ready")
        os.write(screen, b"hello\n")
        seen(screen, "got hello")


def test_control_c_ends_the_command_and_the_sandbox_tells() -> None:
    script = quoted("echo ready; exec sleep 600")
    with terminal("/bin/sh", "-c", f'{script}; echo "status $?"') as screen:
        seen(screen, "ready")
        os.write(screen, b"\x03")
        seen(screen, f"status {128 + signal.SIGINT}")


BASH = shutil.which("bash")


@pytest.mark.skipif(BASH is None, reason="needs a shell with job control for scripts")
def test_control_z_stops_the_sandbox_with_the_command_and_both_go_on() -> None:
    script = "echo ready; read line; echo got $line"
    assert BASH
    job = f'set -m; {quoted(script)}; echo "status $?"; fg; echo "then $?"'
    with terminal(BASH, "-c", job) as screen:
        seen(screen, "ready")
        os.write(screen, b"\x1a")
        seen(screen, f"status {128 + signal.SIGTSTP}")
        os.write(screen, b"hello\n")
        seen(screen, "got hello\r\nthen 0")


def quoted(script: str) -> str:
    """The sandbox running a script, as a line for a shell."""
    return shlex.join([*SANDBOX, "sh", "-c", script])


ENDPOINT = "http://127.0.0.1:1"


def of(**base: str) -> Mapping[str, str]:
    return environment(base, ENDPOINT)


def test_the_environment_leads_to_the_sandbox() -> None:
    made = of(PATH="/bin")
    assert made["AWS_ENDPOINT_URL"] == ENDPOINT
    assert made["AWS_REGION"] == made["AWS_DEFAULT_REGION"] == "us-east-1"
    assert made["AWS_EC2_METADATA_DISABLED"] == "true"
    assert made["AWS_CONFIG_FILE"] == made["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert made["PATH"] == "/bin"


@pytest.mark.parametrize(
    "name",
    [
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL_S3",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_USE_FIPS_ENDPOINT",
    ],
)
def test_nothing_of_the_user_s_account_is_left_in_the_environment(name: str) -> None:
    assert name not in of(**{name: "true"})


def test_the_user_s_credentials_are_replaced() -> None:
    made = of(AWS_ACCESS_KEY_ID="AKIAREAL", AWS_SECRET_ACCESS_KEY="real")
    assert made["AWS_ACCESS_KEY_ID"] == made["AWS_SECRET_ACCESS_KEY"] == "sandbox"


def test_the_user_s_region_is_kept_and_told_in_both_words() -> None:
    assert of(AWS_REGION="eu-west-1")["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert of(AWS_DEFAULT_REGION="eu-west-1")["AWS_REGION"] == "eu-west-1"
    both = of(AWS_REGION="eu-west-1", AWS_DEFAULT_REGION="eu-west-2")
    assert (both["AWS_REGION"], both["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-2")


def test_the_sandbox_is_reached_past_any_proxy() -> None:
    assert of()["no_proxy"] == of()["NO_PROXY"] == "127.0.0.1"
    assert of(NO_PROXY="home.example")["no_proxy"] == "home.example,127.0.0.1"


def test_what_is_missing_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.sandbox import SandboxMissing, serving

    # All others stay: whoever imported them again would have errors of another class.
    monkeypatch.delitem(sys.modules, "reconciler.sandbox.http", raising=False)
    monkeypatch.setitem(sys.modules, "moto.moto_server.werkzeug_app", None)
    with pytest.raises(SandboxMissing, match=r"pip install 'reconcile\[sandbox\]'"), serving():
        pass
