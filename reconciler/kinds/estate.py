"""The Estate: whose the resources are, what their names begin with, and where they may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from pydantic.json_schema import JsonSchemaValue

from reconciler.fields.plain import ONCE, AccountId, Int, Region, once, text
from reconciler.fields.tags import Tags
from reconciler.model import Limits
from reconciler.spec import Spec

Prefix = Annotated[
    str,
    text(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", "the beginning of names: letters, digits and _.-", 40),
]


class LimitsSpec(Spec):
    """How much of a kind one plan may delete or replace; more is refused."""

    deletes: Annotated[Int, Field(ge=0)] = Limits.deletes
    """So many of a kind in all scopes together."""
    deletes_percent: Annotated[Int, Field(ge=0, le=100)] = Limits.deletes_percent
    """So much of what there is of a kind, once there are ten of it."""


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
RoleName = Annotated[
    str,
    text(r"^([!-9;-~]+/)?[A-Za-z0-9_+=,.@-]{1,64}$", "a role's name, with its path", 575),
]
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
ExternalId = Annotated[str, text(r"^[A-Za-z0-9_+=,.@:/-]+$", "an external id", 1224, 2)]


class AccountSpec(Spec):
    """An account, and how to get in; its id alone where our own credentials are that account's."""

    id: AccountId
    role: RoleName | None = None
    """The role there that is assumed, by its name."""
    read_only_role: RoleName | None = None
    """The role that is assumed instead by what only looks, such as plan."""
    external_id: ExternalId | None = None
    """What the roles' trust policies ask for beside our credentials."""

    @model_validator(mode="before")
    @classmethod
    def _by_id(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping | AccountSpec) else {"id": value}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> JsonSchemaValue:
        schema = super().__get_pydantic_json_schema__(core_schema, handler)
        by_id = handler.resolve_ref_schema(schema)["properties"]["id"]
        return {"anyOf": [by_id, schema]}


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
LogGroup = Annotated[str, text(r"^[A-Za-z0-9_./#-]+$", "a log group's name", 512)]


class JournalSpec(Spec):
    """Where a journal of all that is applied is kept, beside the file."""

    log_group: LogGroup
    """A group of CloudWatch Logs that is there, in the first region of the first account."""


class NoticesSpec(Spec):
    """Where AWS's notices of spot interruptions and rebalance recommendations are read."""

    queue: Annotated[str, text(r"^[A-Za-z0-9_-]+$", "the name of a Queue that is no FIFO queue")]
    """The Queue document of this name, which is wanted in every account and region."""


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[str, text(r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$", "a bucket's name", 63)]


def _each_once(accounts: tuple[AccountSpec, ...]) -> tuple[AccountSpec, ...]:
    once(account.id for account in accounts)
    return accounts


class EstateSpec(Spec):
    """One of these stands in every directory of documents."""

    prefix: Prefix
    """What AWS's names of everything declared here begin with, such as `ci-`."""
    accounts: Annotated[tuple[AccountSpec, ...], Field(min_length=1), AfterValidator(_each_once)]
    """Where everything is wanted that does not say otherwise; the first keeps the lock."""
    regions: Annotated[tuple[Region, ...], Field(min_length=1), ONCE]
    """Where, in each account, everything is wanted that AWS keeps by region."""
    tags: Tags = Field(default_factory=dict)
    """Tags that every resource gets; its own tags win."""
    limits: LimitsSpec = Field(default_factory=LimitsSpec)
    journal: JournalSpec | None = None
    notices: NoticesSpec | None = None
    bucket: BucketName | None = None
    """A bucket of S3 that is there, for files on their way to a machine or from it."""
