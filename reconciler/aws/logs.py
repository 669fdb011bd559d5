"""The journal's place in CloudWatch Logs: a group that is there already, and a stream for each run.

The group is not ours to make. How long it keeps things, which key encrypts them and who may read
them is for whoever answers for the record, and one made by us would keep everything for ever.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from reconciler.aws.errors import Refused, code, explained, gone_is_fine
from reconciler.aws.session import Aws

_SENT_EVERY = 1.0

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
# An event's limit is told as 1 MB: a million bytes are within it, whichever MB is meant.
LONGEST = 1_000_000
"""How many bytes a message may have."""
_BATCH_BYTES, _BATCH_EVENTS, _BATCH_MILLISECONDS = 1_048_576, 10_000, 24 * 3_600_000
_EVENT_BYTES = 26


class Event(NamedTuple):
    """One line for the group; `time` counts milliseconds from 1970 in UTC."""

    time: int
    message: str

    @property
    def size(self) -> int:
        """How many bytes of a batch it takes."""
        return len(self.message.encode()) + _EVENT_BYTES


class Told(NamedTuple):
    """One line as the group has it."""

    stream: str
    message: str


class Stream:
    """A run's own stream, which gets its events together, about once a second."""

    def __init__(self, aws: Aws, group: str, name: str, now: Callable[[], float]) -> None:
        """Make the stream; `now` is a clock that never goes back."""
        self._aws, self._group, self._name, self._now = aws, group, name, now
        self._waiting: list[Event] = []
        self._failed = False
        self._sent = now()
        # It is there when the answer to our creating got lost, and the SDK asked a second time.
        with _in(aws, group), gone_is_fine("ResourceAlreadyExistsException"):
            aws.client("logs").create_log_stream(logGroupName=group, logStreamName=name)

    def add(self, event: Event) -> None:
        """Keep an event, and send all that wait when the last were sent a second ago.

        Where sending has failed, the run does not wait for it again before its end.
        """
        self._waiting.append(event)
        if not self._failed and self._now() - self._sent >= _SENT_EVERY:
            self.send()

    def send(self) -> None:
        """Send all that wait; what can't be sent waits on, and `Refused` tells why."""
        # Until all has worked, none has.
        self._failed = True
        refused: list[str] = []
        left = batches(self._waiting)
        while left:
            refused += self._put(left[0])
            del left[0]
            self._waiting = [event for batch in left for event in batch]
        self._failed, self._sent = False, self._now()
        if refused:
            # AWS has the others of their batch, and would take these at no time.
            raise Refused(f"{self._group} refuses events of these times: {', '.join(refused)}")

    def _put(self, batch: list[Event]) -> list[str]:
        """Send one batch, and give AWS's words for those of its events that were refused."""
        with _in(self._aws, self._group):
            answer = self._aws.client("logs").put_log_events(
                logGroupName=self._group,
                logStreamName=self._name,
                logEvents=[{"timestamp": one.time, "message": one.message} for one in batch],
            )
        refused = answer.get("rejectedLogEventsInfo") or {}
        return [f"{word} {number}" for word, number in sorted(refused.items())]


def batches(events: Iterable[Event]) -> list[list[Event]]:
    """The events in the order of their time, each batch as long as AWS takes it."""
    made: list[list[Event]] = []
    size = 0
    for event in sorted(events, key=lambda event: event.time):
        if not made or _full(made[-1], size, event):
            made.append([])
            size = 0
        made[-1].append(event)
        size += event.size
    return made


def told(aws: Aws, group: str) -> list[Told]:
    """All that the group has, the oldest first."""
    with _in(aws, group):
        events = aws.pages("logs", "filter_log_events", "events", logGroupName=group)
    # What was sent again, since an answer got lost, is there twice.
    return list(dict.fromkeys(Told(one["logStreamName"], one["message"]) for one in events))


def _full(batch: list[Event], size: int, event: Event) -> bool:
    return (
        len(batch) == _BATCH_EVENTS
        or size + event.size > _BATCH_BYTES
        or event.time - batch[0].time > _BATCH_MILLISECONDS
    )


@contextmanager
def _in(aws: Aws, group: str) -> Iterator[None]:
    from botocore.exceptions import ClientError

    with explained(f" (the Estate's journal goes to the log group {group} in {aws.region})"):
        try:
            yield
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
            raise Refused(
                f"the log group {group} of the Estate's spec.journal is not there: `aws logs "
                f"create-log-group --region {aws.region} --log-group-name {group}` makes it"
            ) from error
