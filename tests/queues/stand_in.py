"""A Taskcluster on this machine that speaks the real client's protocol, for one task queue.

It has what its queue and worker-manager services answer to whoever watches a queue: counts, claims
and workers, page by page, and Hawk. The schemas are those of
https://github.com/taskcluster/taskcluster/tree/main/services
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.queues.loopback import Answer, Request, serving

Json = dict[str, Any]

SEEN = "2026-01-02T03:04:05.678Z"
FAR = "2999-01-01T00:00:00.000Z"


class Taskcluster:
    """A task queue, its tasks and its workers; tests play the scheduler and the workers."""

    def __init__(self, task_queue: str = "proj/linux") -> None:
        self.task_queue = task_queue
        self.root_url = ""
        self.pending: list[str] = []
        self.claims: dict[str, str] = {}
        """Who holds which task."""
        self.workers: dict[str, Json] = {}
        self.page = 1000
        self.lacks: set[str] = set()
        """Methods that this deployment is too old for."""
        self.tokens: Mapping[str, str] | None = None
        """Access tokens by client; with None, anybody may ask."""
        self.says: dict[str, Answer] = {}
        """What is answered to a method instead."""
        self.requests: list[Request] = []
        self._names = count()

    def add(self, tasks: int) -> None:
        """Let tasks wait."""
        self.pending += [f"task-{next(self._names)}" for _ in range(tasks)]

    def ask_for_work(self, worker: str) -> str | None:
        """A worker asks for a task, and gets one if it may have one."""
        row = self.workers.setdefault(
            worker, {"workerGroup": "eu-central-1", "workerId": worker, "firstClaim": SEEN}
        )
        if not self.pending or row.get("quarantineUntil", "") > SEEN:
            return None
        task = self.pending.pop(0)
        self.claims[task] = worker
        row["latestTask"] = {"taskId": task, "runId": 0}
        return task

    def finish(self, task: str) -> None:
        """The worker that holds a task is done with it."""
        del self.claims[task]

    def quarantine(self, worker: str, until: str = FAR) -> None:
        self.workers[worker]["quarantineUntil"] = until

    @contextmanager
    def serving(self) -> Iterator[Taskcluster]:
        with serving(self.answer) as self.root_url:
            yield self

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        parts = urlsplit(request.target)
        if self.tokens is not None and not self._authentic(request, self.tokens):
            return _error(401, "AuthenticationFailed", "Bad mac")
        for method, (pattern, answer) in self._methods().items():
            matched = re.fullmatch(pattern, parts.path)
            if matched and method not in self.lacks:
                if method in self.says:
                    return self.says[method]
                queue, worker = matched.groups()[:2], matched.groups()[2:]
                if unquote("/".join(queue)) != self.task_queue:
                    return _error(403, "InsufficientScopes", f"{method} needs other scopes")
                if request.method == "PUT":
                    return self._quarantined(json.loads(request.body), *worker)
                token = parse_qs(parts.query).get("continuationToken", ["0"])[0]
                return Answer(json.dumps(answer(int(token))).encode())
        return _error(404, "ResourceNotFound", "no such method")

    def _methods(self) -> dict[str, tuple[str, Callable[[int], Json]]]:
        queue, manager = "/api/queue/v1", "/api/worker-manager/v1"
        workers = "provisioners/([^/]+)/worker-types/([^/]+)/workers"
        return {
            "taskQueueCounts": (f"{queue}/task-queues/([^/]+)/counts", self._counts),
            "pendingTasks": (f"{queue}/pending/([^/]+)", self._pending_alone),
            "listClaimedTasks": (f"{queue}/task-queues/([^/]+)/claimed", self._claimed),
            "listWorkers": (f"{manager}/{workers}", self._listed),
            "quarantineWorker": (f"{queue}/{workers}/([^/]+)/([^/]+)", self._listed),
        }

    def _quarantined(self, payload: Json, group: str, worker: str) -> Answer:
        row = self.workers.get(worker, {})
        if row.get("workerGroup") != group:
            return _error(404, "ResourceNotFound", "no such worker")
        self.quarantine(worker, payload["quarantineUntil"])
        return Answer(json.dumps({"workerId": worker, "actions": [], "recentTasks": []}).encode())

    def _counts(self, _: int) -> Json:
        return {**self._pending_alone(0), "claimedTasks": len(self.claims)}

    def _pending_alone(self, _: int) -> Json:
        provisioner, worker_type = self.task_queue.split("/")
        return {
            "taskQueueId": self.task_queue,
            "provisionerId": provisioner,
            "workerType": worker_type,
            "pendingTasks": len(self.pending),
        }

    def _claimed(self, start: int) -> Json:
        claims = [
            {
                "taskId": task,
                "runId": 0,
                "workerGroup": "eu-central-1",
                "workerId": worker,
                "claimed": SEEN,
                "task": {"taskQueueId": self.task_queue, "payload": {}},
            }
            for task, worker in self.claims.items()
        ]
        return self._page("tasks", claims, start)

    def _listed(self, start: int) -> Json:
        return self._page("workers", list(self.workers.values()), start)

    def _page(self, what: str, rows: list[Json], start: int) -> Json:
        end = start + self.page
        more = {"continuationToken": str(end)} if end < len(rows) else {}
        return {what: rows[start:end], **more}

    def _authentic(self, request: Request, tokens: Mapping[str, str]) -> bool:
        from mohawk import Receiver  # type: ignore[import-untyped]
        from mohawk.exc import HawkFail  # type: ignore[import-untyped]

        def credentials(client: str) -> Json:
            return {"id": client, "key": tokens.get(client, "none"), "algorithm": "sha256"}

        try:
            Receiver(
                credentials,
                request.headers.get("Authorization", ""),
                self.root_url + request.target,
                request.method,
                content="",
                content_type="",
            )
        except HawkFail:
            return False
        return True


def _error(status: int, code: str, message: str) -> Answer:
    body = {"code": code, "message": message, "requestInfo": {}}
    return Answer(json.dumps(body).encode(), status)
