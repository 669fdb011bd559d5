"""A comment on a pull request tells what is grave first, fits, and keeps values in their code."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from reconciler.model import Action, FieldChange, Plan
from reconciler.report.console import plain
from reconciler.report.html import plan_html
from reconciler.report.markdown import plan_markdown
from tests.effort import examples
from tests.report.plans import change, many, plan, plans
from tests.report.tree import Tree

WORDS = {
    *(
        "Plan",
        "Nothing",
        "to",
        "do",
        "create",
        "adopt",
        "update",
        "replace",
        "delete",
        "in",
        "conflict",
    ),
    *("unchanged", "Estate", "account", "Notes", "use", "by", "forces", "the", "replacement"),
    *("This", "plan", "is", "too", "long", "for", "one", "comment", "Of", "changes", "only"),
    *("counted", "kind", "and", "action", "table", "below", "named", "told", "without", "their"),
    *("fields", "shows", "all", "Only", "of", "notes", "are", "left", "out"),
}


def read(markdown: str) -> Tree:
    """As a site shows it: what it takes for Markdown rendered, and HTML passed on."""
    return Tree(MarkdownIt("commonmark").render(markdown))


def spoken(tree: Tree) -> set[str]:
    """The words that stand outside code, where a site looks for mentions and references."""
    return set(re.findall(r"[^\s.,:;()±~+!↑-]+", tree.outside("code", "pre")))


def assert_sound(markdown: str) -> Tree:
    tree = read(markdown)
    assert {word for word in spoken(tree) if not word.isdigit()} <= WORDS
    assert markdown.endswith("\n")
    # A number of bytes is never less than one of characters, and a line may end in two.
    assert len(markdown.encode()) + markdown.count("\n") < 65_536 - 1_000
    return tree


def test_a_small_plan_is_told_whole() -> None:
    field = FieldChange("maxSessionDuration", "3600", "7200")
    assert plan_markdown(plan(change(Action.UPDATE, "worker", field))) == (
        "### Plan: 1 to update, 7 unchanged.\n"
        "\n"
        "<p>Estate <code>acme</code> in <code>account 123456789012</code>, "
        "<code>eu-central-1</code></p>\n"
        "\n"
        "#### 1 to update\n"
        "\n"
        "<details>\n"
        "<summary><b>~ update</b> <code>Role/worker</code> (<code>ci-worker</code>)</summary>\n"
        "\n"
        "```diff\n"
        "- maxSessionDuration: 3600\n"
        "+ maxSessionDuration: 7200\n"
        "```\n"
        "\n"
        "</details>\n"
    )


def test_what_is_grave_comes_first_and_notes_last() -> None:
    changes = [change(action, f"to-{action}") for action in Action]
    told = plan_markdown(plan(*changes, notes=("Parameter/a: not compared",)))
    places = [told.index(f"Role/to-{action}") for action in Action]
    create, adopt, update, replaced, delete, conflict = places
    assert conflict < delete < replaced < adopt < update < create < told.index("#### Notes")
    assert told.endswith("#### Notes\n\n<p><code>Parameter/a: not compared</code></p>\n")


def test_why_whom_it_hurts_and_what_forces_it_can_be_read_while_folded() -> None:
    forced = FieldChange("path", "/", "/ci/", forces=True)
    worker = change(
        Action.REPLACE, "worker", forced, reason="AWS can't change path", users=("i-1", "i-2")
    )
    tree = read(plan_markdown(plan(worker)))
    seen = tree.within("summary").replace("\n", " ")
    assert "AWS can't change path" in seen
    assert "in use by  i-1 ,  i-2" in seen
    assert "path  forces the replacement" in seen


def test_a_thing_without_fields_has_nothing_to_unfold() -> None:
    told = plan_markdown(plan(change(Action.DELETE, reason="git no longer declares it")))
    assert "<details>" not in told
    assert "<code>git no longer declares it</code>" in told


def test_a_set_gains_and_loses() -> None:
    both = (FieldChange("ingress", None, "tcp 22"), FieldChange("ingress", "tcp 23", None))
    told = plan_markdown(plan(change(Action.UPDATE, "worker", *both)))
    assert "```diff\n+ ingress: tcp 22\n- ingress: tcp 23\n```\n" in told


def test_a_long_text_is_told_by_the_lines_around_what_changes() -> None:
    lines = [f"line {n}" for n in range(20)]
    old, new = "\n".join(lines), "\n".join([*lines[:10], "new", *lines[11:]])
    told = plan_markdown(plan(change(Action.UPDATE, "worker", FieldChange("script", old, new))))
    assert (
        "  script:\n"
        "…   7 as before\n"
        "    line 7\n    line 8\n    line 9\n"
        "-   line 10\n"
        "+   new\n"
        "    line 11\n    line 12\n    line 13\n"
        "…   6 as before\n"
    ) in told


def test_a_text_that_differs_in_its_end_alone_still_differs() -> None:
    field = FieldChange("script", "a\nb", "a\nb\n")
    assert "\n+   \n" in plan_markdown(plan(change(Action.UPDATE, "worker", field)))


def test_an_empty_plan_says_so() -> None:
    assert plan_markdown(plan()).startswith("### Nothing to do: 7 unchanged.\n")


def test_backticks_get_a_longer_fence() -> None:
    field = FieldChange("script", None, "a\n`````\nb")
    told = plan_markdown(plan(change(Action.CREATE, "worker", field)))
    assert "\n``````diff\n" in told
    assert "`````\n" in read(told).within("pre")


@pytest.mark.parametrize(
    "value",
    [
        "@octocat",
        "#123",
        "</details>",
        "a|b",
        "<img src=x>",
        "a\n/close\nb",
        "octo/repo#1",
        "``x``",
    ],
)
def test_what_a_site_would_act_on_stands_in_code_wherever_it_comes_from(value: str) -> None:
    field = FieldChange(value, value, f"{value}\n{value}")
    odd = change(Action.REPLACE, value, field, reason=value, users=(value,))
    tree = assert_sound(plan_markdown(plan(odd, notes=(value,))))
    assert tree.within("code").count(plain(value.split("\n")[0])) >= 6


def test_what_a_reader_would_not_see_is_told_by_its_number() -> None:
    field = FieldChange("description", "a\u202eb", "c\x1b[2Jd\x00")
    told = plan_markdown(plan(change(Action.UPDATE, "worker", field)))
    assert "- description: a\\u202eb\n+ description: c\\x1b[2Jd\\x00\n" in told


def left_out(told: str) -> str:
    return next((line for line in told.splitlines() if line.startswith("**")), "")


def names(told: str) -> int:
    return len(set(re.findall(r"worker-\d{5}", told)))


def test_ten_changes_are_told_whole() -> None:
    told = plan_markdown(many(10))
    assert_sound(told)
    assert told.count("<details>") == 10
    assert left_out(told) == ""


def test_of_five_hundred_changes_all_are_told_and_the_grave_ones_with_their_fields() -> None:
    told = plan_markdown(many(500, (Action.REPLACE, *[Action.UPDATE] * 9)))
    assert_sound(told)
    assert names(told) == 500
    assert told.count("<details>") == told.count("<summary><b>±") == 50
    named, without_fields = told.count("<div><b>~"), told.count("<p><b>~")
    assert named + without_fields == 450
    assert left_out(told) == (
        f"**This plan is too long for one comment.** Of 500 changes: {named} only named; "
        f"{without_fields} told without their fields. `reconcile plan` shows all."
    )


def test_of_five_thousand_changes_the_grave_ones_are_all_named() -> None:
    told = plan_markdown(many(5_000, (Action.DELETE, *[Action.CREATE] * 9)))
    assert_sound(told)
    assert len(re.findall(r"- delete</b> <code>\w+/worker", told)) == 500
    counted = 5_000 - names(told)
    assert 0 < counted < 4_500
    assert f" {counted} only counted, by kind and action, in the table below" in left_out(told)
    assert sum(map(int, re.findall(r"<td>(\d+)</td>", told))) == counted


def test_of_twenty_thousand_changes_those_without_room_are_counted_by_kind_and_action() -> None:
    told = plan_markdown(many(20_000))
    assert_sound(told)
    assert names(told) > 500
    assert len(re.findall("(delete|replace)</b>", told)) == names(told)
    assert sum(map(int, re.findall(r"<td>(\d+)</td>", told))) == 20_000 - names(told)
    assert "<tr><td><code>Role</code></td>" in told


def test_one_value_too_long_costs_the_others_nothing() -> None:
    huge = change(Action.CREATE, "huge", FieldChange("script", None, "x" * 70_000))
    small = change(Action.CREATE, "small", FieldChange("script", None, "y"))
    told = plan_markdown(plan(huge, small))
    assert_sound(told)
    assert "Role/huge" in told
    assert "+ script: y\n" in told
    assert "Of 2 changes: 1 told without their fields." in left_out(told)


def test_a_comment_that_is_just_full_does_not_say_that_something_is_left_out() -> None:
    tellings = (
        plan_markdown(plan(change(Action.DELETE, reason="x" * length)))
        for length in range(65_000, 50_000, -10)
    )
    fullest = next(told for told in tellings if "x" * 50_000 in told)
    assert_sound(fullest)
    assert left_out(fullest) == ""


def test_what_is_only_named_still_tells_its_region_and_how_many_use_it() -> None:
    users = tuple("i" * 700 + str(n) for n in range(99))
    deletion = change(Action.DELETE, "a", kind="SecurityGroup", region="eu-west-1", users=users)
    told = plan_markdown(plan(deletion))
    assert (
        "<div><b>- delete</b> <code>SecurityGroup/a</code> (<code>eu-west-1</code>), in use by 99"
    ) in told
    assert "Of 1 changes: 1 only named." in left_out(told)


def test_a_flood_of_notes_drowns_no_change() -> None:
    changes = many(500, (Action.CREATE,)).changes
    told = plan_markdown(plan(*changes, notes=("n" * 100,) * 5_000))
    assert_sound(told)
    assert names(told) == 500
    assert re.search(r"\n\d+ of 5000 notes are left out\.\n", told)


def test_wide_characters_count_for_what_they_take() -> None:
    wide = tuple(FieldChange(f"f{n}", None, "😀" * 500) for n in range(100))
    assert_sound(plan_markdown(plan(change(Action.CREATE, "worker", *wide), *many(300).changes)))


@given(plans)
@examples(150)
def test_whatever_the_texts_they_stay_in_their_code_and_every_tag_and_fence_is_closed(
    some: Plan,
) -> None:
    tree = assert_sound(plan_markdown(some))
    folded = sum(bool(change.fields) for change in some.changes)
    assert tree.elements["details"] == tree.elements["pre"] == folded
    assert tree.elements.keys() <= {
        *("h3", "h4", "p", "code", "b", "br", "details", "summary", "pre")
    }
    seen = tree.within("code")
    for one in some.changes:
        assert all(plain(text) in seen for text in (str(one.key), one.reason, *one.users))
    assert all(plain(note) in seen for note in some.notes)


def test_what_was_decided_for_worker_types_stands_with_the_notes() -> None:
    made = replace(plan(notes=("a note",)), fleets=("WorkerType/linux: 3 tasks waiting",))
    for told in (plan_markdown(made), plan_html(made)):
        assert told.index("WorkerType/linux: 3 tasks waiting") < told.index("a note")
