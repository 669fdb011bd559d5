"""What a request asks of AWS, without what every run says otherwise: by that it is known again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

_VARYING = {"ClientToken", "EndTime", "StartTime"}
"""Parameters that are another in each run: times, and tokens that are made by chance."""
_CLAIM = "/reconciler/"
"""How the names of the parameters begin that say who is at work, and since when."""


class Asked(NamedTuple):
    """A request, as two runs that do the same both make it."""

    service: str
    region: str
    operation: str
    parameters: str


def asked(headers: Mapping[str, str], body: bytes) -> Asked:
    """What a signed request of one of AWS's protocols for queries or JSON asks."""
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
    scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", headers["Authorization"])
    assert scope, headers["Authorization"]
    operation, parameters = _parameters(headers, body)
    return Asked(scope[2], scope[1], operation, _told(parameters))


def parameters(of: Asked) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(of.parameters)
    return found


def with_parameter(of: Asked, name: str, value: str) -> Asked:
    return of._replace(parameters=_told({**parameters(of), name: value}))


def claim(of: Asked) -> str:
    """The name of the claim that a request is about, or ""."""
    name = parameters(of).get("Name", "") if of.service == "ssm" else ""
    return name if isinstance(name, str) and name.startswith(_CLAIM) else ""


def _parameters(headers: Mapping[str, str], body: bytes) -> tuple[str, dict[str, Any]]:
    if target := headers.get("X-Amz-Target"):
        return target.rpartition(".")[2], json.loads(body or b"{}")
    pairs: dict[str, Any] = dict(parse_qsl(body.decode(), keep_blank_values=True))
    del pairs["Version"]
    return pairs.pop("Action"), pairs


def _told(parameters: Mapping[str, Any]) -> str:
    varying = _VARYING | ({"Value"} if str(parameters.get("Name")).startswith(_CLAIM) else set())
    return json.dumps({k: v for k, v in parameters.items() if k not in varying}, sort_keys=True)
