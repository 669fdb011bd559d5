"""Long answers that come at the same time are read in other processes, as they would be here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

import pytest

from reconciler.aws.parsing import long
from reconciler.aws.parsing.beside import CROWDED, Beside
from reconciler.aws.parsing.members import USED
from tests.aws.answers import Writer, output, response

SOON = 60.0


@contextmanager
def busy(beside: Beside) -> Iterator[None]:
    """Something else is being read here meanwhile."""
    begun, over = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        over.wait(SOON)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(beside.read, slow, slow)
        assert begun.wait(SOON)
        try:
            yield
        finally:
            over.set()


def where(beside: Beside) -> int:
    """The process in which something is read."""
    return beside.read(os.getpid, os.getpid)


@contextmanager
def crowded() -> Iterator[Beside]:
    """So much has come at once that there is another process, and something is read here."""
    made = Beside(cores=2)
    with busy(made):
        for _ in range(CROWDED):
            assert where(made) == os.getpid()
        assert made.ready.wait(SOON)
        yield made


def test_what_often_comes_while_something_is_read_is_then_read_elsewhere() -> None:
    with crowded() as beside:
        assert where(beside) != os.getpid()
    assert where(beside) == os.getpid()


def test_on_one_core_all_is_read_here() -> None:
    alone = Beside(cores=1)
    with busy(alone):
        assert {where(alone) for _ in range(2 * CROWDED)} == {os.getpid()}
    assert not alone.ready.is_set()


def test_where_processes_can_not_be_all_is_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError("no semaphores here")

    monkeypatch.setattr("reconciler.aws.parsing.beside.ProcessPoolExecutor", refused)
    beside = Beside(cores=4)
    with busy(beside):
        assert {where(beside) for _ in range(2 * CROWDED)} == {os.getpid()}


def test_when_the_other_process_is_killed_all_is_read_here() -> None:
    with crowded() as beside:
        os.kill(where(beside), signal.SIGKILL)
        assert {where(beside) for _ in range(3)} == {os.getpid()}


@pytest.mark.parametrize("answer", USED)
def test_what_is_read_elsewhere_is_what_is_read_here(
    answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = output(answer.removesuffix("Result"))
    body = Writer(Random(answer)).answer(shape)
    here = long.parse(response(body), shape)
    with crowded() as beside:
        monkeypatch.setattr(long, "_beside", beside)
        assert long.parse(response(body), shape) == here


ENDED = """
import os, signal, sys
from tests.aws.test_parsing_beside import crowded, where
if __name__ == "__main__":
    with crowded() as beside:
        print(where(beside), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_with_the_process_that_began_it() -> None:
    """Once nobody is left who could write into a pipe, there is nothing more to read from it."""
    with subprocess.Popen(
        [sys.executable, "-c", ENDED], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as begun:
        told, _ = begun.communicate(timeout=SOON)
    assert (int(told) != begun.pid, begun.returncode) == (True, -signal.SIGKILL)
