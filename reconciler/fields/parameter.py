"""What SSM knows of parameters beside their values: tiers, data types and policies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, model_validator
from pydantic.alias_generators import to_pascal
from pydantic_core import PydanticCustomError

from reconciler.fields.plain import NonEmpty, from_git, text, unique_sorted
from reconciler.spec import Spec

Tier = Literal["Standard", "Advanced", "Intelligent-Tiering"]
DataType = Literal[
    "text",
    "aws:ec2:image",
    "aws:ssm:integration",
    "aws:region",
    "aws:account:id",
    "boolean",
    "integer",
    "float",
    "binary",
    "hostname",
    "email",
    "ipv4-address",
    "ipv6-address",
    "url",
    "json",
    "jsonc",
]

# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
ATTRIBUTES = {
    "Expiration": ("Timestamp",),
    "ExpirationNotification": ("Before", "Unit"),
    "NoChangeNotification": ("After", "Unit"),
}
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
LARGEST = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}

ListItem = Annotated[str, text(r"^[^,]*$", "a text without a comma", shortest=0)]


class ParameterPolicy(Spec):
    """A policy of an advanced parameter, in AWS's own words."""

    model_config = ConfigDict(alias_generator=to_pascal)

    type: Literal["Expiration", "ExpirationNotification", "NoChangeNotification"]
    version: Literal["1.0"] = "1.0"
    attributes: Annotated[dict[NonEmpty, NonEmpty], Field(min_length=1)]
    """Timestamp for Expiration, Before and Unit, or After and Unit, for notifications."""

    @model_validator(mode="after")
    def _attributes_fit(self, info: ValidationInfo) -> Self:
        if from_git(info) and set(self.attributes) != set(ATTRIBUTES[self.type]):
            raise PydanticCustomError(
                "attributes",
                "{type} has the attributes {known}, and all of them",
                {"type": self.type, "known": " and ".join(ATTRIBUTES[self.type])},
            )
        return self

    def words(self) -> str:
        told = ", ".join(f"{key} {value}" for key, value in sorted(self.attributes.items()))
        return f"{self.type}: {told}"


def seen_in_aws(policies: Iterable[Mapping[str, Any]]) -> tuple[ParameterPolicy, ...]:
    """The policies as DescribeParameters answers them."""
    parsed = (ParameterPolicy.model_validate_json(policy["PolicyText"]) for policy in policies)
    return unique_sorted(tuple(parsed))


def told_to_aws(
    wanted: Sequence[ParameterPolicy], present: Sequence[ParameterPolicy]
) -> dict[str, str]:
    """What tells PutParameter the policies: an empty one takes away those that are there.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
    """
    if not wanted:
        return {"Policies": "[{}]"} if present else {}
    return {"Policies": json.dumps([policy.model_dump(by_alias=True) for policy in wanted])}
