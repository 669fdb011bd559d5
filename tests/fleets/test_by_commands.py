"""The other commands, where the documents have worker types."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.sandbox import Sandbox
from tests.conftest import Ran
from tests.fleets.account import Account, waiting, worker_type
from tests.laws.cases import BYSTANDER

Desired = Callable[..., None]
Reconcile = Callable[..., Ran]
alone = pytest.mark.usefixtures("fleets_alone")


def done(ran: Ran) -> str:
    assert ran.status == 0, ran
    return ran.out


def test_a_worker_type_s_name_stands_for_all_that_is_derived_of_it(
    account: Account, sandbox: Sandbox, desired: Desired, reconcile: Reconcile
) -> None:
    types = [{"type": "c5.large"}, {"type": "c5.9xlarge"}]
    desired(worker_type("one", instanceTypes=types), worker_type("two"), BYSTANDER)
    planned = done(reconcile("plan", "--only", "WorkerType/one"))
    assert planned.count("+ create") == 3
    assert "/two" not in planned
    # What is cheap is scarce, so that more than one round is needed.
    sandbox.scarce({("*", "c5.large", "spot"): 1})
    done(reconcile("apply", "--yes", "--only", "WorkerType/on?"))
    assert (account.count("one"), account.count("two")) == (3, 0)
    desired(worker_type("two"), BYSTANDER)
    account.turn()
    assert "3 told to leave" in done(reconcile("apply", "--yes", "--only", "WorkerType/one"))
    ran = reconcile("plan", "--only", "WorkerType/tow")
    assert ran.status == 1
    assert "did you mean 'WorkerType/two'?" in ran.err


def test_the_rest_may_be_chosen_without_the_fleets(
    account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    desired(worker_type(), BYSTANDER)
    told = done(reconcile("apply", "--yes", "--only", "Policy/*"))
    assert "Applied: 1 created." in told
    assert "WorkerType" not in told
    assert account.count() == 0


def test_a_saved_plan_changes_what_stands_and_leaves_fleets_to_the_next_pass(
    account: Account, desired: Desired, reconcile: Reconcile, tmp_path: Path
) -> None:
    file = str(tmp_path / "plan.json")
    desired(worker_type(), BYSTANDER)
    done(reconcile("plan", "--out", file))
    told = done(reconcile("apply", file, "--yes"))
    assert "Applied: 1 created." in told
    assert "to launch" not in told
    assert account.count() == 0
    assert reconcile("apply", file, "--yes").status == 5


def test_a_saved_plan_still_serves_when_more_waits_by_then(
    account: Account, desired: Desired, reconcile: Reconcile, tmp_path: Path
) -> None:
    file = str(tmp_path / "plan.json")
    desired(worker_type(queue=waiting(2)), BYSTANDER)
    done(reconcile("plan", "--out", file))
    done(reconcile("apply", "--yes", "--only", "WorkerType/linux"))
    account.turn()
    assert "Applied: 1 created." in done(reconcile("apply", file, "--yes"))
    assert account.count() == 2


@alone
def test_a_fleet_s_life_is_in_the_status_and_is_no_drift(
    account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    desired(worker_type(queue=waiting(2)))
    done(reconcile("apply", "--yes"))
    account.turn()
    told = done(reconcile("status"))
    for worker in account.ids():
        assert f"Worker/{worker} " in told
    assert "Launch/" not in told
    assert "WorkerType/linux: 2 tasks waiting, capacity 2 running" in told
    assert "No drift." in done(reconcile("drift", "--detailed-exitcode"))


@alone
def test_a_forgotten_worker_stays_and_is_nobody_s(
    account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    desired(worker_type(queue=waiting(0), capacity={"min": 2, "max": 2}))
    done(reconcile("apply", "--yes"))
    account.turn(150)
    one = min(account.ids())
    done(reconcile("forget", f"Worker/{one}", "--yes"))
    assert one not in account.ids()
    (left,) = account.ec2.describe_instances(InstanceIds=[one])["Reservations"]
    assert left["Instances"][0]["State"]["Name"] == "running"
    assert not [t for t in left["Instances"][0]["Tags"] if t["Key"].startswith("reconciler:")]
    done(reconcile("apply", "--yes"))
    assert account.count() == 2
    done(reconcile("destroy", "--yes"))
    assert account.count() == 0
    (left,) = account.ec2.describe_instances(InstanceIds=[one])["Reservations"]
    assert left["Instances"][0]["State"]["Name"] == "running"


@alone
def test_destroy_leaves_nothing_of_fleets_and_may_be_of_one(
    account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    desired(worker_type("one", queue=waiting(1)), worker_type("two", queue=waiting(2)))
    done(reconcile("apply", "--yes"))
    account.turn()
    done(reconcile("destroy", "--yes", "--only", "WorkerType/one"))
    assert (account.count("one"), account.count("two")) == (0, 2)
    assert all(name.startswith("ci-two.") for name in account.templates())
    done(reconcile("destroy", "--yes"))
    assert account.count() == 0
    assert account.templates() == set()


@alone
def test_render_shows_every_launch_and_where_each_value_was_said(
    account: Account, desired: Desired, reconcile: Reconcile
) -> None:
    region = {
        "region": "eu-central-1",
        "zones": {"eu-central-1a": {"launch": {"publicIp": True}}, "eu-central-1c": {"use": False}},
        "launch": {"tags": {"where": "here"}},
    }
    desired(worker_type(regions=[region], launch={"userData": {"config": {"port": 80}}}))
    told = done(reconcile("render", "WorkerType/linux"))
    lines = [line.split() for line in told.splitlines()]
    assert ["userData.config.port", "80", "launch"] in lines
    assert ["publicIp", "true", "zones.eu-central-1a.launch"] in lines
    assert ["tags.where", "here", "regions.eu-central-1.launch"] in lines
    assert "eu-central-1c" not in told


@alone
@pytest.mark.parametrize("command", [("plan",), ("why", "nss")])
def test_eighty_columns_are_enough_and_a_pipe_gets_all_on_its_lines(
    command: tuple[str, ...],
    account: Account,
    desired: Desired,
    reconcile: Reconcile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = {"a-word": "and a long value for it", "port": 80}
    desired(worker_type("nss", launch={"userData": {"config": config}}))
    piped = done(reconcile(*command))
    for name, value in {"COLUMNS": "80", "FORCE_COLOR": "1", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", done(reconcile(*command)))
    for told in (piped, shown):
        assert "c5.large in eu-central-1a" in told
    # What is decided is one line for each worker type, and the terminal's to break.
    lines = [line for line in shown.splitlines() if not line.startswith("WorkerType/nss: ")]
    assert max(map(len, lines)) <= 80
    assert len(piped.splitlines()) <= len(shown.splitlines())
