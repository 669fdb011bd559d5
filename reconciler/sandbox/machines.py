"""moto's instances, in whatever account and region they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend
from moto.ec2.models.instances import InstanceState

# How moto describes an interface that it made for an instance; others are not the instance's own.
_MADE_WITH_IT = "Primary network interface"


def found(id_: str) -> Any:
    """The instance of this id; raises LookupError."""
    for ec2 in _regions():
        if instance := ec2.get_instance_by_id(id_):
            return instance
    raise LookupError(f"there is no instance {id_}")


def running() -> Iterator[Any]:
    for ec2 in _regions():
        for reservation in [*ec2.reservations.values()]:
            yield from (one for one in reservation.instances if one.state == "running")


def hold_boot(instance: Any) -> None:
    """It is pending, and stays so."""
    instance._state = InstanceState()


def give_up_interface(instance: Any) -> None:
    """What ends with the instance; moto would leave it behind."""
    for interface in instance.nics.values():
        if interface.description == _MADE_WITH_IT:
            instance.ec2_backend.enis.pop(interface.id, None)


def _regions() -> Iterator[Any]:
    accounts: Any = get_backend("ec2")
    for regions in [*accounts.values()]:
        yield from [*regions.values()]
