"""The row of the parsing of one page, beside what the reading of its XML takes anybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import process_time

from lxml import etree

from bench.measure import workers
from bench.page import page, shape
from bench.region import region
from bench.rows import Row, Rows, Surroundings, rounds
from reconciler.aws.parsing.quick import Parser

_A_PAGE, _TIMES = 1000, 5


def beside_lxml(around: Surroundings) -> Rows:
    row = f"parsing one page of {_A_PAGE:,} instances, CPU"
    body = page(workers(region(10, _A_PAGE)))
    ours = partial(Parser().parse, {"status_code": 200, "headers": {}, "body": body}, shape)
    lxmls = partial(etree.fromstring, body)
    pairs = rounds(around.tell, row, partial(_cpu, ours), partial(_cpu, lxmls))
    against = "`lxml.etree.fromstring` of the same bytes"
    yield Row(row, against, 1.6, [(a, b) for a, b in pairs], "ms")


def _cpu(do: Callable[[], object]) -> float:
    """In milliseconds."""
    before = process_time()
    for _ in range(_TIMES):
        do()
    return (process_time() - before) / _TIMES * 1000
