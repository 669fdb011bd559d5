"""Who watches the loop sees its last pass, what was launched lately, and the log's last lines."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import Any

import pytest

from reconciler.fleet.offering import Offering, Purchase
from reconciler.loop import clock as loop_clock
from reconciler.loop.done import Done, Ending, Launches, Turn, Workers
from reconciler.loop.log import Level
from reconciler.loop.watching import LATELY, Watching
from reconciler.model import Account
from reconciler.report.live import watched
from reconciler.report.seen import Event, Lately, Row, Seen
from tests.laws.cases import document
from tests.loop.turned import Clock, log, turn

A, B = (Offering("us-west-2", f"us-west-2{zone}", "c5.large", Purchase.SPOT) for zone in "ab")


def workers(account: str = "1", pending: int | None = 5) -> Workers:
    return Workers(account, "linux", pending, 2, 3, 1, 6)


def passed(*launches: Launches, **more: Any) -> Turn:
    return turn(Done(Ending.CHANGED, workers=(workers(),), launches=launches, **more))


def test_before_the_first_pass_the_log_is_all_there_is_to_see() -> None:
    assert Watching(Clock().now).look() == Seen("The first pass is under way")


def test_a_pass_is_seen_with_how_long_ago_it_was() -> None:
    clock = Clock()
    watching = Watching(clock.now)
    watching.hear(passed())
    watching.hear(passed(troubles={"note": "x"}))
    clock.seconds = 7
    assert watching.look() == Seen(
        "Estate acme: pass 2 changed in 1.2 s, 7 s ago",
        (Row("linux", 5, 2, 3, 1),),
        ("note: x",),
    )


def test_what_was_launched_lately_adds_up_and_is_forgotten() -> None:
    clock = Clock()
    watching = Watching(clock.now)
    other = B._replace(zone="us-west-2c")
    watching.hear(passed(Launches("1", "linux", A, 2, 1), Launches("2", "linux", other, 9, 0)))
    clock.seconds = LATELY - 1
    watching.hear(passed(Launches("1", "linux", A, 1, 0), Launches("1", "linux", B, 0, 1)))
    (row,) = watching.look().rows
    assert row.lately == (Lately("c5.large us-west-2a", 3, 1), Lately("c5.large us-west-2b", 0, 1))
    clock.seconds = LATELY
    watching.hear(passed())
    (row,) = watching.look().rows
    assert row.lately == (Lately("c5.large us-west-2a", 1, 0), Lately("c5.large us-west-2b", 0, 1))


def test_what_was_bought_on_demand_says_so() -> None:
    watching = Watching(Clock().now)
    watching.hear(passed(Launches("1", "linux", A._replace(purchase=Purchase.ON_DEMAND), 1, 0)))
    (row,) = watching.look().rows
    assert row.lately == (Lately("c5.large us-west-2a on-demand", 1, 0),)


def test_with_several_accounts_a_worker_type_says_of_which_it_is() -> None:
    done = Done(Ending.CHANGED, workers=(workers("1"), workers("2", None)))
    one = turn(done)
    declared = one.documents.declared
    estate = replace(declared.estate, accounts=(Account("1"), Account("2")))
    documents = one.documents._replace(declared=declared._replace(estate=estate))
    watching = Watching(Clock().now)
    watching.hear(one._replace(documents=documents))
    assert [row.worker_type for row in watching.look().rows] == ["linux of 1", "linux of 2"]


def test_what_is_wrong_with_newer_documents_is_seen() -> None:
    watching = Watching(Clock().now)
    watching.hear(passed()._replace(trouble="a.yml:1:1: no"))
    assert watching.look().wrong == ("documents: a.yml:1:1: no",)


def test_the_log_is_seen_but_for_each_single_worker() -> None:
    watching, written = Watching(Clock().now), list[str]()
    said = log(written)
    with said.shown(watching.heed, instead=False):
        said.say(Level.INFO, "change", "update Worker/i-1", kind="Worker")
        said.say(Level.WARNING, "trouble", "a: b\nc: d")
    said.say(Level.INFO, "pass", "nobody watches any more")
    assert watching.look().events == (
        Event("03:04:05", "a: b", loud=True),
        Event("03:04:05", "c: d", loud=True),
    )
    assert len(written) == 3


def test_where_it_is_watched_on_the_same_screen_the_log_is_not_written_there() -> None:
    watching, written = Watching(Clock().now), list[str]()
    said = log(written)
    with said.shown(watching.heed, instead=True):
        said.say(Level.INFO, "pass", "watched")
    said.say(Level.INFO, "pass", "written")
    assert [line.partition(" ")[2] for line in written] == ["written"]


class Screen:
    """A terminal, and all that was written to it."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """It is there already."""


class Gone(Screen):
    """A terminal whose window was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, f"Input/output error: {text}")


def test_a_terminal_keeps_what_was_seen_last_and_its_cursor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    with watched(lambda: Seen("Estate acme")):
        assert screen.text.endswith("\x1b[?25h"), "who is killed now leaves a cursor"
    assert "Estate acme" in screen.text
    assert screen.text.endswith("\x1b[?25h")


def test_a_terminal_that_is_gone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Gone())
    with watched(lambda: Seen("Estate acme")):
        went_on = True
    assert went_on


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_loop_is_watched_on_a_terminal_and_its_log_never_comes_between(
    elsewhere: bool, desired: Any, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired(document("Parameter", "one", "{value: x}"))
    monkeypatch.setattr(loop_clock, "Clock", Clock)
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    if not elsewhere:
        monkeypatch.setattr(sys, "stderr", screen)
    ran = reconcile("run", "--live")
    assert ran.status == 0
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.text).rpartition("Estate acme: pass 1")[2]
    assert "03:04:07 create Parameter/one" in last
    assert "stopped" in last
    assert "2026-01-02T" not in screen.text
    assert ("2026-01-02T03:04:07Z create Parameter/one" in ran.err) is elsewhere


def test_what_is_wrong_before_the_loop_begins_is_told_though_nobody_can_watch_it(
    desired: Any, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired("kind: Nonsense")
    screen = Screen()
    monkeypatch.setattr(loop_clock, "Clock", Clock)
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    assert reconcile("run", "--live").status == 1
    assert "Nonsense" in screen.text.rpartition("\x1b")[2]
