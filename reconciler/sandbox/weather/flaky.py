"""Servers that fail, and connections that end before AWS has acted or after it has."""

from __future__ import annotations

from typing import NoReturn

from reconciler.sandbox.call import Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.weather.sky import Dropped, Moment
from reconciler.sandbox.wire import Answer, Parameters

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-codes-table-server
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html#API_CreateRole_Errors
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html#API_PutParameter_Errors
# https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html#API_GetResources_Errors
_FAILURES = {
    "ec2": "InternalError",
    "iam": "ServiceFailure",
    "ssm": "InternalServerError",
    "resourcegroupstaggingapi": "InternalServiceException",
}
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
_FAILURE_OF_OTHERS = "InternalFailure"

_LONGEST_DELAY = 20.0


class Flaky:
    """So many calls of a hundred go wrong, each in one of the ways; some others are slow.

    That an answer may be lost though AWS has acted, and that the caller can't tell, is why
    https://aws.amazon.com/builders-library/making-retries-safe-with-idempotent-APIs/ asks for
    tokens.
    """

    def __init__(self, of_a_hundred: int) -> None:
        self._share = of_a_hundred / 100

    def __call__(self, moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
        dice = moment.luck("flaky")
        if dice.random() < self._share:
            return dice.choice([_failed, _unavailable, _not_sent, _not_heard])(
                moment, parameters, onward
            )
        if dice.random() < self._share:
            moment.clock.turn(dice.uniform(0, _LONGEST_DELAY))
        return onward(parameters)


def _failed(moment: Moment, _: Parameters, __: Onward) -> NoReturn:
    code = _FAILURES.get(moment.call.service, _FAILURE_OF_OTHERS)
    raise AwsError(code, "An internal error has occurred.", 500)


def _unavailable(_: Moment, __: Parameters, ___: Onward) -> NoReturn:
    raise AwsError("ServiceUnavailable", "The service is unavailable. Please try again.", 503)


def _not_sent(_: Moment, __: Parameters, ___: Onward) -> NoReturn:
    raise Dropped("before AWS has acted")


def _not_heard(_: Moment, parameters: Parameters, onward: Onward) -> NoReturn:
    onward(parameters)
    raise Dropped("after AWS has acted")
