"""A queue that is none: a number of tasks that git says."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reconciler.fields.plain import Int
from reconciler.queues.answers import MOST
from reconciler.queues.demand import Demand
from reconciler.spec import Spec


class Static(Spec):
    """Always the same number of tasks, for trying out and for fleets of a fixed size.

    Nothing is known of the workers, and no task is ever done.
    """

    pending: Annotated[Int, Field(ge=0, le=MOST)]
    """How many tasks wait, always."""


def read(spec: Static) -> Demand:
    return Demand(spec.pending, None, None)
