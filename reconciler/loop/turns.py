"""One turn of the loop: the newest good documents, a pass, and everybody told; nothing ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.derive.memory import Memory
from reconciler.errors import Locked, ReconcileError
from reconciler.loop.done import PASS, Documents, Done, Ending, Standby, Stopped, Turn
from reconciler.loop.kept import Kept
from reconciler.loop.unforeseen import unforeseen

Pass = Callable[[Documents, Memory], tuple[Done, Memory]]
"""From what is declared and what was remembered to what was done; it may raise."""


class Turns:
    """The passes so far, as far as the next one needs to know of them."""

    def __init__(
        self,
        kept: Kept,
        do: Pass,
        hear: Sequence[Callable[[Turn], None]],
        now: Callable[[], float],
    ) -> None:
        self._kept, self._do, self._hear, self._now = kept, do, hear, now
        self._memory = Memory()

    def turn(self) -> Ending:
        """One pass, whatever comes of it; `ReconcileError` tells that there are no documents."""
        begun = self._now()
        documents = self._kept.newest()
        done, self._memory = survived(self._do, documents, self._memory)
        turn = Turn(documents, done, self._now() - begun, self._kept.trouble)
        for hears in self._hear:
            hears(turn)
        return done.ending


def survived(do: Pass, documents: Documents, memory: Memory) -> tuple[Done, Memory]:
    """What a pass did, or why it did nothing; then what was remembered stays."""
    try:
        return do(documents, memory)
    except Stopped:
        return Done(Ending.STOPPED), memory
    except Standby as other:
        return Done(Ending.STANDBY, troubles={PASS: str(other)}), memory
    except Locked as locked:
        return Done(Ending.LOCKED, troubles={PASS: str(locked)}), memory
    except ReconcileError as error:
        return Done(Ending.FAILED, troubles={PASS: str(error)}), memory
    except Exception as error:
        return Done(Ending.FAILED, troubles={PASS: unforeseen(error)}), memory
