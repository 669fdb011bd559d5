"""Address ranges in the one form that AWS answers with."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from reconciler.fields.plain import text


def _network(value: str) -> str:
    """EC2 clears the bits behind the mask and shortens IPv6, so 10.1.2.3/8 comes back 10.0.0.0/8."""
    try:
        return str(ip_network(value, strict=False))
    except ValueError as error:
        raise PydanticCustomError(
            "bad_cidr",
            "{value} is no address range: {why}",
            {"value": repr(value), "why": str(error)},
        ) from None


Cidr = Annotated[
    str,
    text(r"^[0-9A-Fa-f:.]+/[0-9]{1,3}$", "an address range, such as 10.0.0.0/8 or 2001:db8::/32"),
    AfterValidator(_network),
]
