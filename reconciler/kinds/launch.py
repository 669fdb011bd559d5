"""Launch: one order for instances, which is one call of CreateFleet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from reconciler.aws.ec2 import ended, tag_specifications
from reconciler.aws.errors import Refused, code
from reconciler.aws.grants import PASS_ROLE, Grant, spot_role, tag_launched
from reconciler.aws.session import Aws
from reconciler.aws.short import BUSY, SHORT
from reconciler.aws.told import tell
from reconciler.fields.marks import LAUNCH, WORKER_TYPE
from reconciler.fields.tags import TagChange
from reconciler.fleet.launched import Launched
from reconciler.fleet.offering import Offering, Purchase
from reconciler.kinds.kind import Kind, Sought, There, given
from reconciler.kinds.launch_template import VERSION
from reconciler.model import Key, Observed
from reconciler.spec import Refers, Spec


class OfferSpec(Spec):
    """An offering that AWS may take, the template for it, and what it may cost."""

    template: Annotated[str, Refers("LaunchTemplate")]
    instance_type: str
    zone: str
    subnet: str | None = None
    max_price: str | None = None
    """In USD per hour of an instance."""

    def words(self) -> str:
        limit = f" up to {self.max_price}" if self.max_price else ""
        return f"{self.instance_type} in {self.zone}{limit}"


class LaunchSpec(Spec):
    """So many instances, of any of these offers."""

    worker_type: str
    instances: int
    capacity: int
    """Of each instance."""
    purchase: Literal["spot", "on-demand"]
    offers: tuple[OfferSpec, ...]
    """The best first."""
    token: str
    """Asked for again with the same token, AWS answers with the instances that are there."""

    def words(self) -> Any:
        return {
            "instances": str(self.instances),
            "purchase": self.purchase,
            "offers": frozenset(offer.words() for offer in self.offers),
        }


class Launch(Kind[LaunchSpec]):
    name = "Launch"
    spec = LaunchSpec
    fleeting = True
    names = r"^.+$"
    longest = 255
    reads = ()
    writes = (
        Grant("Launch", ("ec2:CreateFleet", "ec2:RunInstances")),
        tag_launched("{region}", "CreateFleet", "RunInstances"),
        PASS_ROLE,
        spot_role("spot.amazonaws.com", "ec2fleet.amazonaws.com"),
    )

    def origin(self, name: str, spec: LaunchSpec) -> str:  # noqa: ARG002
        return f"{WORKER_TYPE}/{spec.worker_type}"

    def stamped(self, estate: str, key: Key, tags: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG002
        return dict(tags)

    def observe(self, aws: Aws, sought: Sought[LaunchSpec]) -> Iterable[Observed]:  # noqa: ARG002
        """What was launched is workers, and the order itself leaves nothing behind."""
        return ()

    def there(self, aws: Aws) -> Iterable[There]:  # noqa: ARG002
        return ()

    def create(self, aws: Aws, name: str, spec: LaunchSpec, tags: Mapping[str, str]) -> str:  # noqa: ARG002
        launched = _launched(aws.region, spec, _asked(aws, spec, tags))
        tell(launched)
        if launched.wrong:
            raise Refused(launched.wrong)
        return " ".join(launched.instances)

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        raise NotImplementedError("what was launched is tagged as workers")

    def delete(self, aws: Aws, observed: Observed) -> None:
        raise NotImplementedError("what was launched ends as workers")


def _asked(aws: Aws, spec: LaunchSpec, tags: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = aws.client("ec2").create_fleet(
            Type="instant",
            ClientToken=_token(aws, spec.token, tags),
            LaunchTemplateConfigs=_configs(spec),
            TargetCapacitySpecification={
                "TotalTargetCapacity": spec.instances,
                "DefaultTargetCapacityType": spec.purchase,
            },
            SpotOptions={"AllocationStrategy": "price-capacity-optimized"},
            OnDemandOptions={"AllocationStrategy": "prioritized"},
            TagSpecifications=[
                *tag_specifications("fleet", tags),
                *tag_specifications("instance", tags),
                *tag_specifications("volume", tags),
            ],
        )
    except Exception as error:
        if code(error) == "IdempotentParameterMismatch":
            raise Refused(
                "this was asked for already, a moment ago and with other numbers: the next look "
                "will see what came of that"
            ) from error
        if code(error) in SHORT | BUSY:
            return {"Errors": [{"ErrorCode": code(error), "ErrorMessage": str(error)}]}
        raise
    return answer


def _token(aws: Aws, token: str, tags: Mapping[str, str]) -> str:
    """The token, and another one once what came with it has ended.

    Where nobody remembers those, nothing else tells that they were there: the workers seen now are
    the ones that were seen before them, and AWS would answer with what has ended.
    """
    count = ended(aws, LAUNCH, f"{tags[LAUNCH].partition('/')[0]}/*")
    return f"{token}.{count}" if count else token


def _configs(spec: LaunchSpec) -> list[dict[str, Any]]:
    """The offers by their templates; AWS takes 50 templates and 300 offers in one call."""
    overrides: dict[str, list[dict[str, Any]]] = {}
    for rank, offer in enumerate(spec.offers):
        place = {"SubnetId": offer.subnet} if offer.subnet else {"AvailabilityZone": offer.zone}
        overrides.setdefault(offer.template, []).append(
            given(
                InstanceType=offer.instance_type,
                MaxPrice=offer.max_price,
                Priority=float(rank) if spec.purchase == "on-demand" else None,
                **place,
            )
        )
    return [
        {
            "LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": VERSION},
            "Overrides": some,
        }
        for template, some in overrides.items()
    ]


def _launched(region: str, spec: LaunchSpec, answer: Mapping[str, Any]) -> Launched:
    """What an answer of CreateFleet means.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFleet.html
    """

    def offerings(entry: Mapping[str, Any]) -> list[Offering]:
        told = entry.get("LaunchTemplateAndOverrides", {}).get("Overrides", {})
        found = [offer for offer in spec.offers if _is(offer, told)]
        return [
            Offering(region, offer.zone, offer.instance_type, Purchase(spec.purchase))
            for offer in found or spec.offers
        ]

    instances = {
        id_: offerings(entry)[0]
        for entry in answer.get("Instances", ())
        for id_ in entry["InstanceIds"]
    }
    errors = answer.get("Errors", ())
    short = {
        offering: error["ErrorCode"]
        for error in errors
        if error["ErrorCode"] in SHORT
        for offering in offerings(error)
    }
    wrong = [e for e in errors if e["ErrorCode"] not in SHORT | BUSY]
    if len(instances) < spec.instances and not errors:
        # AWS may just give less, without a word.
        short = dict.fromkeys(offerings({}), "UnfulfillableCapacity")
    return Launched(
        worker_type=spec.worker_type,
        wanted=spec.instances,
        capacity=spec.capacity,
        instances=instances,
        short=short,
        wrong=_said(wrong[0]) if wrong and not instances and not short else "",
        message=_said(errors[0]) if errors else "",
    )


def _is(offer: OfferSpec, told: Mapping[str, Any]) -> bool:
    place = (
        told.get("SubnetId") == offer.subnet
        if offer.subnet
        else (told.get("AvailabilityZone") == offer.zone)
    )
    return bool(told.get("InstanceType") == offer.instance_type and place)


def _said(error: Mapping[str, Any]) -> str:
    return f"CreateFleet: {error['ErrorCode']}: {error.get('ErrorMessage', '')}".rstrip(": ")
