"""Planted mistakes are found: each is made in a copy, and the tests that should fail do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Proven
from tests.effort import EFFORT
from tests.proof.mutations import MUTATIONS, Mutation, copied, made, tried

FAILED = 1


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("copy"))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_what_would_be_mistaken_stands_once_where_it_is_said_to(mutation: Mutation) -> None:
    assert mutation.path.read_text("utf-8").count(mutation.text) == 1
    assert mutation.text != mutation.instead


def test_no_mistake_is_planted_twice() -> None:
    assert len({(one.file, one.text, one.instead) for one in MUTATIONS}) == len(MUTATIONS)


@pytest.mark.skipif(EFFORT == 1, reason="it takes minutes")
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_a_planted_mistake_is_found(
    mutation: Mutation,
    copy: Path,
    proven: Proven,
) -> None:
    with made(mutation, copy):
        found = tried(mutation, copy)
    caught = found.returncode == FAILED
    missed = [] if caught else [found.stdout[-2000:]]
    proven("planted", (mutation.what, mutation.file, mutation.tests[0]), (1,), missed)
    assert missed == []
