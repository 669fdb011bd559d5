"""Which loop may work on the estate: the one with the lease, under the lock in each pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from reconciler.cli.locks import myself
from reconciler.errors import Locked

if TYPE_CHECKING:
    from reconciler.aws.lease import Lease
    from reconciler.aws.lock import Lock
    from reconciler.aws.session import Accounts, Aws
    from reconciler.loop.clock import Clock
    from reconciler.loop.done import Documents

# Longer than AWS may take to give a lock that was freed a moment ago.
_WAITS = 45.0


@contextmanager
def pass_lock(
    clock: Clock, accounts: Accounts, documents: Documents, loop: str = ""
) -> Iterator[Lock]:
    """The estate's lock for a pass, perhaps one of a loop."""
    from reconciler.aws.lock import Waiting, held

    home, me = accounts.home, myself(accounts, documents.commit, loop)
    waiting = Waiting(_WAITS, clock.now, clock.sleep)
    with held(home, documents.declared.estate.name, me, waiting) as lock:
        yield lock


class Lead:
    """The lease of a loop, which is asked for in its first pass and kept between them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lease: Lease | None = None

    def lost(self) -> str:
        """Why this loop may change nothing, or ""."""
        return self._lease.lost() if self._lease else "the lease was not asked for yet"

    def renew(self) -> None:
        """Renew the lease, if there is one."""
        if self._lease:
            self._lease.renew()

    @contextmanager
    def hold(self, accounts: Accounts, documents: Documents) -> Iterator[Lock]:
        """The lock for a pass; raises `Standby` while another loop has the estate."""
        from reconciler.loop.done import Standby

        self._lease = self._lease or self._wanted(accounts, documents)
        home = accounts.home
        if why := self._lease.others(home):
            raise Standby(why)
        with ExitStack() as stack:
            try:
                held = pass_lock(self._clock, accounts, documents, self._lease.me.id)
                lock = stack.enter_context(held)
            except Locked:
                _free_if_a_loop_s(home, documents.declared.estate.name)
                raise
            yield lock

    def leave(self, tell: Callable[[str], None]) -> None:
        """Let the next loop begin at once."""
        from reconciler.errors import ReconcileError

        try:
            if self._lease:
                self._lease.leave()
        except ReconcileError as error:
            tell(str(error))

    def _wanted(self, accounts: Accounts, documents: Documents) -> Lease:
        from reconciler.aws.lease import Lease

        me = myself(accounts, documents.commit)
        return Lease(documents.declared.estate.name, me, self._clock.now)


def _free_if_a_loop_s(home: Aws, estate: str) -> None:
    """Free the lock if a loop's pass left it: the lease is ours, so that loop is no more.

    One that is cut off from AWS may be at the end of what it had begun when it lost the lease. It
    had a minute and a half until then, and all the time that we have waited.
    """
    from reconciler.aws.lock import free, holder

    there = holder(home, estate)
    if there and there.loop:
        free(home, estate, there.id)
