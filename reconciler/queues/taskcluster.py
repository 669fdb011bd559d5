"""A task queue of Taskcluster: what waits in it, and what its workers hold."""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Container,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from reconciler.fields.plain import text
from reconciler.queues.addresses import RootUrl, proxy
from reconciler.queues.answers import (
    Unreadable,
    count,
    field,
    is_instance,
    moment,
    name,
    reading,
    rows,
)
from reconciler.queues.demand import Demand, State, Worker
from reconciler.spec import Spec

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

_RETRIES = 2
_HELD = timedelta(days=30)
"""Longer than anybody's last task takes, and not for ever."""
_LONGEST = 500
_MOST_ROWS = 100_000
_CREDENTIALS = "TASKCLUSTER_CLIENT_ID, TASKCLUSTER_ACCESS_TOKEN and TASKCLUSTER_CERTIFICATE"

# https://github.com/taskcluster/taskcluster/blob/main/services/queue/schemas/constants.yml
TaskQueueId = Annotated[
    str,
    text(
        r"^[A-Za-z0-9_-]{1,38}/[A-Za-z0-9_-]{1,38}$", "a task queue: provisionerId, /, workerType"
    ),
]


class Taskcluster(Spec):
    """A task queue of a Taskcluster deployment.

    Credentials are TASKCLUSTER_CLIENT_ID, TASKCLUSTER_ACCESS_TOKEN and, with temporary ones,
    TASKCLUSTER_CERTIFICATE in the environment; without them it is asked as anybody may. They need
    the scopes queue:pending-count:, queue:claimed-count:, queue:claimed-list: and
    worker-manager:list-workers:, each with the taskQueueId behind it.

    A worker is known from its first request for work on, and until some time after its last. It is
    busy while it holds a claim, and idle otherwise. A worker's id must be that of its EC2 instance,
    as it is where worker-runner starts it. Others are left out, such as a person's own machine;
    where no worker at all has such an id, nothing is known of the workers.

    A deployment that is too old to tell its claims knows how many tasks wait, and no workers.
    """

    root_url: RootUrl
    """Where the deployment is, such as https://tc.example.org."""
    task_queue_id: TaskQueueId
    """provisionerId/workerType, which is the worker pool's id as well."""


def read(spec: Taskcluster, seconds: float) -> Demand:
    """What the deployment says, if it says all of it within so many seconds.

    For 1,000 workers these are three requests: the counts, the workers (a thousand a page), and
    the claims (a thousand a page, each with its whole task, so that this one may have megabytes).
    Asking for each worker's latest task instead would be less, and would take a worker that holds
    several for idle once the latest is done.
    """
    import asyncio

    with reading(f"task queue {spec.task_queue_id} of {spec.root_url}"):
        return asyncio.run(_read(spec, seconds))


def hold(spec: Taskcluster, group: str, worker: str, seconds: float) -> None:
    """Have a worker be given no more tasks; raises `Unreadable` where that can't be had.

    What it holds it goes on with. A worker that the deployment does not know claims nothing.
    """
    import asyncio

    with reading(f"task queue {spec.task_queue_id} of {spec.root_url}"):
        asyncio.run(_hold(spec, group, worker, seconds))


async def _hold(spec: Taskcluster, group: str, worker: str, seconds: float) -> None:
    until = datetime.now(UTC) + _HELD
    payload = {
        "quarantineUntil": until.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "quarantineInfo": "reconcile is about to end this worker",
    }
    async with _asked(spec, seconds) as (queue, _):
        with _too_old_is_fine():
            await queue.quarantineWorker(*spec.task_queue_id.split("/"), group, worker, payload)


async def _read(spec: Taskcluster, seconds: float) -> Demand:
    async with _asked(spec, seconds) as (queue, manager):
        return await _demand(queue, manager, spec.task_queue_id)


@asynccontextmanager
async def _asked(spec: Taskcluster, seconds: float) -> AsyncIterator[tuple[Any, Any]]:
    """The deployment's services; turns what goes wrong while they are asked into `Unreadable`."""
    # Of the client's two halves the blocking one waits for an answer for ever.
    import asyncio

    try:
        import aiohttp
        from taskcluster import aio  # type: ignore[import-untyped]
        from taskcluster.exceptions import TaskclusterFailure  # type: ignore[import-untyped]
    except ImportError:
        raise Unreadable("it takes `pip install 'reconcile[taskcluster]'`") from None
    session = aio.createSession(trust_env=bool(proxy(spec.root_url)), raise_for_status=_no_redirect)
    try:
        async with asyncio.timeout(seconds), session:
            yield _clients(spec, session)
    except TimeoutError:
        raise Unreadable(f"it did not answer within {seconds:g} seconds") from None
    except aiohttp.ClientResponseError as error:
        raise Unreadable(f"it answers {error.status}") from None
    except TaskclusterFailure as error:
        raise Unreadable(_why(error)) from None


