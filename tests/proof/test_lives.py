"""Whatever the weather: any life of an estate ends well once the weather is fair.

Each seed is a life: random documents, edits of them, faults, deaths and what others do in AWS. Then
the faults stop, and after three passes at most there is nothing to do, and what others have is as
it was. One that fails is cut down, and the command that lives it again is printed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import pytest

from tests.effort import EFFORT
from tests.proof.life import failure, life, live, shrunk
from tests.proof.place import Place
from tests.proof.specs import Around

TOGETHER = 50 if EFFORT > 1 else 2
LIVES = 500 * EFFORT if EFFORT > 1 else TOGETHER
SEEDS = [range(start, start + TOGETHER) for start in range(0, LIVES, TOGETHER)]
AGAIN = os.environ.get("LIFE", "")
"""SEED:PART,PART… to live these parts of a life, or SEED to live all of it."""


@pytest.mark.parametrize("seeds", SEEDS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_after_any_life_a_few_passes_leave_nothing_to_do(
    seeds: range, place: Place, proven: Callable[..., None]
) -> None:
    wrong = [told(place, seed) for seed in seeds if failure(place, seed)]
    parts = sum(len(life(seed, NOWHERE)) for seed in seeds)
    proven("weather", (f"0 to {LIVES - 1}",), (len(seeds), parts), wrong)
    assert not wrong, "\n".join(wrong)


@pytest.mark.skipif(not AGAIN, reason="LIFE says which life to live again")
def test_a_life_that_failed_lived_again(place: Place) -> None:
    seed, _, kept = AGAIN.partition(":")
    live(place, int(seed), [int(number) for number in kept.split(",")] if kept else None)


def told(place: Place, seed: int) -> str:
    """The fewest parts found of this seed's life that still fail, and the command for them."""
    whole = life(seed, NOWHERE)
    kept = shrunk(range(len(whole)), lambda some: failure(place, seed, some) is not None)
    parts = "\n".join(f"  {whole[number]}" for number in kept)
    return (
        f"life {seed} ends badly: {failure(place, seed, kept)}\n{parts}\nto live it again:\n"
        f"  LIFE={seed}:{','.join(map(str, kept))} .venv/bin/pytest -n 0 -k again {FILE}"
    )


FILE = "tests/proof/test_lives.py"
NOWHERE = Around("vpc-0", "sg-0")
"""What a life is, whatever the ids of this run are."""


def test_a_life_is_cut_down_to_what_it_fails_by() -> None:
    asked: list[Sequence[int]] = []

    def fails(parts: Sequence[int]) -> bool:
        asked.append(parts)
        return {3, 11} <= {*parts}

    assert shrunk(range(20), fails) == [3, 11]
    assert len(asked) < 60
