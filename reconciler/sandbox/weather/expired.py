"""Credentials and tokens of pages that expire in the middle of it."""

from __future__ import annotations

from reconciler.sandbox.call import Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.weather.pages import continues
from reconciler.sandbox.weather.sky import Moment
from reconciler.sandbox.wire import Answer, Parameters

_CREDENTIALS = 0.02
_PAGES = 0.2
# So many calls come with the old credentials before somebody has renewed them.
_MOST_REFUSED = 5

# EC2 answers so to sessions that are over: https://github.com/aws/aws-sdk-go-v2/issues/1674
_REQUEST_EXPIRED = ("RequestExpired", "Request has expired.", 400)
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
_EXPIRED = "The security token included in the request is expired"
_TOKEN_EXPIRED = ("ExpiredToken", _EXPIRED, 403)
_TOKEN_EXPIRED_JSON = ("ExpiredTokenException", _EXPIRED, 400)

# The tagging API says how long its tokens hold, a quarter of an hour; the others only that there
# are tokens which they don't take.
# https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
_OF_PAGES = {
    "ec2": "InvalidNextToken",
    "iam": "ValidationError",
    "logs": "InvalidParameterException",
    "resourcegroupstaggingapi": "PaginationTokenExpiredException",
}
_OF_OTHER_PAGES = "InvalidNextToken"


class Expired:
    def __init__(self) -> None:
        self._refused: dict[str, int] = {}
        """How many more calls come with expired credentials, by the access key."""

    def __call__(self, moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
        call, dice = moment.call, moment.luck("expired")
        left = self._refused.get(call.access_key, 0)
        if not left and dice.random() < _CREDENTIALS:
            left = dice.randint(1, _MOST_REFUSED)
        if left:
            self._refused[call.access_key] = left - 1
            raise _credentials(moment)
        if continues(call, parameters) and dice.random() < _PAGES:
            code = _OF_PAGES.get(call.service, _OF_OTHER_PAGES)
            raise AwsError(code, "The token has expired, or was never given.")
        return onward(parameters)


def _credentials(moment: Moment) -> AwsError:
    if moment.call.service == "ec2":
        return AwsError(*_REQUEST_EXPIRED)
    return AwsError(*(_TOKEN_EXPIRED if moment.call.by_form else _TOKEN_EXPIRED_JSON))
