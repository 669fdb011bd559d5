"""One call of AWS's API: who asks what, of which service, where."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from moto.backends import get_backend
from moto.iam.models import get_account_id_from
from werkzeug.wrappers import Request

from reconciler.sandbox.clock import Clock
from reconciler.sandbox.supply import Supply
from reconciler.sandbox.wire import Answer, Parameters

if TYPE_CHECKING:
    from reconciler.sandbox.agent import Agents

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
_SIGNED = re.compile(r"Credential=([^/]+)/[0-9]+/([^/]+)/([^/]+)/aws4_request")
_SIGNED_URL = "X-Amz-Credential"

FORM = "application/x-www-form-urlencoded"

# Services that sign under another name than boto3's.
_BOTO3_NAMES = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}


@dataclass(frozen=True)
class Call:
    service: str
    """By boto3's name; "" where the request is not signed."""
    operation: str
    region: str
    access_key: str
    by_form: bool
    """Whether it is asked in EC2's and IAM's manner: a form with an Action, answered in XML."""
    authorization: str = field(repr=False)
    clock: Clock = field(default_factory=Clock, repr=False, compare=False)
    supply: Supply = field(default_factory=Supply, repr=False, compare=False)
    agents: Agents | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(
        cls, request: Request, clock: Clock, supply: Supply, agents: Agents | None = None
    ) -> Call:
        authorization = request.headers.get("Authorization", "")
        signed = _SIGNED.search(authorization or f"Credential={request.args.get(_SIGNED_URL)}")
        access_key, region, service = signed.groups() if signed else ("", "", "")
        action = (request.values if request.mimetype == FORM else request.args).get("Action")
        return cls(
            _BOTO3_NAMES.get(service, service),
            action or _target(request),
            region,
            access_key,
            bool(action),
            authorization,
            clock,
            supply,
            agents,
        )

    @property
    def account(self) -> str:
        return get_account_id_from(self.access_key)

    def world(self, service: str) -> Any:
        """What moto keeps of a service, for this account and region."""
        regions: Any = get_backend(cast(Any, service))[self.account]
        return regions[self.region if self.region in regions else "aws"]


Onward = Callable[[Parameters], Answer]
"""The next correction in line, and moto at the end of it."""

Correction = Callable[[Call, Parameters, Onward], Answer]
"""Answers a call, or raises AwsError, with the help of what is further on or without."""


def _target(request: Request) -> str:
    """By AWS's name; REST services tell it by method and path only."""
    target = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    return target or f"{request.method} {request.path}"
