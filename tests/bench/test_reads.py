"""What a look at fleets costs in calls of AWS: as many for few worker types as for many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from bench.calls import reads
from reconciler.cli import walk
from reconciler.sandbox import Sandbox
from tests.conftest import Ran
from tests.fleets.account import Account, Clients, waiting, worker_type

FEW, MANY = 2, 8
TYPES = ("c5.large", "m5.large")


def test_reading_takes_no_more_calls_for_more_worker_types(
    sandbox: Sandbox,
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = Account(sandbox, aws)
    monkeypatch.setattr(walk, "now", account.now)

    def look(types: int) -> Counter[tuple[str, str]]:
        """The calls of one look, with an instance and a template of each worker type there."""
        words = {
            "queue": waiting(0),
            "capacity": {"min": 1, "max": 1},
            "purchase": "spot-then-on-demand",
            "instanceTypes": [{"type": name} for name in TYPES],
        }
        desired(*(worker_type(f"pool-{number}", **words) for number in range(types)))
        assert reconcile("apply", "--yes").status == 0
        account.turn()
        before = len(sandbox.requests)
        assert f"{2 * types} unchanged" in reconcile("plan").out
        return Counter(sandbox.requests[before:])

    few = look(FEW)
    assert few == reads(FEW, FEW, prices=1, on_demand=len(TYPES))
    assert look(MANY) == few
    assert account.count() == len(account.templates()) == MANY


def test_only_what_comes_in_pages_takes_more_calls() -> None:
    more = reads(20_000, templates=1000, prices=1001, on_demand=0) - reads(1, 1, 1, on_demand=0)
    assert {name: count for (_, name), count in more.items()} == {
        "DescribeInstances": 19,
        "DescribeLaunchTemplates": 4,
        "DescribeLaunchTemplateVersions": 4,
        "DescribeSpotPriceHistory": 1,
    }
