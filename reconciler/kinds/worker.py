"""Worker: an instance of a worker type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from reconciler import queues
from reconciler.aws.ec2 import retag
from reconciler.aws.errors import gone_is_fine
from reconciler.aws.grants import Grant, ec2_changed, looks
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping
from reconciler.fields.marks import CAPACITY, LEAVING, WORKER_TYPE
from reconciler.fields.tags import ESTATE, RESOURCE, TagChange
from reconciler.kinds.kind import Kind, Sought, There
from reconciler.model import Key, Observed, Scope
from reconciler.queues import TaskQueue
from reconciler.spec import Refers, Spec

_ARN = "arn:{partition}:ec2:{region}:{account}:instance/*"
_LIVE = ["pending", "running", "stopping", "stopped"]
_GONE = ("InvalidInstanceID.NotFound",)


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


class Worker(Kind[WorkerSpec]):
    name = "Worker"
    spec = WorkerSpec
    derived = True
    names = r"^i-[0-9a-f]+$"
    longest = 19
    reads = (looks("ec2:DescribeInstances"),)
    writes = (
        *ec2_changed(("ec2:TerminateInstances",), _ARN),
        Grant(
            "DrainWorkers",
            ("ssm:SendCommand",),
            (_ARN,),
            {"StringEquals": {f"ssm:resourceTag/{ESTATE}": ("{estate}",)}},
        ),
        Grant(
            "DrainCommands",
            ("ssm:SendCommand",),
            ("arn:{partition}:ssm:{region}:{account}:document/{Document}",),
        ),
    )

    def key(self, estate: str, observed: Observed, scope: Scope) -> Key | None:
        return Key(self.name, observed.id, scope) if observed.tags.get(ESTATE) == estate else None

    def origin(self, name: str, spec: WorkerSpec) -> str:  # noqa: ARG002
        return f"{WORKER_TYPE}/{spec.worker_type}"

    def stamped(self, estate: str, key: Key, tags: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG002
        return dict(tags)

    def observe(self, aws: Aws, sought: Sought[WorkerSpec]) -> Iterable[Observed]:
        reservations = aws.pages(
            "ec2",
            "describe_instances",
            "Reservations",
            Filters=[
                {"Name": f"tag:{ESTATE}", "Values": [sought.estate]},
                {"Name": "instance-state-name", "Values": _LIVE},
            ],
            PaginationConfig={"PageSize": 1000},
        )
        for reservation in reservations:
            for instance in reservation["Instances"]:
                tags = as_mapping(instance.get("Tags"))
                kind, _, worker_type = tags.get(RESOURCE, "").partition("/")
                if kind == WORKER_TYPE and CAPACITY in tags:
                    id_ = instance["InstanceId"]
                    yield Observed(id_, id_, _spec(worker_type, instance, tags), tags)

    def there(self, aws: Aws) -> Iterable[There]:  # noqa: ARG002
        return ()

    def create(self, aws: Aws, name: str, spec: WorkerSpec, tags: Mapping[str, str]) -> str:
        raise NotImplementedError("workers come from launches")

    def update(self, aws: Aws, before: Observed, after: WorkerSpec) -> None:
        """Tell the worker to claim nothing more; the tag that says so is written after this."""
        hold = after.hold
        if hold and hold.queue:
            queues.hold(hold.queue, hold.group, before.id)
        if hold and hold.command:
            aws.client("ssm").send_command(DocumentName=hold.command, InstanceIds=[before.id])

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        with gone_is_fine(*_GONE):
            retag(aws, observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        with gone_is_fine(*_GONE):
            aws.client("ec2").terminate_instances(InstanceIds=[observed.id])


def purchase(instance: Mapping[str, Any]) -> Literal["spot", "on-demand"]:
    """EC2 says the lifecycle of what is not on demand alone."""
    return "spot" if instance.get("InstanceLifecycle") == "spot" else "on-demand"


def _spec(worker_type: str, instance: Mapping[str, Any], tags: Mapping[str, str]) -> WorkerSpec:
    launched: datetime = instance["LaunchTime"]
    # Built without checks: there may be tens of thousands of these, and AWS's words need none.
    return WorkerSpec.model_construct(
        worker_type=worker_type,
        instance_type=instance["InstanceType"],
        zone=instance["Placement"]["AvailabilityZone"],
        purchase=purchase(instance),
        state=instance["State"]["Name"],
        launched=launched.timestamp(),
        leaving=tags.get(LEAVING, "").partition(" ")[2],
        hold=None,
    )
