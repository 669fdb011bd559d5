"""SQS shows late what became of a queue, and lets a name rest for a minute before it is used again.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
"""

from __future__ import annotations

from copy import deepcopy
from typing import NamedTuple

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.weather.events import Event
from reconciler.sandbox.weather.sky import Moment
from reconciler.sandbox.wire import Answer, Parameters

_REST = 60.0
_ENDS = "DeleteQueue"
_CHANGES = ("CreateQueue", "SetQueueAttributes")


class _Queue(NamedTuple):
    account: str
    region: str
    name: str


class SlowQueues:
    def __init__(self) -> None:
        self._changed: dict[_Queue, Event] = {}
        self._ended: dict[_Queue, Event] = {}
        self._urls: dict[_Queue, str] = {}
        self._told: dict[tuple[_Queue, str], Answer] = {}

    def __call__(self, moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
        call = moment.call
        if call.service != "sqs":
            return onward(parameters)
        if call.operation == "ListQueues":
            return self._listed(moment, onward(parameters))
        queue = _named(call, parameters)
        if call.operation == "CreateQueue":
            self._rested(queue, moment)
        answer = onward(parameters)
        if call.operation == "GetQueueAttributes":
            return self._attributes(queue, moment, str(parameters.get("AttributeNames")), answer)
        self._note(queue, moment, parameters)
        return answer

    def _note(self, queue: _Queue, moment: Moment, parameters: Parameters) -> None:
        event = Event(moment.clock.now(), moment.luck)
        if moment.call.operation == _ENDS:
            self._ended[queue], self._urls[queue] = event, parameters["QueueUrl"]
        elif moment.call.operation in _CHANGES:
            self._changed[queue] = event
            self._ended.pop(queue, None)

    def _rested(self, queue: _Queue, moment: Moment) -> None:
        ended = self._ended.get(queue)
        if ended and moment.clock.now() - ended.when < _REST:
            told = "A queue with this name was deleted less than 60 seconds ago."
            raise AwsError("AWS.SimpleQueueService.QueueDeletedRecently", told)

    def _attributes(self, queue: _Queue, moment: Moment, asked: str, answer: Answer) -> Answer:
        """As they were before the last change, for a while, if they were told then."""
        changed, before = self._changed.get(queue), self._told.get((queue, asked))
        if changed and before and not changed.is_known(moment.call.operation, moment.clock):
            return deepcopy(before)
        self._told[queue, asked] = deepcopy(answer)
        return answer

    def _listed(self, moment: Moment, answer: Answer) -> Answer:
        """With those that have gone, on the last page, and are not known to have."""
        left = [
            self._urls[queue]
            for queue, ended in self._ended.items()
            if queue[:2] == (moment.call.account, moment.call.region)
            and not ended.is_known("ListQueues", moment.clock)
        ]
        if answer.get("NextToken") or not left:
            return answer
        return {**answer, "QueueUrls": [*answer.get("QueueUrls", ()), *left]}


def _named(call: Call, parameters: Parameters) -> _Queue:
    name = parameters.get("QueueName") or parameters.get("QueueUrl", "").rpartition("/")[2]
    return _Queue(call.account, call.region, name)
