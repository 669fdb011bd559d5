"""What a document makes a machine do: its steps, with the parameters filled in.

https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.errors import AwsError

SHELL, POWERSHELL = "aws:runShellScript", "aws:runPowerShellScript"

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    name: str
    """By which AWS tells of it: the step's own or, before version 2, its plugin's."""
    action: str
    inputs: Mapping[str, Any]
    precondition: Mapping[str, Any]
    skippable: bool
    """Whether what the platform lacks is skipped; before version 2.2 it fails."""

    @property
    def script(self) -> str:
        return "\n".join(map(str, self.inputs.get("runCommand") or ()))

    @property
    def timeout(self) -> float:
        return float(self.inputs.get("timeoutSeconds") or 3600)


def _any_script(action: str) -> Content:
    properties = {
        "id": f"0.{action}",
        "runCommand": "{{ commands }}",
        "workingDirectory": "{{ workingDirectory }}",
        "timeoutSeconds": "{{ executionTimeout }}",
    }
    return {
        "schemaVersion": "1.2",
        "parameters": {
            "commands": {"type": "StringList", "minItems": 1},
            "workingDirectory": {"type": "String", "default": ""},
            "executionTimeout": {
                "type": "String",
                "default": "3600",
                "allowedPattern": "[1-9][0-9]{0,4}|1[0-6][0-9]{4}|17[01][0-9]{3}|172[0-7][0-9]{2}"
                "|172800",
            },
        },
        "runtimeConfig": {action: {"properties": [properties]}},
    }


AWS_S_OWN = {
    "AWS-RunShellScript": _any_script(SHELL),
    "AWS-RunPowerShellScript": _any_script(POWERSHELL),
}


def steps(content: Content, given: Mapping[str, Sequence[str]]) -> list[Step]:
    """The steps of a document for what a command gives it; raises AwsError."""
    values = dict(_arguments(content, given))
    if "runtimeConfig" in content:
        return [*_plugins(content, values)]
    return [_step(content, one, values) for one in content.get("mainSteps") or ()]


def _plugins(content: Content, values: Content) -> Iterator[Step]:
    for plugin, config in content["runtimeConfig"].items():
        for inputs in config.get("properties") or ():
            yield Step(plugin, plugin, _filled(inputs, values), {}, False)


def _step(content: Content, one: Content, values: Content) -> Step:
    inputs = _filled(one.get("inputs") or {}, values)
    condition = _filled(one.get("precondition") or {}, values)
    return Step(one["name"], one["action"], inputs, condition, content["schemaVersion"] == "2.2")


def _arguments(content: Content, given: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Any]]:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html"""
    declared = content.get("parameters") or {}
    if unknown := sorted(given.keys() - declared.keys()):
        raise _refused(f"the document has no parameter {unknown[0]}")
    for name, one in declared.items():
        if name in given:
            yield name, _checked(name, one, given[name])
        elif "default" in one:
            yield name, one["default"]
        else:
            raise _refused(f"the parameter {name} has no value")


def _checked(name: str, declared: Content, values: Sequence[str]) -> Any:
    pattern, allowed = declared.get("allowedPattern"), declared.get("allowedValues")
    for value in values:
        if pattern and not re.fullmatch(pattern, value):
            raise _refused(f"a value of the parameter {name} does not match {pattern}")
        if allowed and value not in map(str, allowed):
            raise _refused(f"a value of the parameter {name} is none of those allowed")
    if declared["type"] == "StringList":
        return list(values)
    if len(values) != 1:
        raise _refused(f"the parameter {name} takes one value")
    return values[0]


def _refused(what: str) -> AwsError:
    return AwsError("InvalidParameters", what)


_PLACE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


def _filled(part: Any, values: Content) -> Any:
    """The part with values in the place of parameters; one that stands alone keeps its type."""
    if isinstance(part, dict):
        return {name: _filled(one, values) for name, one in part.items()}
    if isinstance(part, list):
        return [*_filled_list(part, values)]
    if not isinstance(part, str):
        return part
    alone = _PLACE.fullmatch(part.strip())
    if alone and alone[1] in values:
        return values[alone[1]]
    return _PLACE.sub(lambda found: _text(values.get(found[1], found[0])), part)


def _filled_list(parts: Sequence[Any], values: Content) -> Iterator[Any]:
    for one in parts:
        filled = _filled(one, values)
        if isinstance(one, str) and isinstance(filled, list):
            yield from filled
        else:
            yield filled


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
