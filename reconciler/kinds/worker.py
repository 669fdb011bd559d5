"""Worker: an instance of a worker type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from reconciler import queues
from reconciler.aws.grants import Grant
from reconciler.aws.own_instances import OwnInstance, own_instances
from reconciler.aws.session import Aws
from reconciler.fields.marks import CAPACITY, LEAVING, WORKER_TYPE
from reconciler.fields.tags import ESTATE, RESOURCE
from reconciler.kinds.instance import ARN, Instance
from reconciler.kinds.kind import Sought
from reconciler.model import Observed
from reconciler.queues import TaskQueue
from reconciler.spec import Refers, Spec


class Hold(Spec):
    """How a worker is told to claim nothing more."""

    queue: TaskQueue | None = None
    """The queue that is to give it nothing more."""
    group: str = ""
    """The worker's group there."""
    command: Annotated[str | None, Refers("Document")] = None
    """A document of SSM that tells the worker itself."""

    def words(self) -> str:
        by_queue = "it is quarantined in its queue" if self.queue else ""
        by_command = f"{self.command} runs on it" if self.command else ""
        return " and ".join(filter(None, [by_queue, by_command])) or "its tags tell it"


class WorkerSpec(Spec):
    """An instance, and whether it is on its way out."""

    worker_type: str
    instance_type: str
    zone: str
    purchase: Literal["spot", "on-demand"]
    state: str
    """As AWS has it: pending, running, stopping or stopped."""
    launched: float
    """Seconds since 1970."""
    leaving: str = ""
    """Why it is to claim nothing more."""
    hold: Hold | None = None
    """Only where it is yet to be told."""


class Worker(Instance[WorkerSpec]):
    name = "Worker"
    spec = WorkerSpec
    fleeting = True
    writes = (
        *Instance.writes,
        Grant(
            "DrainWorkers",
            ("ssm:SendCommand",),
            (ARN,),
            {"StringEquals": {f"ssm:resourceTag/{ESTATE}": ("{estate}",)}},
        ),
        Grant(
            "DrainCommands",
            ("ssm:SendCommand",),
            ("arn:{partition}:ssm:{region}:{account}:document/{Document}",),
        ),
    )

    def origin(self, name: str, spec: WorkerSpec) -> str:  # noqa: ARG002
        return f"{WORKER_TYPE}/{spec.worker_type}"

    def observe(self, aws: Aws, sought: Sought[WorkerSpec]) -> Iterable[Observed]:
        for one in own_instances(aws, sought.estate):
            kind, _, worker_type = one.tags.get(RESOURCE, "").partition("/")
            if kind == WORKER_TYPE and CAPACITY in one.tags:
                yield Observed(one.id, one.id, _spec(worker_type, one), one.tags)

    def create(self, aws: Aws, name: str, spec: WorkerSpec, tags: Mapping[str, str]) -> str:
        raise NotImplementedError("workers come from launches")

    def update(self, aws: Aws, before: Observed, after: WorkerSpec) -> None:
        """Tell the worker to claim nothing more; the tag that says so is written after this."""
        hold = after.hold
        if hold and hold.queue:
            queues.hold(hold.queue, hold.group, before.id)
        if hold and hold.command:
            aws.client("ssm").send_command(DocumentName=hold.command, InstanceIds=[before.id])


_GIVEN = set(WorkerSpec.model_fields)


def _spec(worker_type: str, instance: OwnInstance) -> WorkerSpec:
    # Built without checks: there may be tens of thousands of these, and AWS's words need none.
    return WorkerSpec.model_construct(
        _GIVEN,
        worker_type=worker_type,
        instance_type=instance.type,
        zone=instance.zone,
        purchase=instance.purchase,
        state=instance.state,
        launched=instance.launched,
        leaving=instance.tags.get(LEAVING, "").partition(" ")[2],
        hold=None,
    )
