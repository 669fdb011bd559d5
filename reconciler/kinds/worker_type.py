"""WorkerType: a fleet of like workers that grows and shrinks with a queue.

AWS knows no worker types. What one asks for is derived from it, its queue and the market: launch
templates, launches, and which workers stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from reconciler.aws.grants import Grant, looks
from reconciler.aws.session import Aws
from reconciler.fields.launch import InstanceType, Launch, Settings, SubnetId, WhichImage
from reconciler.fields.plain import Bool, Int, NonEmpty, Region, once, text
from reconciler.fields.tags import TagChange
from reconciler.kinds import launch, launch_template, worker
from reconciler.kinds.kind import Kind, Sought, There
from reconciler.model import Observed
from reconciler.queues import TaskQueue
from reconciler.spec import Refers, Spec

Zone = Annotated[str, text(r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", "a zone, such as us-west-2a")]
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]


class CapacitySpec(Spec):
    """How many tasks the workers may take at once, all together."""

    min: Annotated[Int, Field(ge=0)] = 0
    """So much is there though nothing waits."""
    max: Annotated[Int, Field(ge=0)]
    """More is never bought, whatever waits."""
    scaling_ratio: Annotated[Number, Field(ge=0, le=1)] = 0
    """How much of the capacity that runs is left waiting: with 0.2 and 10 running, 2 tasks may wait
    without anything being launched."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _ordered(self.min, self.max)
        return self


class PriceSpec(Spec):
    """In USD an hour and unit of capacity, after utility."""

    min: Annotated[Number, Field(ge=0)] = 0
    """What costs less counts as much as this: it is no better."""
    max: Annotated[Number, Field(gt=0)] | None = None
    """What costs more is not bought."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _ordered(self.min, self.max)
        return self


class InstanceTypeSpec(Spec):
    """A machine that the workers may run on."""

    type: InstanceType
    """Its name in EC2."""
    capacity: Annotated[Int, Field(ge=1)] = 1
    """How many tasks one of them takes at once."""
    utility: Annotated[Number, Field(gt=0)] = 1
    """What a unit of its capacity is worth, beside that of the others: prices are divided by it."""
    image: WhichImage | None = None
    """For machines that need another, such as those of another architecture."""
    launch: Settings | None = None


class ZoneSpec(Spec):
    """What is otherwise in one zone of a region."""

    use: Bool = True
    """With `false`, nothing is launched there."""
    subnet: SubnetId | None = None
    """Without one, the zone's default subnet."""
    launch: Settings | None = None


class RegionSpec(Spec):
    """A region that workers may run in."""

    region: Region
    """One of the Estate's."""
    image: WhichImage | None = None
    zones: dict[Zone, ZoneSpec] = Field(default_factory=dict)
    """Zones of which something is to be said."""
    other_zones: Bool = True
    """Whether the zones that are not named are used, too, as they are."""
    launch: Launch | None = None

    @model_validator(mode="after")
    def _own_zones(self) -> Self:
        for zone in self.zones:
            if zone[:-1] != self.region:
                raise PydanticCustomError(
                    "foreign_zone",
                    "{zone} is no zone of {region}",
                    {"zone": zone, "region": self.region},
                )
        return self


class PurchaseSpec(Spec):
    """Spot, on demand, or some of each; `spot`, `on-demand` and `spot-then-on-demand` are enough
    where nothing more is to be said."""

    on_demand_percent: Annotated[Int, Field(ge=0, le=100)] = 0
    """So much of the fleet's capacity is bought on demand."""
    on_demand_afterwards: Bool = False
    """Whether that serves, too, where no spot offering is left."""

    _WORDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "spot": {},
        "on-demand": {"onDemandPercent": 100},
        "spot-then-on-demand": {"onDemandAfterwards": True},
    }

    @model_validator(mode="before")
    @classmethod
    def _by_word(cls, value: Any) -> Any:
        return cls._WORDS.get(value, value) if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        schema = super().__get_pydantic_json_schema__(core_schema, handler)
        return {"anyOf": [{"enum": list(cls._WORDS)}, schema]}


