"""Client tokens: a call that comes again is answered as it was, and does nothing.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

_LONGEST = 64
_OUTSIDE = ("ClientToken", "DryRun")


def a_token_is_for_one_call(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """What failed is not remembered: it may be tried again with the same token.

    Seen on AWS: https://github.com/runs-on/runs-on/issues/251
    """
    token = parameters.get("ClientToken")
    if not token or parameters.get("DryRun"):
        return onward(parameters)
    if len(token) > _LONGEST or not token.isascii():
        raise AwsError("InvalidClientToken", f"A token has at most {_LONGEST} ASCII characters.")
    kept: dict[tuple[str, str], Any] = vars(call.world("ec2")).setdefault("sandbox_answers", {})
    asked = {name: part for name, part in parameters.items() if name not in _OUTSIDE}
    before = kept.get((call.operation, token))
    if before is None:
        answer = onward(parameters)
        kept[call.operation, token] = asked, deepcopy(answer)
        return answer
    if before[0] != asked:
        told = (
            "Arguments on this idempotent request are inconsistent with arguments used in previous "
            "request(s)."
        )
        raise AwsError("IdempotentParameterMismatch", told)
    return dict(deepcopy(before[1]))


def a_token_outlives_no_instance(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """Seen on AWS: https://github.com/boto/boto3/issues/4406"""
    answer = onward(parameters)
    ec2 = call.world("ec2")
    launched = [ec2.get_instance(one["InstanceId"]) for one in answer["Instances"]]
    if any(instance.state == "terminated" for instance in launched):
        told = "The client token you have provided is associated with a terminated instance."
        raise AwsError("IdempotentInstanceTerminated", f"{told} Please use a different one.")
    return answer
