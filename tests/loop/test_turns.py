"""Nothing ends the loop: whatever a pass raises is told, and the next one comes."""

from __future__ import annotations

import re

import pytest

from reconciler.derive.memory import Memory
from reconciler.errors import Locked, ReconcileError
from reconciler.fleet.offering import Failure, Offering, Purchase
from reconciler.loop.done import Documents, Done, Ending, Standby, Stopped, Turn
from reconciler.loop.kept import Kept
from reconciler.loop.turns import Pass, Turns, survived
from tests.loop.turned import Clock, documents


class Given:
    """A source that gives what it is told to give, one after the other."""

    def __init__(self, *given: Documents | Exception, earlier: Documents | None = None) -> None:
        self._given = iter(given)
        self._earlier = earlier

    def newest(self, _: Documents | None) -> Documents:
        one = next(self._given)
        if isinstance(one, Exception):
            raise one
        return one

    def earlier(self) -> Documents | None:
        return self._earlier


def raising(error: Exception) -> Pass:
    def do(_: Documents, __: Memory) -> tuple[Done, Memory]:
        raise error

    return do


SOLD_OUT = Memory((Failure(Offering("r", "z", "m5.large", Purchase.SPOT), 0, "None left"),))


@pytest.mark.parametrize(
    ("error", "ending", "told"),
    [
        (ReconcileError("the network is gone"), Ending.FAILED, "the network is gone"),
        (Locked("ann has it"), Ending.LOCKED, "ann has it"),
        (Standby("another has it"), Ending.STANDBY, "another has it"),
        (Stopped(), Ending.STOPPED, ""),
    ],
)
def test_what_a_pass_raises_is_how_it_ended(error: Exception, ending: Ending, told: str) -> None:
    done, memory = survived(raising(error), documents(), SOLD_OUT)
    assert (done.ending, "".join(done.troubles.values())) == (ending, told)
    assert memory == SOLD_OUT


def test_what_nobody_thought_of_is_told_by_its_type_and_place_and_nothing_else() -> None:
    done, _ = survived(raising(KeyError("canary-3f9a")), documents(), Memory())
    (told,) = done.troubles.values()
    assert re.fullmatch(r"unforeseen: KeyError at reconciler/loop/turns.py:\d+, in survived", told)
    assert done.ending is Ending.FAILED


def test_each_pass_gets_what_the_last_one_remembered_and_the_newest_documents() -> None:
    seen: list[tuple[str, int]] = []

    def do(found: Documents, memory: Memory) -> tuple[Done, Memory]:
        seen.append((found.commit, len(memory.failures)))
        return Done(Ending.UNCHANGED), Memory(memory.failures + SOLD_OUT.failures)

    heard: list[Turn] = []
    source = Given(documents("1"), documents("2"), ReconcileError("line 7 is wrong"))
    turns = Turns(Kept(source), do, [heard.append], Clock().now)
    for _ in range(3):
        assert turns.turn() is Ending.UNCHANGED
    assert seen == [("1", 0), ("2", 1), ("2", 2)]
    assert [one.trouble for one in heard] == ["", "", "line 7 is wrong"]


@pytest.mark.parametrize("error", [ReconcileError("no file"), RecursionError()])
def test_documents_that_can_not_be_had_leave_the_last_good_ones(error: Exception) -> None:
    kept = Kept(Given(documents("1"), error, documents("3")))
    assert [kept.newest().commit, kept.newest().commit] == ["1", "1"]
    assert kept.trouble
    assert (kept.newest().commit, kept.trouble) == ("3", "")


def test_a_loop_without_any_documents_does_not_begin() -> None:
    with pytest.raises(ReconcileError, match="no Estate"):
        Kept(Given(ReconcileError("no Estate"))).newest()


def test_those_of_an_earlier_run_will_do_to_begin_with() -> None:
    kept = Kept(Given(ReconcileError("no network"), earlier=documents("0")))
    assert (kept.newest().commit, kept.trouble) == ("0", "no network")
