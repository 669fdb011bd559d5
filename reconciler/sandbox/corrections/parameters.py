"""SSM's parameters: what may be written, and listings as long as asked for."""

from __future__ import annotations

import json
import re
from typing import Any

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.paging import offset
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
STANDARD_SIZE = 4096
ADVANCED_SIZE = 8192
# What DescribeParameters gives when nobody says how many.
_USUAL_PAGE = 10


def a_value_fits_its_pattern(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """Found anywhere in it: AWS's examples anchor theirs, and nobody says that it is done for you.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """
    before = _before(call, parameters)
    pattern = parameters.get("AllowedPattern", before.allowed_pattern if before else None)
    if pattern and not re.search(pattern, parameters["Value"]):
        told = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        raise AwsError("ParameterPatternMismatchException", told)
    return onward(parameters)


def a_path_begins_with_a_slash(_: Call, parameters: Parameters, onward: Onward) -> Answer:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-hierarchies.html"""
    if "/" in parameters["Name"].removeprefix("/") and not parameters["Name"].startswith("/"):
        raise AwsError("ValidationException", "Parameter name must be a fully qualified name.")
    return onward(parameters)


def a_type_stays(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html#API_PutParameter_Errors"""
    before = _before(call, parameters)
    overwrites = before and parameters.get("Overwrite")
    if overwrites and parameters.get("Type", before.parameter_type) != before.parameter_type:
        told = f"The parameter is a {before.parameter_type}; its type can't be changed."
        raise AwsError("HierarchyTypeMismatchException", told)
    return onward(parameters)


def a_tier_is_large_enough_and_never_goes_down(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """Intelligent-Tiering chooses by value and policies, and is answered as what it chose.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
    Seen on AWS, the downgrade too: https://github.com/go-to-k/cdk-real-drift/pull/408
    """
    before = _before(call, parameters)
    held = before.tier if before else "Standard"
    asked = parameters.get("Tier", held)
    size = len(parameters["Value"].encode())
    needs_more = size > STANDARD_SIZE or _policies(parameters)
    if asked == "Intelligent-Tiering":
        asked = "Advanced" if needs_more or held == "Advanced" else "Standard"
    if asked == "Standard" and held == "Advanced" and parameters.get("Overwrite"):
        raise _invalid(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter "
            "from the advanced-parameter tier to the standard-parameter tier."
        )
    if asked == "Standard" and needs_more:
        raise _invalid(f"More than {STANDARD_SIZE} characters, and policies, need Advanced.")
    if size > ADVANCED_SIZE:
        raise _invalid(f"A value has at most {ADVANCED_SIZE} characters.")
    return onward({**parameters, "Tier": asked})


def an_empty_policy_takes_the_policies_away(
    _: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html"""
    if "Policies" not in parameters:
        return onward(parameters)
    return onward({**parameters, "Policies": json.dumps(_policies(parameters))})


def parameters_come_as_many_as_asked(_: Call, parameters: Parameters, onward: Onward) -> Answer:
    """moto gives ten whatever is asked, and its tokens are how many came before.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
    """
    size = parameters.get("MaxResults", _USUAL_PAGE)
    start = offset(parameters.get("NextToken"), "InvalidNextToken")
    found: list[dict[str, Any]] = []
    token: str | None = str(start)
    while token and len(found) <= size:
        answer = onward({**parameters, "NextToken": token})
        found += answer["Parameters"]
        token = answer.get("NextToken")
    more = {"NextToken": str(start + size)} if len(found) > size else {}
    return {"Parameters": found[:size], **more}


def policies_are_shown_as_they_were_written(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto shows Python's idea of them where the JSON and the type belong.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterInlinePolicy.html
    """
    answer = onward(parameters)
    for shown in answer["Parameters"]:
        held = json.loads(call.world("ssm").get_parameter(shown["Name"]).policies or "[]")
        shown["Policies"] = [
            {"PolicyText": json.dumps(one), "PolicyType": one["Type"], "PolicyStatus": "Pending"}
            for one in held
        ]
    return answer


def _before(call: Call, parameters: Parameters) -> Any:
    """The parameter's last version, if there is one."""
    return call.world("ssm").get_parameter(parameters["Name"])


def _policies(parameters: Parameters) -> list[Any]:
    return [policy for policy in json.loads(parameters.get("Policies") or "[]") if policy]


def _invalid(told: str) -> AwsError:
    return AwsError("ValidationException", told)
