"""The lease of the one loop that an estate has: a claim that its loop renews, or else loses.

Who wants it looks whether the claim changes, by his own clock alone: clocks of hosts may differ.
Changes are made under the estate's lock beside, so the worst that a lease in two hands could do
is that two loops take turns until one of them notices.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.aws.claim import Claim, Holder, parsed
from reconciler.aws.session import Aws
from reconciler.errors import ReconcileError

EVERY = 20.0
"""So many seconds lie between two renewals."""
DOUBTED = 60.0
"""After so many without a renewal the holder takes it for lost."""
DEAD = 90.0
"""After so many without a change anybody takes the holder for dead."""


class Lease:
    """One loop's lease: had, lost, or somebody else's."""

    def __init__(self, estate: str, me: Holder, now: Callable[[], float]) -> None:
        """`now` is a clock that never goes back."""
        self.me = me
        self._estate, self._now = estate, now
        self._claim: Claim | None = None
        self._renewed: float | None = None
        self._renewals = 0
        self._why = ""
        self._seen: tuple[str | None, float] = (None, 0.0)
        # Renewals go on in a thread of their own.
        self._one_at_a_time = threading.Lock()

    def lost(self) -> str:
        """Why it is not ours, or "" while it is; asks no AWS."""
        renewed = self._renewed
        if renewed is not None and self._now() - renewed < DOUBTED:
            return ""
        return f"the lease of estate {self._estate}'s loop is not ours: {self._why}"

    def others(self, aws: Aws) -> str:
        """Why it is not ours, after it was tried for where it was not, or "" when it is."""
        with self._one_at_a_time:
            self._claim = claim(aws, self._estate)
            if not self.lost():
                return ""
            self._renewed = None
            begun = self._now()
            self._why = self._tried(self._claim, begun)
            if not self._why:
                self._renewed, self._why = begun, "it could not be renewed in time"
                return ""
            return self._why

    def _tried(self, claim: Claim, begun: float) -> str:
        """Why it can't be had yet, or "" where AWS shows that it is ours.

        What is taken from the dead counts as ours only when the next look still shows that:
        somebody else may have done the same in this moment.
        """
        text = claim.text()
        if text is None and claim.create(self.me):
            text = claim.text()
        there = claim.named(text)
        if there is None:
            return "AWS gives nobody that lease at the moment"
        if there.id == self.me.id:
            return ""
        if text != self._seen[0]:
            self._seen = (text, begun)
        elif begun - self._seen[1] >= DEAD:
            claim.write(self.me, self._renewals)
            return f"it is being taken over from {there.told}, who let {DEAD:g} s go by"
        return (
            f"{there.told} has it, and is followed when it ends or is not heard of for {DEAD:g} s"
        )

    def renew(self) -> None:
        """Renew it where it is ours. Where that fails, `lost` will know."""
        with self._one_at_a_time:
            if self._claim is None or self._renewed is None:
                return
            begun = self._now()
            try:
                there = self._claim.holder()
                if there is None or there.id != self.me.id:
                    self._renewed = None
                    self._why = f"it went to {there.told}" if there else "somebody took it away"
                    return
                self._renewals += 1
                self._claim.write(self.me, self._renewals)
                self._renewed = begun
            except Exception as error:
                # Whatever it is, the next try may work, and `lost` counts the seconds.
                told = error if isinstance(error, ReconcileError) else type(error).__name__
                self._why = f"it could not be renewed in time: {told}"

    def leave(self) -> None:
        """Give it back, where it is ours."""
        with self._one_at_a_time:
            self._renewed, self._why = None, "it was given back"
            there = parsed(self._claim.text()) if self._claim else None
            if self._claim and there and there.id == self.me.id:
                self._claim.delete(f"; the next loop takes it over after {DEAD:g} s")


def claim(aws: Aws, estate: str) -> Claim:
    return Claim(aws, estate, "loop", f"the lease of estate {estate}'s loop")


@contextmanager
def renewing(renew: Callable[[], None], every: float = EVERY) -> Iterator[None]:
    """Renew in the background for as long as the block runs."""
    over = threading.Event()

    def again() -> None:
        while not over.wait(every):
            renew()

    thread = threading.Thread(target=again, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
