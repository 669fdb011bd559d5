"""Keeps on a terminal what there is to see of the loop, until it ends."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.live import Live

from reconciler.report.seen import Seen

_EVERY = 0.25
# A terminal that is gone, or can't write our letters, shows nothing; the fleet needs its loop.
_UNSEEN = (OSError, UnicodeError)


@contextmanager
def watched(look: Callable[[], Seen]) -> Iterator[None]:
    """Show on stdout, a terminal, what there is to see as long as the block runs.

    What is shown last stays. What else is printed there meanwhile is shown above.
    """
    console = Console(file=sys.stdout, highlight=False)
    live = Live(
        console=console,
        auto_refresh=False,
        # What goes elsewhere goes there as it is.
        redirect_stderr=sys.stderr.isatty(),
        get_renderable=look,
    )
    ended = threading.Event()
    thread = threading.Thread(target=_drawn, args=(live, ended), daemon=True)
    with suppress(*_UNSEEN):
        live.start()
        # Who is killed can't bring the cursor back.
        console.show_cursor(True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(*_UNSEEN):
            live.stop()


def _drawn(live: Live, ended: threading.Event) -> None:
    with suppress(*_UNSEEN):
        while not ended.wait(_EVERY):
            live.refresh()
