"""README's example of notices: what AWS tells of an instance comes to the queue and is read."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reconciler.aws.notices import What, notices
from reconciler.aws.session import connect
from reconciler.load import load
from tests.conftest import ESTATE
from tests.world import Clients

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
SECTION = README.partition("\n## Notices\n")[2].partition("\n## ")[0]
YAML = "\n".join(line for line in SECTION.splitlines() if line.startswith("    "))


def test_the_example_brings_both_sorts_of_notices_and_nothing_else(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
) -> None:
    (said,) = [word for word in SECTION.split("`") if word.startswith("notices: ")]
    desired(f"{textwrap.dedent(YAML)}\n", estate=ESTATE.replace("prefix", f"{said}, prefix"))
    assert reconcile("apply", "--yes").status == 0
    assert reconcile("plan", "--detailed-exitcode").status == 0
    told = [
        "EC2 Spot Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
    ]
    detail = json.dumps({"instance-id": "i-0123456789abcdef0"})
    events = [{"Source": "aws.ec2", "DetailType": one, "Detail": detail} for one in told]
    aws("events").put_events(Entries=events)
    estate = load("desired").estate
    assert estate.notices == "spot-notices"
    found = notices(connect(estate).home, f"{estate.prefix}{estate.notices}")
    assert sorted(one.what for one in found) == [What.INTERRUPTION, What.REBALANCE]
