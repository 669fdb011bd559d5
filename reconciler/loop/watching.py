"""What there is to see of the loop at a moment, for whoever watches it on a terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from reconciler.fleet.offering import Offering, Purchase
from reconciler.loop.done import DOCUMENTS, Launches, Turn, Workers
from reconciler.loop.log import Event as Said
from reconciler.loop.log import Level
from reconciler.report.seen import Event, Lately, Row, Seen

LATELY = 180.0
"""For so many seconds launches are shown: as long as what AWS could not sell is left alone."""
_MOST_EVENTS = 100


class Watching:
    """The passes so far, as far as one still wants to see them.

    What was seen is only ever replaced as a whole, since it is looked at from another thread.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._passes = 0
        self._last = Seen("The first pass is under way")
        self._when: float | None = None
        self._launches: tuple[tuple[float, Launches], ...] = ()
        self._events: tuple[Event, ...] = ()

    def hear(self, turn: Turn) -> None:
        """See a pass that is over."""
        now, done = self._now(), turn.done
        recent = (one for one in self._launches if now - one[0] < LATELY)
        self._launches = (*recent, *((now, one) for one in done.launches))
        self._passes += 1
        estate = turn.documents.declared.estate
        head = f"Estate {estate.name}: pass {self._passes} {done.ending} in {turn.seconds:.1f} s"
        troubles = {DOCUMENTS: turn.trouble} if turn.trouble else {}
        launches = (launch for _, launch in self._launches)
        self._last = Seen(
            head,
            tuple(_rows(done.workers, launches, len(estate.accounts) > 1)),
            tuple(f"{about}: {what}" for about, what in {**troubles, **done.troubles}.items()),
        )
        self._when = now

    def heed(self, said: Said) -> None:
        """See what the log tells, but for each worker: how many came and go is told as well."""
        if said.fields.get("kind") == "Worker":
            return
        loud = said.level is not Level.INFO
        lines = said.message.splitlines() or [""]
        seen = (Event(f"{said.time:%H:%M:%S}", line, loud) for line in lines)
        self._events = (*self._events, *seen)[-_MOST_EVENTS:]

    def look(self) -> Seen:
        """What there is to see now."""
        last, when = self._last, self._when
        ago = "" if when is None else f", {self._now() - when:.0f} s ago"
        return last._replace(head=f"{last.head}{ago}", events=self._events)


def _rows(workers: Iterable[Workers], launches: Iterable[Launches], several: bool) -> Iterator[Row]:
    """The worker types, with what was launched for each; of `several` accounts it is said which."""
    brought: dict[tuple[str, str], dict[Offering, Lately]] = defaultdict(dict)
    for one in launches:
        so_far = brought[one.account, one.worker_type]
        before = so_far.get(one.offering, Lately(_words(one.offering), 0, 0))
        launched, short = before.launched + one.launched, before.short + one.failed
        so_far[one.offering] = before._replace(launched=launched, short=short)
    for type_ in workers:
        name = f"{type_.worker_type} of {type_.account}" if several else type_.worker_type
        counts = (type_.pending, type_.running, type_.booting, type_.leaving)
        yield Row(name, *counts, tuple(brought[type_.account, type_.worker_type].values()))


def _words(offering: Offering) -> str:
    how = "" if offering.purchase is Purchase.SPOT else f" {offering.purchase}"
    return f"{offering.instance_type} {offering.zone}{how}"
