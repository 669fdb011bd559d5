"""Address ranges in the one form that AWS answers with."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from reconciler.fields.plain import text

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"({_OCTET}\.){{3}}{_OCTET}/(3[0-2]|[12]?[0-9])"
# Where the colons may stand is for the address arithmetic to say.
_IPV6 = r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*(:[0-9.]+)?/(12[0-8]|1[01][0-9]|[1-9]?[0-9])"


def _network(value: str) -> str:
    """EC2 clears the bits behind the mask and shortens IPv6: 10.1.2.3/8 comes back 10.0.0.0/8.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
    """
    try:
        return str((IPv6Network if ":" in value else IPv4Network)(value, strict=False))
    except ValueError as error:
        raise PydanticCustomError(
            "bad_cidr",
            "{value} is no address range: {why}",
            {"value": repr(value), "why": str(error)},
        ) from None


Cidr = Annotated[
    str,
    text(rf"^({_IPV4}|{_IPV6})$", "an address range, such as 10.0.0.0/8 or 2001:db8::/32"),
    AfterValidator(_network),
]
