"""What a whole document is: the envelope around the spec of each kind."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from reconciler.fields.plain import ONCE, AccountId, NonEmpty, Region, text
from reconciler.fields.tags import Tags
from reconciler.kinds import DECLARED, KINDS, KNOWN
from reconciler.kinds.estate import EstateSpec
from reconciler.spec import Spec

API_VERSION = "reconciler/v1"
ESTATE = "Estate"

_ESTATE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


def kinds() -> tuple[str, ...]:
    """The kinds that a document may be of."""
    return (ESTATE, *DECLARED)


@cache
def model(kind: str) -> type[Spec]:
    """The model of a whole document of one kind."""
    spec: type[Spec] = EstateSpec if kind == ESTATE else KINDS[kind].spec
    fields: dict[str, Any] = {
        "api_version": (Literal["reconciler/v1"], ...),
        "kind": (Literal[kind], ...),
        "metadata": (_metadata(kind), ...),
        "spec": (spec, ...),
    }
    return create_model(kind, __base__=Spec, __doc__=spec.__doc__, **fields)


class Annotations(Spec):
    """What the program should know of a resource beside what AWS keeps."""

    protect: Annotated[Literal["true", "false"], Field(alias="reconciler/protect")] = "false"
    """"true": refuse to delete or replace it, also when its document is gone."""
    name: Annotated[NonEmpty | None, Field(alias="reconciler/name")] = None
    """AWS's name, where that is not the prefix and the name above."""
    adopt: Annotated[NonEmpty | None, Field(alias="reconciler/adopt")] = None
    """AWS's id of what is there and nobody's yet, to be taken over; several with spaces between."""


_Accounts = Annotated[
    Annotated[tuple[AccountId, ...], Field(min_length=1), ONCE] | None,
    Field(description="Those of the Estate's accounts that it is wanted in; without this, all."),
]
_Regions = Annotated[
    Annotated[tuple[Region, ...], Field(min_length=1), ONCE] | None,
    Field(description="Those of the Estate's regions that it is wanted in; without this, all."),
]


def _metadata(kind: str) -> type[Spec]:
    names, longest = (
        (_ESTATE_NAME, 64) if kind == ESTATE else (KINDS[kind].names, KINDS[kind].longest)
    )
    what = "Whose the resources are." if kind == ESTATE else "Its name here, without the prefix."
    name = Annotated[str, text(names, f"a name that {kind} may have", longest)]
    fields: dict[str, Any] = {
        "name": (name, Field(description=what)),
        "tags": (Tags, Field(default_factory=dict, description="Tags that AWS keeps of it.")),
    }
    if kind != ESTATE:
        fields["annotations"] = (Annotations, Field(default_factory=Annotations))
        fields["accounts"] = (_Accounts, None)
    if kind != ESTATE and not KNOWN[kind].once:
        fields["regions"] = (_Regions, None)
    return create_model(f"{kind}Metadata", __base__=Spec, **fields)