class LifecycleSpec(Spec):
    """How long a worker lives. All times are in seconds.

    Before a worker is ended it is told to claim nothing more, and it is ended only once it is seen
    idle after that.
    """

    longest: Annotated[Int, Field(ge=600)] | None = None
    """How old a worker may become; without this, as old as it likes."""
    jitter: Annotated[Int, Field(ge=0, le=50)] = 10
    """Up to so many percent of that are taken off, so that not all go at once."""
    register_within: Annotated[Int, Field(ge=60)] = 1800
    """What its queue has not seen after so long is ended, where a queue can tell."""
    idle: Annotated[Int, Field(ge=0)] | None = None
    """What has been idle for so long, and is not needed for the minimum, is ended; without this,
    workers end themselves."""
    changed: Literal["replace", "keep"] = "replace"
    """What becomes of workers that would be launched otherwise today."""
    at_once: Annotated[Int, Field(ge=1, le=100)] = 20
    """So many percent of the workers may be on their way out for that at the same time."""
    removed: Literal["drain", "keep"] = "drain"
    """What becomes of the workers when this document is gone, as it was said at their launch."""
    deadline: Annotated[Int, Field(ge=60)] | None = None
    """So long after it was told to leave a worker is ended though it is busy; without this, never.
    """
    drain_command: Annotated[str | None, Refers("Document")] = None
    """A document of SSM that makes a worker claim nothing more, where its queue can't do that."""


class WorkerTypeSpec(Spec):
    """A fleet of like workers that grows and shrinks with a queue."""

    description: NonEmpty
    owner: NonEmpty
    """Whom to ask, such as an address."""
    queue: TaskQueue
    capacity: CapacitySpec
    price: PriceSpec = Field(default_factory=PriceSpec)
    purchase: PurchaseSpec = Field(default_factory=PurchaseSpec)
    instance_types: Annotated[tuple[InstanceTypeSpec, ...], Field(min_length=1)]
    """What they may run on; what is best for the price is bought."""
    regions: Annotated[tuple[RegionSpec, ...], Field(min_length=1)]
    """Where they may run: in all zones that sell any of the types, if nothing else is said."""
    image: WhichImage | None = None
    """A type's own image comes before a region's, and that before this one."""
    launch: Launch = Field(default_factory=Launch)
    """For all launches; a region's, a zone's and a type's own settings are laid over these."""
    lifecycle: LifecycleSpec = Field(default_factory=LifecycleSpec)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        once(one.type for one in self.instance_types)
        once(one.region for one in self.regions)
        return self


def _ordered(least: float, most: float | None) -> None:
    if most is not None and least > most:
        raise PydanticCustomError(
            "min_above_max", "min {least} is above max {most}", {"least": least, "most": most}
        )


_DERIVED = "AWS knows no worker types: what one asks for is derived from it"


class WorkerType(Kind[WorkerTypeSpec]):
    name = "WorkerType"
    spec = WorkerTypeSpec
    # Its launch templates' names are this, a dot and a digest.
    names = r"^[A-Za-z0-9][A-Za-z0-9._/-]*$"
    longest = 100
    reads = ()
    senses = (
        looks(
            "ec2:DescribeImages",
            "ec2:DescribeInstanceTypeOfferings",
            "ec2:DescribeSpotInstanceRequests",
            "ec2:DescribeSpotPriceHistory",
            "pricing:GetProducts",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
        ),
        Grant(
            "PublicParameters",
            ("ssm:GetParameters",),
            ("arn:{partition}:ssm:{region}::parameter/aws/*",),
        ),
    )
    writes = (
        *worker.Worker.writes,
        *launch_template.LaunchTemplate.writes,
        *launch.Launch.writes,
    )

    def regions(self, spec: WorkerTypeSpec) -> Iterable[str]:
        return [region.region for region in spec.regions]

    def within(self, spec: WorkerTypeSpec, region: str) -> WorkerTypeSpec:
        return spec.model_copy(
            update={"regions": tuple(one for one in spec.regions if one.region == region)}
        )

    def observe(self, aws: Aws, sought: Sought[WorkerTypeSpec]) -> Iterable[Observed]:  # noqa: ARG002
        return ()

    def there(self, aws: Aws) -> Iterable[There]:  # noqa: ARG002
        return ()

    def create(self, aws: Aws, name: str, spec: WorkerTypeSpec, tags: Mapping[str, str]) -> str:
        raise NotImplementedError(_DERIVED)

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        raise NotImplementedError(_DERIVED)

    def delete(self, aws: Aws, observed: Observed) -> None:
        raise NotImplementedError(_DERIVED)
