"""`reconcile log` reads the journal back, and tells nothing that a terminal obeys."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ESTATE
from tests.laws.cases import Clients

LINE = {
    "version": 1,
    "time": "2026-01-02T03:04:05.678+00:00",
    "run": "lock-1",
    "estate": "acme",
    "who": "arn:aws:iam::123456789012:user/ann",
    "where": "desk-1",
    "commit": "c0ffee" * 6,
    "action": "update",
    "act": "update",
    "kind": "Parameter",
    "name": "one",
    "account": "123456789012",
    "region": "eu-central-1",
    "awsName": "ci-one",
    "awsId": "ci-one",
    "fields": [],
    "requests": ["r-1"],
    "outcome": "done",
    "why": "",
}


@pytest.fixture
def file(aws: Clients, desired: Callable[..., None]) -> Path:
    """An empty journal of an estate without resources."""
    desired()
    file = Path(os.environ["RECONCILE_JOURNAL"])
    file.parent.mkdir()
    file.touch()
    return file


def line(**words: object) -> str:
    return json.dumps({**LINE, **words})


def write(file: Path, *some: str) -> None:
    file.write_text("".join(f"{one}\n" for one in some), "utf-8")


def test_each_line_says_when_who_what_and_how_it_ended(file: Path, reconcile: Any) -> None:
    write(
        file,
        line(action="create", act="create", commit=""),
        line(action="replace", act="delete", outcome="failed", why="in use\nby i-1"),
        line(action="adopt"),
        line(action="forget", region="", outcome="skipped", why="it was not begun: stopped"),
    )
    read = reconcile("log")
    assert read.status == 0
    when_and_who = "2026-01-02T03:04:05.678+00:00 arn:aws:iam::123456789012:user/ann"
    assert read.out.splitlines() == [
        f"{when_and_who} no commit + create Parameter/one (ci-one, eu-central-1) done",
        f"{when_and_who} c0ffeec0 ± replace (delete) Parameter/one (ci-one, eu-central-1) "
        "failed: in use; by i-1",
        f"{when_and_who} c0ffeec0 ↑ adopt Parameter/one (ci-one, eu-central-1) done",
        f"{when_and_who} c0ffeec0 ↓ forget Parameter/one (ci-one) skipped: "
        "it was not begun: stopped",
    ]


def test_json_gives_the_journal_s_own_lines(file: Path, reconcile: Any) -> None:
    write(file, line(name="a"), line(name="b", later="word"))
    assert reconcile("log", "--format", "json").out == file.read_text()


def test_some_lines_can_be_asked_for(file: Path, reconcile: Any) -> None:
    names = ["a", "b1", "c", "b2", "d", "b3"]
    write(file, *(line(name=name) for name in names), line(name="b4", kind="Role"))

    def shown(*arguments: str) -> list[str]:
        out = reconcile("log", "--format", "json", *arguments).out
        return [json.loads(one)["name"] for one in out.splitlines()]

    assert shown("--last", "2") == ["b3", "b4"]
    assert shown("--last", "99") == [*names, "b4"]
    assert shown("--only", "Parameter/b*") == ["b1", "b2", "b3"]
    assert shown("--only", "Parameter/b*", "--last", "2") == ["b2", "b3"]
    assert shown("--only", "Parameter/a", "--only", "Role/*") == ["a", "b4"]


def test_another_estate_s_lines_are_not_shown(file: Path, reconcile: Any) -> None:
    write(file, line(estate="other", name="theirs"), line(name="ours"))
    read = reconcile("log")
    assert "Parameter/ours" in read.out
    assert "theirs" not in read.out
    assert read.err == ""


def test_what_is_no_line_of_a_journal_is_told_of_and_left_out(file: Path, reconcile: Any) -> None:
    file.write_bytes(
        f"{line(name='a')}\n\n{line()[:40]}\n\xff\n{line(version=2)}\n{line(name='b')}\n".encode(
            "latin-1"
        )
    )
    read = reconcile("log")
    assert read.status == 0
    assert [one for one in ("a", "b") if f"Parameter/{one} " in read.out] == ["a", "b"]
    assert [one.partition(":")[2].partition(":")[0] for one in read.err.splitlines()] == [
        "3",
        "4",
        "5",
    ]
    assert "version that this program does not know" in read.err


def test_a_line_may_hold_nothing_that_a_terminal_obeys(file: Path, reconcile: Any) -> None:
    evil = "\x1b]0;x\x07\x9b31m\u202e\r"
    words = {word: evil for word in LINE if word not in ("version", "estate", "act", "outcome")}
    raw = json.dumps({**LINE, **words, "fields": [], "requests": []}, ensure_ascii=False)
    write(file, raw, raw[:-1])
    for arguments in ([], ["--format", "json"]):
        read = reconcile("log", *arguments)
        assert read.status == 0
        assert len(read.out.splitlines()) == 1
        assert read.out.strip("\n").isprintable()
        assert all(one.isprintable() for one in read.err.splitlines())


@pytest.mark.parametrize("arguments", [[], ["--only", "Parameter/other"], ["--format", "json"]])
def test_where_there_is_nothing_yet_that_is_said(
    arguments: list[str], file: Path, reconcile: Any
) -> None:
    if arguments[:1] == ["--only"]:
        write(file, line())
    else:
        file.unlink()
    read = reconcile("log", *arguments)
    assert (read.status, read.out) == (0, "")
    assert f"{file} tells nothing of that yet" in read.err


def test_a_journal_that_can_t_be_read_is_an_error(file: Path, reconcile: Any) -> None:
    read = reconcile("log", "--journal", str(file.parent))
    assert read.status == 1
    assert read.err == f"the journal {file.parent} can't be read: Is a directory\n"


def test_it_is_read_from_the_group_where_there_is_one_and_no_file_is_asked_for(
    aws: Clients, desired: Callable[..., None], file: Path, reconcile: Any
) -> None:
    write(file, line(name="filed"))
    desired(estate=ESTATE.replace("regions:", "journal: {logGroup: ci}, regions:"))
    client = aws("logs")
    client.create_log_group(logGroupName="ci")
    assert "ci tells nothing of that yet" in reconcile("log").err
    for stream, message in (("one", line(name="logged")), ("two", "something else")):
        client.create_log_stream(logGroupName="ci", logStreamName=stream)
        now = int(os.stat(file).st_mtime * 1000)
        client.put_log_events(
            logGroupName="ci",
            logStreamName=stream,
            logEvents=[{"timestamp": now, "message": message}],
        )
    read = reconcile("log")
    assert "Parameter/logged" in read.out
    assert "filed" not in read.out
    assert "ci, stream two: this line is left out: it is broken" in read.err
    assert "Parameter/filed" in reconcile("log", "--journal", str(file)).out
