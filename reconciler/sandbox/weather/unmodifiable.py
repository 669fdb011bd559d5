"""What IAM has made a moment ago and does not let be changed yet: the way in of a user.

Of all that IAM knows, these calls alone are refused so, by its own model.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
"""

from __future__ import annotations

from reconciler.sandbox.call import Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.weather.events import Event
from reconciler.sandbox.weather.sky import Moment
from reconciler.sandbox.wire import Answer, Parameters

_MADE_BY = {
    "DeleteLoginProfile": "CreateLoginProfile",
    "UpdateLoginProfile": "CreateLoginProfile",
    "UpdateUser": "CreateUser",
}
# The first was seen in these words, and the second is made like it.
# https://github.com/hashicorp/terraform-provider-aws/pull/4143
_WORDS = {
    "CreateLoginProfile": "Login Profile for User {} cannot be modified while login profile is "
    "being created.",
    "CreateUser": "User {} cannot be modified while it is being created.",
}


class Unmodifiable:
    def __init__(self) -> None:
        self._made: dict[tuple[str, str, str], Event] = {}

    def __call__(self, moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
        call = moment.call
        if call.service != "iam":
            return onward(parameters)
        who = str(parameters.get("UserName", ""))
        by = _MADE_BY.get(call.operation, "")
        made = self._made.get((call.account, by, who))
        if made and not made.is_known(call.operation, moment.clock):
            raise AwsError("EntityTemporarilyUnmodifiable", _WORDS[by].format(who), 409)
        answer = onward(parameters)
        if call.operation in _WORDS:
            self._made[call.account, call.operation, who] = Event(moment.clock.now(), moment.luck)
        return answer
