"""What the policy lists for worker types is what a fleet's life calls, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.conftest import ApiCall, Ran
from tests.fleets.account import PARAMETER, Account, Clients, worker_type
from tests.laws.cases import document
from tests.permissions.allowed import needed

Desired = Callable[..., None]
Reconcile = Callable[..., Ran]

SCRIPT = (
    '{schemaVersion: "2.2", mainSteps: [{action: "aws:runShellScript", name: a, '
    "inputs: {runCommand: [date]}}]}"
)
DRAIN = document("Document", "drain", f"{{content: {SCRIPT}}}")
SHOWN_BY_NO_CALL = {
    # AWS wants them of who launches: for the profile, and for the account's first spot instance.
    "iam:PassRole",
    "iam:CreateServiceLinkedRole",
}


def test_a_life_of_a_fleet_takes_all_that_is_listed_for_it(
    account: Account,
    aws: Clients,
    desired: Desired,
    reconcile: Reconcile,
    calls: list[ApiCall],
) -> None:
    aws("sqs").create_queue(QueueName="builds")

    def fleet(**words: Any) -> str:
        return worker_type(
            queue={"sqs": {"name": "builds"}},
            capacity={"min": 2, "max": 3},
            image={"parameter": PARAMETER},
            purchase={"onDemandPercent": 50},
            lifecycle={"drainCommand": "drain"},
            **words,
        )

    def run(*command: str) -> None:
        ran = reconcile(*command)
        assert ran.status == 0, ran
        account.turn()
        for worker in account.ids("*", "running"):
            account.says(worker, "idle")

    desired(DRAIN)
    before = listed(reconcile)
    desired(DRAIN, fleet())
    asked = listed(reconcile) - before
    run("apply", "--yes")
    desired(DRAIN, fleet(launch={"userData": {"text": "other"}}))
    run("apply", "--yes")
    assert account.told_to_leave()
    run("apply", "--yes")
    run("forget", f"Worker/{min(account.ids())}", "--yes")
    run("destroy", "--yes")
    assert asked >= {"ec2:CreateFleet", "ec2:RunInstances", "pricing:GetProducts"}
    assert asked - SHOWN_BY_NO_CALL <= needed(calls)


def listed(reconcile: Reconcile) -> set[str]:
    """The actions that the policy lists."""
    statements = json.loads(reconcile("permissions").out)["Statement"]
    return {
        action
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
