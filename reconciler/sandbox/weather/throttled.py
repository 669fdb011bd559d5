"""Buckets of tokens, one token a call: who calls faster than they fill is told to slow down.

Buckets are the account's, and the others in it have spent some of each already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.weather.sky import Moment
from reconciler.sandbox.wire import Answer, Parameters


class Size(NamedTuple):
    """Of a bucket: how many tokens it holds, and how many a second come back."""

    tokens: int
    back: float


# https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
_EC2_READING = Size(100, 20)
_EC2_CHANGING = Size(50, 5)
_EC2_OF_ITS_OWN = {
    "CreateTags": Size(100, 10),
    "RunInstances": Size(5, 2),
    "TerminateInstances": Size(100, 5),
}
# Nothing is published for IAM; it is known to throttle first, and its changes most of all.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_IAM_READING = Size(60, 20)
_IAM_CHANGING = Size(15, 3)
# Forty a second for reading values; of writing AWS's support told 3 a second.
# https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm
# https://github.com/github-aws-runners/terraform-aws-github-runner/issues/2944
_SSM_READING = Size(40, 40)
_SSM_CHANGING = Size(10, 3)
# Not published either; that it throttles, and so called: https://github.com/cloud-custodian/cloud-custodian/pull/5912
_TAGGING = Size(15, 5)

_READING = ("Describe", "Get", "List", "Search")

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-codes-table-server
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
# https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html#API_GetResources_Errors
_REFUSALS = {
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "iam": ("Throttling", "Rate exceeded", 400),
    "ssm": ("ThrottlingException", "Rate exceeded", 400),
    "resourcegroupstaggingapi": ("ThrottledException", "Rate exceeded", 400),
}


@dataclass
class _Bucket:
    size: Size
    tokens: float
    seen: float

    def take(self, now: float) -> bool:
        """Whether there was a token."""
        self.tokens = min(self.size.tokens, self.tokens + self.size.back * (now - self.seen))
        self.seen = now
        there = self.tokens >= 1
        self.tokens -= there
        return there


class Throttled:
    def __init__(self, spent: float) -> None:
        """`spent` is which part of the buckets the account's others have spent at the beginning."""
        self._left = 1 - spent
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def __call__(self, moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
        call, now = moment.call, moment.clock.now()
        if call.service in _REFUSALS and not self._bucket(call, now).take(now):
            raise AwsError(*_REFUSALS[call.service])
        return onward(parameters)

    def _bucket(self, call: Call, now: float) -> _Bucket:
        name, size = _which(call)
        where = "" if call.service == "iam" else call.region
        full = _Bucket(size, size.tokens * self._left, now)
        return self._buckets.setdefault((call.account, where, call.service, name), full)


def _which(call: Call) -> tuple[str, Size]:
    """The bucket that a call takes from: one of its own, or one with all that read or change."""
    if call.service == "ec2" and call.operation in _EC2_OF_ITS_OWN:
        return call.operation, _EC2_OF_ITS_OWN[call.operation]
    reads = call.operation.startswith(_READING)
    reading, changing = {
        "ec2": (_EC2_READING, _EC2_CHANGING),
        "iam": (_IAM_READING, _IAM_CHANGING),
        "ssm": (_SSM_READING, _SSM_CHANGING),
        "resourcegroupstaggingapi": (_TAGGING, _TAGGING),
    }[call.service]
    return ("reading", reading) if reads else ("changing", changing)
