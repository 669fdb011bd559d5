"""The commands: each a short walk through load, observe, diff, plan, guard, apply and report."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from inspect import cleandoc
from typing import NoReturn

import typer

from reconciler.cli.app import LOCKED, STALE, app, fail
from reconciler.errors import Locked, ReconcileError, Stale

__all__ = ["commands", "main"]

_COMMANDS = {
    "init": "init",
    "validate": "documents",
    "plan": "plans",
    "apply": "plans",
    "run": "run",
    "why": "why",
    "drift": "drift",
    "status": "plans",
    "log": "log",
    "ssh": "ssh",
    "exec": "exec",
    "import": "adopt",
    "convert": "convert",
    "forget": "forget",
    "destroy": "plans",
    "terminate": "terminate",
    "purge": "purge",
    "unlock": "locks",
    "diff": "looking",
    "render": "looking",
    "graph": "looking",
    "schema": "documents",
    "permissions": "permissions",
    "sandbox": "sandbox",
    "keys": "keys",
    "ssm": "ssm",
}
"""The module of each command, as the help lists them: what is needed first and daily, then what is
seldom."""


def commands(asked: Sequence[str] = ()) -> None:
    """Have the command that is asked for in `app`, or, for help and mistakes, all of them.

    To import and make those that nobody asked for took a sixteenth of a plan of nothing.
    """
    wanted = {_COMMANDS[word] for word in asked[:1] if word in _COMMANDS}
    for module in wanted or dict.fromkeys(_COMMANDS.values()):
        import_module(f"reconciler.cli.{module}")
    order = [*_COMMANDS]
    app.registered_commands.sort(
        key=lambda one: order.index(str(one.name or getattr(one.callback, "__name__", "")))
    )
    for group in (app, *(one.typer_instance for one in app.registered_groups)):
        for one in group.registered_commands if group else ():
            one.help = _flowing(cleandoc(getattr(one.callback, "__doc__", "") or ""))


def _flowing(text: str) -> str:
    """Paragraphs that a terminal may wrap as it is wide; typer would keep the code's own lines."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


YOUNG = 1_000_000
"""So many new things there may be before Python looks for garbage among them.

A pass over a big fleet makes some 300,000 things, which stay until it ends: there is nothing to be
found among them. With Python's own number, 700, all that there is was looked through four times
meanwhile, which was a quarter of the pass.
"""


def main() -> NoReturn:
    """What the command `reconcile` runs."""
    gc.set_threshold(YOUNG)
    # What there is at the end goes with the process: Python would look through all of it for
    # garbage first, which was an eighth of a plan of nothing.
    atexit.register(gc.freeze)
    # To look for plug-ins of pydantic's, all that is installed is looked through, and none is used.
    # https://docs.pydantic.dev/latest/concepts/plugins/
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Where a sign of ours can't be written, its number is.
            stream.reconfigure(errors="backslashreplace")
    commands(sys.argv[1:])
    try:
        sys.exit(app(standalone_mode=False))
    except Locked as locked:
        fail(str(locked), LOCKED)
    except Stale as stale:
        fail(str(stale), STALE)
    except ReconcileError as error:
        fail(str(error))
    except typer.TyperException as error:
        # Typer's own status for this is 2, which would tell a pipeline that there are changes.
        fail(f"{error.format_message()} (`reconcile --help` tells more)")
    except typer.Abort:
        fail("\nnothing was changed: no answer came, and --yes goes on without one")
    except Exception as error:
        from reconciler.loop.unforeseen import unforeseen

        # A traceback shows the error's text, and that may be what AWS was sent.
        fail(f"{unforeseen(error)}: a mistake of this program's, or no answer of AWS's; report it")
