"""Rows of what is compared and drawn: twice as much may take little more than twice as long."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from time import process_time

from bench.region import ESTATE_OF, HERE
from bench.rows import Row, Rows, Surroundings, rounds
from reconciler.diff import as_if_applied, diff
from reconciler.kinds.parameter import ParameterSpec
from reconciler.model import Key, Location, Plan, Resource
from reconciler.plan import plan
from reconciler.report.console import show
from reconciler.report.html import plan_html
from reconciler.report.markdown import plan_markdown
from reconciler.report.text import plan_text
from reconciler.saved import as_json, saved

_MANY, _MOST = 100_000, 2.2


def of_twice_as_much(around: Surroundings) -> Rows:
    """Diff and plan of resources of which one in ten is new and one in ten is otherwise, and each
    report of that plan."""
    whole, half = _resources(_MANY), _resources(_MANY // 2)
    row = f"diff and plan of {_MANY:,} resources, a fifth of them to change, CPU"
    yield _row(around, row, partial(_planned, whole), partial(_planned, half))
    big, small = _planned(whole), _planned(half)
    for name, draw in _REPORTS.items():
        row = f"that plan as {name}, CPU"
        yield _row(around, row, partial(draw, big), partial(draw, small))


def _row(
    around: Surroundings, what: str, whole: Callable[[], object], half: Callable[[], object]
) -> Row:
    pairs = rounds(around.tell, what, partial(_cpu, whole), partial(_cpu, half))
    return Row(what, "half of it", _MOST, [(one, other) for one, other in pairs])


def _cpu(do: Callable[[], object]) -> float:
    # What others have left would be cleared away in the time of this one.
    gc.collect()
    before = process_time()
    do()
    return process_time() - before


def _resources(count: int) -> list[Resource]:
    at = Location("all.yml", 1, 1)
    return [
        Resource(Key("Parameter", f"one-{n}", HERE), f"/one/{n}", ParameterSpec(value="a"), {}, at)
        for n in range(count)
    ]


def _planned(resources: list[Resource]) -> Plan:
    there = as_if_applied(ESTATE_OF, resources[len(resources) // 10 :])
    other = ParameterSpec(value="b")
    declared = [
        one if number % 10 else replace(one, spec=other) for number, one in enumerate(resources)
    ]
    return plan(ESTATE_OF, declared, there, diff(ESTATE_OF, declared, there))


def _as_text(made: Plan) -> None:
    with redirect_stdout(io.StringIO()):
        show(plan_text(made))


def _as_json(made: Plan) -> str:
    return as_json(saved(made, "desired", None, "reconcile"))


_REPORTS: Mapping[str, Callable[[Plan], object]] = {
    "text": _as_text,
    "JSON": _as_json,
    "Markdown": plan_markdown,
    "HTML": plan_html,
}
