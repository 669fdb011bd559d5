"""Reading costs a call a page, whatever the number of resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.effort import EFFORT
from tests.laws.cases import document, public_key

TRUST = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:AssumeRole", '
    "Principal: {Service: ec2.amazonaws.com}}]}"
)
SCRIPT = (
    '{schemaVersion: "2.2", mainSteps: [{action: "aws:runShellScript", name: a, '
    "inputs: {runCommand: [date]}}]}"
)
SPECS = {
    "SecurityGroup": "{description: X, ingress: [{protocol: tcp, ports: 22, groups: [n%d]}]}",
    "Role": f"{{trustPolicy: {TRUST}, description: X}}",
    "InstanceProfile": "{role: n%d}",
    "KeyPair": f"{{publicKey: {public_key('ed25519')}}}",
    "Parameter": "{value: x}",
    "Document": f"{{content: {SCRIPT}}}",
}


@pytest.mark.parametrize(("number", "most"), [(50, 13)] if EFFORT == 1 else [(500, 39)])
def test_planning_many_resources_takes_few_calls(
    number: int,
    most: int,
    sandbox: Sandbox,
    aws: object,
    desired: Callable[..., None],
    reconcile: Any,
) -> None:
    desired(
        *(
            document(kind, f"n{i}", spec.replace("%d", str(i)))
            for kind, spec in SPECS.items()
            for i in range(number)
        )
    )
    applied = reconcile("apply", "--yes")
    assert applied.status == 0, applied.err[-2000:]
    before = len(sandbox.requests)
    planned = reconcile("plan", "--detailed-exitcode")
    assert f"Nothing to do: {number * len(SPECS)} unchanged." in planned.out
    calls = sandbox.requests[before:]
    assert len(calls) <= most, calls
