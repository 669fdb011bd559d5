"""A line of a journal says how a step ended, survives being written, and is alone on its line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.journal import NoEntry, Run, as_line, entry, parsed
from reconciler.kinds.parameter import ParameterSpec
from reconciler.model import (
    Act,
    Action,
    Change,
    Ended,
    FieldChange,
    Key,
    Location,
    Observed,
    Resource,
    Result,
    Scope,
    Step,
)
from tests.effort import examples

RUN = Run("lock-1", "acme", "arn:aws:iam::123456789012:user/ann", "desk-1", "c0ffee")
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
SPEC = ParameterSpec(value="x")
KEY = Key("Parameter", "one", Scope("123456789012", "eu-central-1"))
OLD = Observed("ci-old", "id-old", SPEC, {})
NEW = Resource(KEY, "ci-one", SPEC, {}, Location("all.yml", 1, 1))

# Everything that a text can hold: what ends lines, what terminals obey, and halves of signs.
ANY = st.text(st.characters(exclude_categories=()))


def ended(act: Act = Act.UPDATE, why: str = "", fields: tuple[FieldChange, ...] = ()) -> Ended:
    change = Change(Action.REPLACE, KEY, OLD, NEW, fields)
    before = None if act is Act.CREATE else OLD
    return Ended(Step(change, act, before), Result.FAILED, why, ("r-1", "r-2"), "id-1")


LINE = as_line(entry(RUN, ended(fields=(FieldChange("value", "a", "b", True),)), NOW))


def test_a_line_says_who_did_what_to_what_and_how_it_ended() -> None:
    assert json.loads(LINE) == {
        "version": 1,
        "time": "2026-01-02T03:04:05.678+00:00",
        "run": "lock-1",
        "estate": "acme",
        "who": "arn:aws:iam::123456789012:user/ann",
        "where": "desk-1",
        "commit": "c0ffee",
        "action": "replace",
        "act": "update",
        "kind": "Parameter",
        "name": "one",
        "account": "123456789012",
        "region": "eu-central-1",
        "awsName": "ci-one",
        "awsId": "id-1",
        "fields": [{"path": "value", "old": "a", "new": "b"}],
        "requests": ["r-1", "r-2"],
        "outcome": "failed",
        "why": "",
    }


@given(why=ANY, path=ANY, old=st.none() | ANY, new=st.none() | ANY)
@examples(100)
def test_an_entry_is_read_back_as_it_was_written_from_one_line_without_odd_signs(
    why: str, path: str, old: str | None, new: str | None
) -> None:
    made = entry(RUN, ended(why=why, fields=(FieldChange(path, old, new),)), NOW)
    line = as_line(made)
    assert line.isascii()
    assert line.isprintable()
    assert parsed(line) == (made, line)
    assert parsed(f"{line}\n".encode()) == (made, line)


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (Act.RELEASE, "ci-old"),
        (Act.DELETE, "ci-old"),
        (Act.CREATE, "ci-one"),
        (Act.UPDATE, "ci-one"),
    ],
)
def test_what_is_renamed_has_its_old_name_as_long_as_it_is_there(act: Act, name: str) -> None:
    assert entry(RUN, ended(act), NOW).aws_name == name


def test_what_has_no_room_is_left_out_and_said_to_be() -> None:
    fields = tuple(FieldChange(f"f{i}", None, "x" * 1000) for i in range(7))
    short = entry(RUN, ended(fields=fields), NOW).without_fields()
    assert len(as_line(short)) < 1000
    assert "7 left out" in as_line(short)


@given(st.integers(0, len(LINE) - 1))
@examples(50)
def test_a_line_that_was_not_written_to_its_end_is_none(length: int) -> None:
    with pytest.raises(NoEntry):
        parsed(LINE[:length])


@given(st.binary() | ANY.map(json.dumps) | st.sampled_from(["[]", "{}", "1", "[" * 99_999]))
@examples(100)
def test_whatever_stands_in_a_line_it_is_an_entry_or_none(line: str | bytes) -> None:
    with pytest.raises(NoEntry):
        parsed(line)


def changed(**words: Any) -> str:
    return json.dumps({**json.loads(LINE), **words})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (changed(version=2), "of a version that this program does not know"),
        (changed(outcome="perhaps"), "its outcome is not an entry's"),
        (changed(why=None), "its why is not an entry's"),
        (changed(fields=[{"path": 1}]), "its fields.0.path is not an entry's"),
        (LINE.replace('"commit": "c0ffee", ', ""), "its commit is not an entry's"),
        ("[1]", "its content is not an entry's"),
        (LINE[:-1], "broken, or was not written to its end"),
    ],
)
def test_why_a_line_is_none_is_told(line: str, why: str) -> None:
    with pytest.raises(NoEntry, match=why):
        parsed(line)


def test_words_that_a_later_program_writes_are_kept_in_the_line(tmp_path: Path) -> None:
    later = changed(mood="good")
    assert parsed(later) == (parsed(LINE)[0], later)