async def _no_redirect(response: ClientResponse) -> None:
    """The client follows none, and would take what stands in one for the answer."""
    if 300 <= response.status < 400:
        raise Unreadable(
            f"it answers {response.status}, a redirect: give the rootUrl that it leads to"
        )


def _clients(spec: Taskcluster, session: ClientSession) -> tuple[Any, Any]:
    """The queue service's client and the worker manager's; the root URL is git's to say."""
    from taskcluster import aio, optionsFromEnvironment

    options = {**optionsFromEnvironment(), "rootUrl": spec.root_url, "maxRetries": _RETRIES}
    try:
        queue = aio.Queue(options, session=session)
        queue.makeHawkExt()
        return queue, aio.WorkerManager(options, session=session)
    except Exception:
        # What the client says here has the access token in it.
        raise Unreadable(f"what is in {_CREDENTIALS} are no credentials") from None


async def _demand(queue: Any, manager: Any, task_queue: str) -> Demand:
    pending, claimed = await _counts(queue, task_queue)
    workers = await _all(manager.listWorkers, task_queue.split("/"), "workers")
    # Asked for last, so that whoever takes a task meanwhile counts as busy.
    claims = await _all(queue.listClaimedTasks, [task_queue], "tasks")
    if workers is None or claims is None:
        return Demand(pending, claimed, None)
    return Demand(pending, claimed, _workers(workers, claims))


async def _counts(queue: Any, task_queue: str) -> tuple[int, int | None]:
    """How many tasks wait, and how many are claimed where the deployment can tell."""
    with _too_old_is_fine():
        both = await queue.taskQueueCounts(task_queue)
        return _count(both, "pendingTasks"), _count(both, "claimedTasks")
    return _count(await queue.pendingTasks(task_queue), "pendingTasks"), None


def _count(answer: Any, what: str) -> int:
    return count(field(answer, what), what)


async def _all(
    listing: Callable[..., Awaitable[None]], arguments: Sequence[str], what: str
) -> list[Any] | None:
    """What all pages of a listing have, or None where the deployment has no such listing."""
    found: list[Any] = []

    def add(page: Any) -> None:
        found.extend(rows(field(page, what), what))
        if len(found) > _MOST_ROWS:
            raise Unreadable(f"it lists more than {_MOST_ROWS:,} {what}")

    with _too_old_is_fine():
        await listing(*arguments, paginationHandler=add)
        return found
    return None


@contextmanager
def _too_old_is_fine() -> Iterator[None]:
    """A deployment answers 404 to a method that came after it."""
    from taskcluster.exceptions import TaskclusterRestFailure

    try:
        yield
    except TaskclusterRestFailure as error:
        if error.status_code != 404:
            raise


def _workers(listed: Iterable[Any], claims: Iterable[Any]) -> dict[str, Worker] | None:
    """By id, who is listed or holds a claim; None where no id is an instance's."""
    now = datetime.now(UTC)
    busy = {name(field(claim, "workerId"), "the workerId of a claim"): claim for claim in claims}
    # A listing whose pages are counted off while it changes may lack someone.
    found = {
        worker: Worker(worker, State.BUSY, group=_group(claim)) for worker, claim in busy.items()
    }
    for row in listed:
        worker = _worker(row, busy, now)
        found[worker.id] = worker
    ours = {worker: found[worker] for worker in sorted(found) if is_instance(worker)}
    return ours if ours or not found else None


def _worker(row: Any, busy: Container[str], now: datetime) -> Worker:
    # https://github.com/taskcluster/taskcluster/tree/main/services/worker-manager/schemas/v1
    worker = name(field(row, "workerId"), "a workerId")
    until = moment(field(row, "quarantineUntil"), f"quarantineUntil of {worker}")
    return Worker(
        worker,
        State.BUSY if worker in busy else State.IDLE,
        # Set when it first asks for work, whether it gets any or not.
        moment(field(row, "firstClaim"), f"firstClaim of {worker}"),
        _group(row),
        until is not None and until > now,
    )


def _group(row: Any) -> str:
    group = field(row, "workerGroup")
    return group if isinstance(group, str) else ""


def _why(error: Any) -> str:
    """What the client's failure says, and what to do about it."""
    status = getattr(error, "status_code", None)
    if status is None:
        cause = getattr(error, "superExc", None) or error
        return f"there is no way to it ({type(cause).__name__})"
    message = " ".join(str(error).split())[:_LONGEST]
    if status == 401:
        return f"it does not take the credentials in {_CREDENTIALS}: {message}"
    if status == 403:
        return f"the client, or the role anonymous, lacks scopes: {message}"
    return f"it answers {status}: {message}"
