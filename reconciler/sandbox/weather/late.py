"""What was made shows late, and what was deleted or changed shows still as it was.

How late is settled for each resource when it is made or ended, and then for each operation that
could show it. Once an operation has shown the new it stays with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from reconciler.sandbox.call import Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.weather.events import Event, Thing, of_arn, things
from reconciler.sandbox.weather.sky import Moment
from reconciler.sandbox.weather.sorts import SORTS, Sort, is_new
from reconciler.sandbox.wire import Answer, Parameters

_READING = ("Describe", "Get", "List")
_TAGGING = "resourcegroupstaggingapi"


Entry = dict[str, Any]
Telling = Callable[[Entry], list[Thing]]
"""What an entry of a listing tells of."""


class Late:
    def __init__(self) -> None:
        self._made: dict[Thing, Event] = {}
        self._ended: dict[Thing, Event] = {}
        self._changed: dict[Thing, Event] = {}
        self._shown: dict[tuple[Thing, str], Any] = {}
        """What an operation last told of a thing: an entry of a listing, or a whole answer."""

    def __call__(self, moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
        call = moment.call
        if call.service == _TAGGING:
            return self._tags(moment, parameters, onward)
        for sort in SORTS:
            if sort.service == call.service:
                self._refuse(sort, moment, parameters)
        try:
            answer = onward(parameters)
        except AwsError as error:
            return self._remembered(moment, parameters, error)
        for sort in SORTS:
            if sort.service == call.service:
                self._note(sort, moment, parameters, answer)
                if sort.listed.get(call.operation) in answer:
                    self._list(sort, moment, parameters, answer)
        return answer

    def _refuse(self, sort: Sort, moment: Moment, parameters: Parameters) -> None:
        """A call that names what is not known yet."""
        call = moment.call
        changes = not call.operation.startswith(_READING)
        if call.operation in sort.made or (changes and sort.only_reading):
            return
        for thing in things(sort, call, sort.named_in(call, parameters)):
            made = self._made.get(thing)
            if made and not made.is_known(call.operation, moment.clock):
                raise sort.refused(thing.id, parameters)

    def _remembered(self, moment: Moment, parameters: Parameters, error: AwsError) -> Answer:
        """What is not there any more may be told as it was."""
        call = moment.call
        for sort in SORTS:
            if sort.service == call.service and error.code == sort.refusal[0]:
                for thing in things(sort, call, sort.named_in(call, parameters)):
                    ended, shown = self._ended.get(thing), self._shown.get((thing, call.operation))
                    if ended and shown and not ended.is_known(call.operation, moment.clock):
                        return dict(deepcopy(shown))
        raise error

    def _note(self, sort: Sort, moment: Moment, parameters: Parameters, answer: Answer) -> None:
        """What this call has made, ended, changed or told."""
        call, named = moment.call, sort.named_in(moment.call, parameters)
        event = Event(moment.clock.now(), moment.luck)
        if call.operation in sort.made and is_new(sort, answer):
            ids = sort.ids_in(parameters, answer) | sort.unsaid(call, answer)
            made = things(sort, call, ids)
            events = event.each(len(made)) if sort.within else [event] * len(made)
            for thing, one in zip(made, events, strict=True):
                # Several may be told again of who comes again with the same token.
                if not (sort.within and thing in self._made):
                    self._made[thing] = self._changed[thing] = one
                    self._ended.pop(thing, None)
        elif call.operation in sort.ended:
            for thing in things(sort, call, sort.ids_in(parameters)):
                self._ended[thing] = event
                self._made.pop(thing, None)
        elif call.operation.startswith(_READING):
            if call.operation not in sort.listed:
                self._keep(things(sort, call, named), call.operation, answer)
        else:
            for thing in things(sort, call, named | sort.ids_in(parameters)):
                self._changed[thing] = event

    def _list(self, sort: Sort, moment: Moment, parameters: Parameters, answer: Answer) -> None:
        """Without what is not known yet, and with what is not known to have ended."""
        key = sort.listed[moment.call.operation]
        answer[key] = self._seen(
            moment,
            sort.apart(answer[key]),
            lambda entry: things(sort, moment.call, sort.ids_in(entry)),
            f"{sort.word} {moment.call.operation} {_asked(parameters)}",
            last=not _goes_on(answer),
        )

    def _tags(self, moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
        """The tagging API, which hears of everything late.

        https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/overview.html
        """
        answer = onward(parameters)
        if "ResourceTagMappingList" in answer:
            operation = f"{moment.call.operation} {_asked(parameters)}"
            entries = self._seen(
                moment,
                answer["ResourceTagMappingList"],
                lambda entry: of_arn(moment.call, entry["ResourceARN"]),
                operation,
                last=not _goes_on(answer),
            )
            answer["ResourceTagMappingList"] = [
                self._as_before(moment, entry, operation) for entry in entries
            ]
        return answer

    def _as_before(self, moment: Moment, entry: Entry, operation: str) -> Entry:
        named = of_arn(moment.call, entry["ResourceARN"])
        for thing in named:
            changed, before = self._changed.get(thing), self._shown.get((thing, operation))
            if changed and before and not changed.is_known(moment.call.operation, moment.clock):
                return dict(deepcopy(before))
        self._keep(named, operation, entry)
        return entry

    def _seen(
        self, moment: Moment, entries: list[Entry], told: Telling, operation: str, last: bool
    ) -> list[Entry]:
        there = [entry for entry in entries if self._is_known(moment, told(entry))]
        if moment.call.service != _TAGGING:
            for entry in there:
                self._keep(told(entry), operation, entry)
        return [*there, *self._left(moment, operation)] if last else there

    def _keep(self, named: list[Thing], operation: str, told: Any) -> None:
        for thing in named:
            self._shown[thing, operation] = deepcopy(told)

    def _is_known(self, moment: Moment, named: list[Thing]) -> bool:
        made = next((self._made[thing] for thing in named if thing in self._made), None)
        return made is None or made.is_known(moment.call.operation, moment.clock)

    def _left(self, moment: Moment, operation: str) -> Iterator[Entry]:
        """Entries of what has ended, once each though it has several ids."""
        told: list[Event] = []
        for thing, ended in self._ended.items():
            entry = self._shown.get((thing, operation))
            if entry and not any(ended is other for other in told):
                told.append(ended)
                if not ended.is_known(moment.call.operation, moment.clock):
                    yield dict(deepcopy(entry))


def _goes_on(answer: Answer) -> bool:
    """Whether there are more pages: what has ended stands on the last one."""
    return bool(answer.get("NextToken") or answer.get("PaginationToken") or answer.get("Marker"))


_OF_A_PAGE = ("NextToken", "PaginationToken", "Marker", "MaxResults", "MaxItems")


def _asked(parameters: Parameters) -> str:
    return str(sorted((n, str(p)) for n, p in parameters.items() if n not in _OF_A_PAGE))
