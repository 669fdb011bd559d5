"""A plan reads like a good diff, and nothing in it can fool a terminal or a reader."""

from __future__ import annotations

from reconciler.model import (
    Account,
    Action,
    Change,
    Estate,
    FieldChange,
    Key,
    Location,
    Observed,
    Outcome,
    Plan,
    Resource,
    Result,
)
from reconciler.report.line import Line
from reconciler.report.text import outcomes_text, plan_text
from reconciler.spec import Spec

KEY = Key("Role", "worker")
HERE = Resource(KEY, "ci-worker", Spec(), {}, Location("all.yml", 1, 1))
THERE = Observed("ci-worker", "arn:aws:iam::123456789012:role/ci-worker", Spec(), {})


ESTATE = Estate("acme", "ci-", (Account("123456789012"),), ("eu-central-1",))


def plan(*changes: Change, notes: tuple[str, ...] = ()) -> str:
    return printed(plan_text(Plan(ESTATE, changes, (), {}, 7, notes)))


def printed(lines: object) -> str:
    assert hasattr(lines, "__iter__")
    return "\n".join(line.plain for line in lines if isinstance(line, Line))


def update(*fields: FieldChange, action: Action = Action.UPDATE) -> Change:
    return Change(action, KEY, THERE, HERE, fields)


def test_a_field_is_told_as_old_and_new() -> None:
    told = plan(update(FieldChange("maxSessionDuration", "3600", "7200")))
    assert "~ update Role/worker  (ci-worker)\n" in told
    assert "    maxSessionDuration  3600 → 7200\n" in told
    assert told.endswith("Plan: 1 to update, 7 unchanged.")


def test_what_a_set_gains_and_loses_stands_in_lines_of_its_own() -> None:
    told = plan(
        update(FieldChange("ingress", None, "tcp 22"), FieldChange("ingress", "tcp 23", None))
    )
    assert "    ingress\n      + tcp 22\n      - tcp 23\n" in told


def test_a_long_text_is_told_by_its_lines() -> None:
    told = plan(update(FieldChange("script", "set -e\nold\nend", "set -e\nnew\nend")))
    assert "    script\n        set -e\n      - old\n      + new\n        end\n" in told


def test_a_new_thing_tells_its_fields_without_signs() -> None:
    change = Change(Action.CREATE, KEY, None, HERE, (FieldChange("path", None, "/"),))
    assert "+ create Role/worker  (ci-worker)\n    path  /\n" in plan(change)


def test_a_replacement_tells_why_and_whom_it_hurts() -> None:
    field = FieldChange("path", "/", "/ci/", forces=True)
    change = Change(Action.REPLACE, KEY, THERE, HERE, (field,), "AWS can't", ("instance i-1",))
    told = plan(change)
    assert "± replace Role/worker" in told
    assert "    AWS can't\n    in use by instance i-1\n" in told
    assert "    path  / → /ci/  forces the replacement\n" in told


def test_an_empty_text_can_be_seen() -> None:
    assert 'description  "" → x' in plan(update(FieldChange("description", "", "x")))


def test_a_note_and_an_empty_plan() -> None:
    told = plan(notes=("Parameter/a: not compared",))
    assert told.endswith("Note: Parameter/a: not compared\nNothing to do: 7 unchanged.")


def test_what_a_terminal_would_obey_or_a_reader_not_see_is_told_by_its_number() -> None:
    told = plan(
        update(
            FieldChange("description", "a\x1b[2Jb", "c\u202ed"), FieldChange("x", "1\n\x07", "2")
        )
    )
    assert "a\\x1b[2Jb → c\\u202ed" in told
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "\u202e" not in told


def test_outcomes_tell_what_went_wrong_last_and_count() -> None:
    outcomes = [
        Outcome(update(), Result.FAILED, "AWS said no"),
        Outcome(update(action=Action.REPLACE), Result.DONE),
        Outcome(update(), Result.SKIPPED, "it needs Policy/a"),
    ]
    assert printed(outcomes_text(ESTATE, outcomes)).splitlines() == [
        "✓ Role/worker replaced  (ci-worker)",
        "✗ Role/worker failed  (ci-worker)",
        "    AWS said no",
        "· Role/worker skipped  (ci-worker)",
        "    it needs Policy/a",
        "Applied: 1 replaced, 1 failed, 1 skipped.",
    ]
