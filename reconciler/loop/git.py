"""Asks git for what may take long or ask back: it gets no terminal, and no endless time."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from reconciler.errors import ReconcileError
from reconciler.fields.wording import without_passwords

_PATIENCE = 60.0
# Nothing of git's own goes on in the background once it has answered.
_SETTINGS = ("-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false")


def git(folder: Path, *arguments: str) -> str:
    """What git says in a folder; raises `ReconcileError` with its words where it fails."""
    command = ["git", "-C", str(folder), *_SETTINGS, *arguments]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="backslashreplace",
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            # Without a terminal ssh can't ask there for a password, and Ctrl-C is for us alone.
            start_new_session=True,
        )
    except OSError as error:
        raise ReconcileError(f"git can't be run: {error.strerror}") from None
    with process:
        out, err = _ended(process, arguments[0])
    if process.returncode:
        why = without_passwords(" ".join(err.split())) or f"it ended with {process.returncode}"
        raise ReconcileError(f"git {arguments[0]}: {why}")
    return out.strip()


def _ended(process: subprocess.Popen[str], what: str) -> tuple[str, str]:
    try:
        return process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        # Its children too: they hold the other end of what we read.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise ReconcileError(f"git {what}: no answer within {_PATIENCE:g} s") from None
