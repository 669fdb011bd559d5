"""A page needs nothing but itself, tells a plan in full, and makes no element of any value."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from typing import Annotated

import pytest
from hypothesis import given

from reconciler.model import Action, Change, FieldChange, Plan
from reconciler.report.console import plain
from reconciler.report.html import plan_html
from reconciler.report.style import STYLE
from reconciler.spec import Refers, Spec
from tests.effort import examples
from tests.report.plans import change, many, plan, plans
from tests.report.tree import Tree

ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "open", "role"),
    *("aria-label", "aria-labelledby", "tabindex", "width", "height", "viewbox", "d", "x", "y"),
    *("rx", "transform", "marker-end", "refx", "refy", "markerwidth", "markerheight", "orient"),
}


class Uses(Spec):
    """A made-up spec that refers to much."""

    role: Annotated[str | None, Refers("Role")] = None
    policies: Annotated[tuple[str, ...], Refers("Policy")] = ()
    groups: Annotated[tuple[str, ...], Refers("SecurityGroup", mutual=True)] = ()


def references(*changes: Change) -> list[tuple[str, str, str]]:
    """The list under the drawing: what refers to what, and how often."""
    return re.findall(
        r"<li><code>(.*?)</code> refers to <code>(.*?)</code>(.*?)</li>",
        plan_html(plan(*changes)),
    )


def corner(html: str, name: str) -> tuple[float, float]:
    """Where the node of that name stands."""
    found = re.search(rf'translate\(([\d.]+) ([\d.]+)\)"><title>{name}</title>', html)
    assert found
    return float(found[1]), float(found[2])


def test_the_page_says_what_it_is_and_may_load_nothing() -> None:
    html = plan_html(many(10))
    tree = Tree(html)
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">\n')
    assert html.endswith("</html>\n")
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    policies = [value for _, name, value in tree.attributes if value.startswith("default-src")]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]
    assert f"<style>{STYLE}</style>" in html
    assert "url(" not in STYLE
    assert not {"script", "link", "img", "iframe", "base", "form"} & tree.elements.keys()
    assert not {"src", "style", "onclick", "onload"} & {name for _, name, _ in tree.attributes}
    assert all(value.startswith("#") for _, name, value in tree.attributes if name == "href")
    assert "acme" in tree.within("title")


def test_what_is_grave_comes_first_then_the_graph_then_notes() -> None:
    html = plan_html(plan(*(change(action) for action in Action), notes=("not compared",)))
    parts = re.findall(r'<section id="(\w+)"><h2>([^<]*)</h2>', html)
    assert parts == [
        ("conflict", "1 in conflict"),
        ("delete", "1 to delete"),
        ("replace", "1 to replace"),
        ("adopt", "1 to adopt"),
        ("update", "1 to update"),
        ("create", "1 to create"),
        ("graph", "Graph"),
        ("notes", "Notes"),
    ]
    links = re.findall(r'<a href="#(\w+)">', html)
    assert links == [part for part, _ in parts]
    assert "<h1>Plan: 1 to create, 1 to adopt, 1 to update" in html


def test_a_field_is_told_as_old_and_new() -> None:
    field = FieldChange("path", "/", "/ci/", forces=True)
    html = plan_html(plan(change(Action.REPLACE, "worker", field)))
    assert (
        "<dt><code>path</code> <strong>forces the replacement</strong></dt>"
        "<dd><del>/</del> → <ins>/ci/</ins></dd>"
    ) in html


def test_what_a_set_gains_and_loses_has_signs_and_what_is_new_has_none() -> None:
    both = (FieldChange("ingress", None, "tcp 22"), FieldChange("ingress", "tcp 23", ""))
    html = plan_html(plan(change(Action.UPDATE, "worker", *both)))
    assert (
        "<dd><ins>+ tcp 22</ins></dd><dd><del>tcp 23</del> → <ins>&quot;&quot;</ins></dd>" in html
    )
    lost = FieldChange("ingress", "tcp 23", None)
    assert "<dd><del>- tcp 23</del></dd>" in plan_html(plan(change(Action.UPDATE, "worker", lost)))
    assert "<dd><ins>tcp 22</ins></dd>" in plan_html(plan(change(Action.CREATE, "worker", both[0])))


def test_a_long_text_is_told_by_its_lines() -> None:
    field = FieldChange("script", "set -e\nold\nend", "set -e\nnew\nend")
    html = plan_html(plan(change(Action.UPDATE, "worker", field)))
    assert "<pre>  set -e\n<del>- old</del>\n<ins>+ new</ins>\n  end\n</pre>" in html


def test_grave_fields_are_unfolded_and_others_are_folded() -> None:
    field = FieldChange("path", "/", "/ci/")
    for action in Action:
        html = plan_html(plan(change(action, "worker", field)))
        opened = f'<details class="change {action}" open>' in html
        assert opened == (action in {Action.CONFLICT, Action.DELETE, Action.REPLACE})


def test_why_and_whom_it_hurts_can_be_read_while_folded() -> None:
    field = FieldChange("path", "/", "/ci/")
    html = plan_html(plan(change(Action.UPDATE, "w", field, reason="because", users=("i-1",))))
    seen = Tree(html).within("summary")
    assert "because" in seen
    assert "in use by \ni-1" in seen


def test_an_empty_plan_says_so_and_draws_nothing() -> None:
    html = plan_html(plan())
    assert "<h1>Nothing to do: 7 unchanged.</h1>" in html
    assert "<svg" not in html
    assert "<nav" not in html


def test_an_arrow_leads_from_what_refers_before_or_after_to_what_changes_too() -> None:
    profile = change(
        Action.UPDATE, "p", kind="InstanceProfile", before=Uses(role="old"), after=Uses(role="new")
    )
    old, new = change(Action.DELETE, "old"), change(Action.CREATE, "new")
    elsewhere = change(
        Action.UPDATE, "same", after=Uses(role="unchanged", policies=("arn:aws:iam::aws:policy/X",))
    )
    assert references(profile, old, new, elsewhere) == [
        ("InstanceProfile/p", "Role/old", ""),
        ("InstanceProfile/p", "Role/new", ""),
    ]


def test_no_arrow_leads_to_a_name_where_an_id_of_aws_is_meant() -> None:
    named_so = change(Action.CREATE, "sg-0123456789", kind="SecurityGroup")
    other = change(Action.CREATE, "a", kind="SecurityGroup", after=Uses(groups=("sg-0123456789",)))
    assert references(named_so, other) == []


def test_what_refers_stands_left_of_all_that_it_refers_to() -> None:
    html = plan_html(
        plan(
            change(Action.CREATE, "p", kind="Policy"),
            change(Action.CREATE, "r", after=Uses(policies=("p",))),
            change(
                Action.CREATE, "i", kind="InstanceProfile", after=Uses(role="r", policies=("p",))
            ),
            change(Action.CREATE, "k", kind="KeyPair"),
        )
    )
    profile, role = corner(html, "InstanceProfile/i"), corner(html, "Role/r")
    policy, alone = corner(html, "Policy/p"), corner(html, "KeyPair/k")
    assert profile[0] < role[0] < policy[0]
    assert alone[1] > max(profile[1], role[1], policy[1])
    assert html.count('<path class="edge"') == 3


def test_a_long_name_is_cut_to_its_box_and_told_in_full_beside_it() -> None:
    html = plan_html(plan(change(Action.CREATE, "a-name-that-is-far-too-long")))
    assert "<title>Role/a-name-that-is-far-too-long</title>" in html
    assert ">Role/a-name-that-is-far-t…</text>" in html


def test_lines_that_need_not_cross_do_not() -> None:
    names = ["a", "b", "c"]
    html = plan_html(
        plan(
            *(change(Action.CREATE, name, kind="Policy") for name in names),
            *(
                change(Action.CREATE, name, after=Uses(policies=(other,)))
                for name, other in zip(names, reversed(names), strict=True)
            ),
        )
    )
    for name, other in zip(names, reversed(names), strict=True):
        assert corner(html, f"Role/{name}")[1] == corner(html, f"Policy/{other}")[1]


def test_groups_that_refer_to_each_other_and_to_themselves_can_be_drawn() -> None:
    one = change(Action.CREATE, "a", kind="SecurityGroup", after=Uses(groups=("a", "b")))
    two = change(Action.CREATE, "b", kind="SecurityGroup", after=Uses(groups=("a",)))
    assert len(references(one, two)) == 3
    html = plan_html(plan(one, two))
    assert html.count('<path class="edge"') == 3
    assert corner(html, "SecurityGroup/a") != corner(html, "SecurityGroup/b")


def test_the_same_name_in_two_regions_can_be_told_apart() -> None:
    here, there = (
        change(Action.CREATE, "a", kind="SecurityGroup", region=region, after=Uses(groups=("a",)))
        for region in ("eu-central-1", "us-east-1")
    )
    assert references(here, there) == [
        ("SecurityGroup/a in eu-central-1", "SecurityGroup/a in eu-central-1", ""),
        ("SecurityGroup/a in us-east-1", "SecurityGroup/a in us-east-1", ""),
    ]
    assert "+ create us-east-1</text>" in plan_html(plan(here, there))


@pytest.mark.parametrize("count", [2, 40, 150])
def test_no_two_nodes_stand_in_one_place(count: int) -> None:
    changes = [
        change(Action.CREATE, f"r{n:03}", after=Uses(role=f"r{n * 7 % count:03}"))
        for n in range(count)
    ]
    found = re.findall(r'transform="translate\((.*?)\)"', plan_html(plan(*changes)))
    assert len(set(found)) == count


def test_of_very_many_changes_the_kinds_are_drawn_with_counts() -> None:
    roles = [change(Action.CREATE, f"r{n}", after=Uses(policies=("p",))) for n in range(149)]
    policy = change(Action.REPLACE, "p", kind="Policy")
    assert "drawn by kind" not in plan_html(plan(*roles, policy))
    html = plan_html(plan(*roles, policy, change(Action.DELETE, "r-old")))
    assert "More than 150 resources change: they are drawn by kind" in html
    nodes = re.findall(r'<g class="node (\w+)".*?<title>(.*?)</title>.*y="36">(.*?)</text>', html)
    assert nodes == [("replace", "Policy", "±1"), ("delete", "Role", "-1, +149")]
    assert references(*roles, policy, change(Action.DELETE, "r-old")) == [
        ("Role", "Policy", " (149 references)")
    ]


@pytest.mark.parametrize("count", [10, 500, 5_000])
def test_every_change_is_told_whole_however_many_there_are(count: int) -> None:
    tree = Tree(plan_html(many(count)))
    assert tree.elements["dd"] == count * 10
    assert tree.elements["g"] == (count if count <= 150 else 7)


def test_text_can_be_read_on_its_ground_by_day_and_by_night() -> None:
    for theme in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL):
        colour = dict(re.findall(r"--([\w-]+): #(\w{6})", theme))
        actions = ("create", "update", "replace", "delete")
        pairs = [(word, "ground") for word in ("text", "quiet", "link", *actions)]
        pairs += [(word, f"on-{action}") for action in actions for word in ("text", action)]
        assert all(contrast(colour[a], colour[b]) >= 4.5 for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@given(plans)
@examples(150)
def test_whatever_the_texts_no_element_or_attribute_comes_of_them(some: Plan) -> None:
    html = plan_html(some)
    tree = Tree(html)
    assert {name for _, name, _ in tree.attributes} <= ATTRIBUTES
    assert all(c.isprintable() or c == "\n" for c in html)
    folded = sum(bool(change.fields) for change in some.changes)
    fields = [field for change in some.changes for field in change.fields]
    assert tree.elements["details"] == folded
    assert expected(some, folded, len(fields)) == Counter(
        {tag: tree.elements[tag] for tag in ("html", "main", "section", "dl", "dd", "g", "svg")}
    )
    seen = tree.within("main")
    for one in some.changes:
        assert all(plain(text) in seen for text in (str(one.key), one.reason, *one.users))
    assert all(plain(note) in seen for note in some.notes)


def expected(some: Plan, folded: int, fields: int) -> Counter[str]:
    """How many of which elements a plan makes, whatever its texts are."""
    sections = len({change.action for change in some.changes})
    sections += bool(some.changes) + bool(some.notes)
    nodes = len(some.changes)
    return Counter(
        {"html": 1, "main": 1, "section": sections, "dl": folded, "dd": fields, "g": nodes}
        | {"svg": int(nodes > 0)}
    )
