"""The Estate: whose the resources are, what their names begin with, and where they may be."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reconciler.fields.plain import ONCE, AccountId, Int, Region, text
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


class EstateSpec(Spec):
    """One of these stands in every directory of documents."""

    prefix: Prefix
    """What AWS's names of everything declared here begin with, such as `ci-`."""
    accounts: Annotated[tuple[AccountId, ...], Field(min_length=1), ONCE]
    """The account ids that plan and apply may touch; with credentials of any other they refuse."""
    regions: Annotated[tuple[Region, ...], Field(min_length=1), ONCE]
    """Where everything that AWS keeps by region is wanted."""
    tags: Tags = Field(default_factory=dict)
    """Tags that every resource gets; its own tags win."""
    limits: LimitsSpec = Field(default_factory=LimitsSpec)
