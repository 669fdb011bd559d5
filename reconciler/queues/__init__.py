"""Where demand is read: every source there is, in one list. A new one is a file and a line here."""

from __future__ import annotations

from typing import ClassVar

from reconciler.aws.session import Aws
from reconciler.queues import http, sqs, static, taskcluster
from reconciler.queues.demand import Demand
from reconciler.queues.http import Http
from reconciler.queues.sqs import Sqs
from reconciler.queues.static import Static
from reconciler.queues.taskcluster import Taskcluster
from reconciler.spec import Spec


class TaskQueue(Spec):
    """Where tasks wait for the workers: one source, of whatever kind.

    A queue that can't be read is not an empty one: until it can be, every worker is kept and none
    is launched.
    """

    exactly_one: ClassVar = (("taskcluster", "sqs", "http", "static"),)

    taskcluster: Taskcluster | None = None
    sqs: Sqs | None = None
    http: Http | None = None
    static: Static | None = None


SECONDS = 30.0
"""How long a queue may take to answer."""


def hold(queue: TaskQueue, group: str, worker: str) -> None:
    """Have the queue give a worker nothing more; raises `Unreadable` where that fails."""
    if queue.taskcluster:
        taskcluster.hold(queue.taskcluster, group, worker, SECONDS)


def knows_workers(queue: TaskQueue) -> bool:
    """Whether the source can be asked about workers and told to let one go."""
    return queue.taskcluster is not None


def read(queue: TaskQueue, aws: Aws, seconds: float) -> Demand:
    """What the queue says within about so many seconds; raises `Unreadable` and nothing else.

    `aws` is asked for SQS alone, which takes as long as botocore is configured to. Looking up a
    host's name takes as long as the system's resolver does.
    """
    if queue.taskcluster:
        return taskcluster.read(queue.taskcluster, seconds)
    if queue.sqs:
        return sqs.read(queue.sqs, aws)
    if queue.http:
        return http.read(queue.http, seconds)
    assert queue.static
    return static.read(queue.static)
