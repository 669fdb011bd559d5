"""How CloudTrail spells what a call asked and what it answered, as far as rules go."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.sandbox import wire
from reconciler.sandbox.call import Call

_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

# EC2's newer calls are put down as they are, capital letters and all. Of them, what is about rules:
# https://github.com/wazuh/wazuh/issues/17814 (seen on AWS)
_WRAPPED = ("ModifySecurityGroupRules",)

# What EC2 calls in the singular on the wire becomes a set, this one of another name.
_PLURALS = {"resourceId": "resources"}


def asked(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """requestParameters."""
    if call.operation in _WRAPPED:
        return {f"{call.operation}Request": dict(parameters)}
    shape = wire.operation_model(call.service, call.operation).input_shape
    return _Spelling(call.service == "ec2").members(parameters, shape, "Set")


def told(call: Call, answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """responseElements, which is null where there is nothing to tell."""
    if not answer:
        return None
    shape = wire.operation_model(call.service, call.operation).output_shape
    return _Spelling(call.service == "ec2").members(answer, shape)


class _Spelling:
    def __init__(self, ec2: bool) -> None:
        self._ec2 = ec2

    def members(self, value: Mapping[str, Any], shape: Any, suffix: str = "") -> dict[str, Any]:
        """The `suffix` is for EC2's lists whose name on the wire is in the singular."""
        found = {}
        for name, part in value.items():
            member = shape.members[name]
            on_the_wire = member.serialization.get("name", name) if self._ec2 else name
            spelled = _lower(on_the_wire)
            if isinstance(part, list) and on_the_wire != name:
                spelled = _PLURALS.get(spelled, spelled) + suffix
            found[spelled] = self._value(part, member, _lower(on_the_wire))
        return found

    def _value(self, value: Any, shape: Any, name: str) -> Any:
        if shape.metadata.get("sensitive"):
            return _HIDDEN
        if shape.type_name == "structure":
            return self.members(value, shape)
        if shape.type_name == "list":
            return self._list([self._value(one, shape.member, name) for one in value], name)
        return _plain(value)

    def _list(self, values: list[Any], name: str) -> Any:
        """EC2's lists are of structures only."""
        if not self._ec2:
            return values
        return {"items": [one if isinstance(one, dict) else {name: one} for one in values]}


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value
