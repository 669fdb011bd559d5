"""Tells the log what each pass did, and what is wrong once: when it comes, changes and is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.loop.done import DOCUMENTS, PASS, Done, Ending, Turn
from reconciler.loop.log import Level, Log
from reconciler.model import Outcome, Result
from reconciler.report.words import place

QUIET = 600.0
"""To people, passes that did nothing are told of after so many seconds, as one."""

_LOUD = {Ending.REFUSED: Level.ERROR, Ending.FAILED: Level.ERROR}


class Telling:
    """What was told so far, as far as it need not be told again."""

    def __init__(self, log: Log, now: Callable[[], float]) -> None:
        self._log, self._now = log, now
        self._commit = ""
        self._troubles: dict[str, str] = {}
        self._fleets_told: frozenset[str] = frozenset()
        self._last: tuple[Ending | None, float] = (None, 0.0)

    def hear(self, turn: Turn) -> None:
        """Tell of a pass."""
        self._documents(turn)
        for outcome in turn.done.outcomes:
            if outcome.result is Result.DONE:
                self._changed(outcome, turn)
        if turn.done.outcomes:
            self._fleets(turn.done)
        self._wrong(turn)
        if self._worth_a_line(turn.done):
            self._summary(turn)

    def _documents(self, turn: Turn) -> None:
        commit = turn.documents.commit
        if commit and commit != self._commit:
            self._commit = commit
            self._log.say(Level.INFO, DOCUMENTS, f"the documents of commit {commit}")

    def _changed(self, outcome: Outcome, turn: Turn) -> None:
        change = outcome.change
        where = place(change, turn.documents.declared.estate)
        self._log.say(
            Level.INFO,
            "change",
            f"{change.action} {change.key} ({where}): {outcome.why or change.reason or 'done'}",
            action=change.action,
            kind=change.key.kind,
            name=change.key.name,
            account=change.key.scope.account,
            region=change.key.scope.region,
        )

    def _fleets(self, done: Done) -> None:
        """Why a fleet was changed: what was decided for it."""
        troubles = {f"{about}: {what}" for about, what in done.troubles.items()}
        for line in done.fleets:
            if line not in self._fleets_told | troubles:
                self._log.say(Level.INFO, "fleet", line)
        self._fleets_told = frozenset(done.fleets)

    def _wrong(self, turn: Turn) -> None:
        stays = f"the last good ones stay in force: {turn.trouble}"
        troubles = {DOCUMENTS: stays} if turn.trouble else {}
        troubles |= turn.done.troubles
        if not turn.done.knows:
            # What was wrong with what this pass did not come to is wrong still.
            others = {k: v for k, v in self._troubles.items() if k not in (DOCUMENTS, PASS)}
            troubles = others | troubles
        level = _LOUD.get(turn.done.ending, Level.WARNING)
        for about, what in troubles.items():
            if self._troubles.get(about) != what:
                self._log.say(level, "trouble", f"{about}: {what}", about=about)
        for about in self._troubles:
            if about not in troubles:
                self._log.say(Level.INFO, "over", f"over: {about}", about=about)
        self._troubles = troubles

    def _worth_a_line(self, done: Done) -> bool:
        ending, when = self._last
        did = any(outcome.result is Result.DONE for outcome in done.outcomes)
        news = did or done.ending is not ending or self._now() - when >= QUIET
        return news or self._log.as_json

    def _summary(self, turn: Turn) -> None:
        done = turn.done
        self._last = (done.ending, self._now())
        counts = _counts(done)
        told = ", ".join(f"{n} {word}" for word, n in counts.items() if n)
        self._log.say(
            _LOUD.get(done.ending, Level.INFO),
            PASS,
            f"pass {done.ending}{f': {told}' if told else ''} ({turn.seconds:.1f} s)",
            ending=done.ending,
            seconds=round(turn.seconds, 3),
            commit=turn.documents.commit,
            **counts,
        )


def _counts(done: Done) -> Mapping[str, int]:
    results = [outcome.result for outcome in done.outcomes]
    return {**{one.value: results.count(one) for one in Result}, "unchanged": done.unchanged}
