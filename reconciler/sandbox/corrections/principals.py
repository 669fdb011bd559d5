"""Roles and users in trust policies: kept by their unique ids, and told by their ARNs while they
are there.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
Who is made anew with the same name is somebody else:
https://aws.amazon.com/premiumsupport/knowledge-center/iam-resource-policy-format/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters, structures

_TRUST = "AssumeRolePolicyDocument"
_WRITTEN = {"CreateRole": _TRUST, "UpdateAssumeRolePolicy": "PolicyDocument"}
_ID = re.compile(r"\b(AROA|AIDA)[A-Z0-9]{16,}\b")


def a_principal_is_known_by_its_id(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """One that is not there is refused."""
    name = _WRITTEN[call.operation]
    ids = {arn: id_ for id_, arn in _principals(call)}
    own = re.compile(rf"arn:aws:iam::{call.account}:(role|user)/.+")

    def as_id(principal: str) -> str:
        if not own.fullmatch(principal):
            return principal
        if principal not in ids:
            told = f'Invalid principal in policy: "AWS":"{principal}"'
            raise AwsError("MalformedPolicyDocument", told)
        return ids[principal]

    try:
        written = json.loads(parameters[name])
    except ValueError:
        # What is no JSON is for moto to refuse.
        return onward(parameters)
    return onward({**parameters, name: json.dumps(_exchanged(written, as_id))})


def a_principal_that_is_there_is_told_by_its_arn(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    answer = onward(parameters)
    arns = dict(_principals(call))
    for part in structures(answer):
        if _TRUST in part:
            text = unquote(part[_TRUST])
            part[_TRUST] = quote(_ID.sub(lambda id_: arns.get(id_[0], id_[0]), text))
    return answer


def _principals(call: Call) -> Iterator[tuple[str, str]]:
    """The unique id and the ARN of everybody in the account."""
    iam = call.world("iam")
    for one in (*iam.roles.values(), *iam.users.values()):
        yield one.id, one.arn


def _exchanged(document: Any, as_id: Callable[[str], str]) -> Any:
    """The document with each principal of AWS's that its statements name as `as_id` has it."""
    if not isinstance(document, dict):
        return document
    statements = document.get("Statement")
    several = statements if isinstance(statements, list) else [statements]
    changed = [_told(one, as_id) for one in several]
    return {**document, "Statement": changed if isinstance(statements, list) else changed[0]}


def _told(statement: Any, as_id: Callable[[str], str]) -> Any:
    if not isinstance(statement, dict):
        return statement
    changed = dict(statement)
    for word in ("Principal", "NotPrincipal"):
        named = statement.get(word)
        if isinstance(named, dict) and "AWS" in named:
            aws = named["AWS"]
            ids = [as_id(one) for one in aws] if isinstance(aws, list) else as_id(aws)
            changed[word] = {**named, "AWS": ids}
    return changed
