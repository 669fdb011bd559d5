"""moto's instances, in whatever account and region they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend
from moto.ec2.models.instances import InstanceState


def found(id_: str) -> Any:
    """The instance of this id; raises LookupError."""
    for ec2 in _regions():
        if instance := ec2.get_instance_by_id(id_):
            return instance
    raise LookupError(f"there is no instance {id_}")


def hold_boot(instance: Any) -> None:
    """It is pending, and stays so."""
    instance._state = InstanceState()


def _regions() -> Iterator[Any]:
    accounts: Any = get_backend("ec2")
    for regions in [*accounts.values()]:
        yield from [*regions.values()]
