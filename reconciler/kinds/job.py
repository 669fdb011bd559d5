"""Job: an instance that does one thing for somebody, and ends with it or at its deadline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.aws.own_instances import own_instances
from reconciler.aws.session import Aws
from reconciler.fields.marks import DEADLINE
from reconciler.fields.tags import RESOURCE
from reconciler.kinds.instance import Instance
from reconciler.kinds.kind import Sought
from reconciler.model import Observed
from reconciler.spec import Spec


class JobSpec(Spec):
    """What the instance does, for which document, and until when it may."""

    does: str
    of: str
    """The document, as KIND/NAME."""
    deadline: float
    """Seconds since 1970."""


class Job(Instance[JobSpec]):
    name = "Job"
    spec = JobSpec
    fleeting = True
    mutable = False

    def origin(self, name: str, spec: JobSpec) -> str:  # noqa: ARG002
        return spec.of

    def observe(self, aws: Aws, sought: Sought[JobSpec]) -> Iterable[Observed]:
        for one in own_instances(aws, sought.estate):
            if DEADLINE in one.tags:
                due, _, does = one.tags[DEADLINE].partition(" ")
                deadline = float(due) if due.isdecimal() and len(due) < 12 else 0.0
                spec = JobSpec(does=does, of=one.tags.get(RESOURCE, ""), deadline=deadline)
                yield Observed(one.id, one.id, spec, one.tags)

    def create(self, aws: Aws, name: str, spec: JobSpec, tags: Mapping[str, str]) -> str:
        raise NotImplementedError("whoever has something to do launches a machine for it")
