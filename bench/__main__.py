"""`make bench`: measure, print what came of it, and write it to BENCH.md."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.applying import beside_one_by_one
from bench.deciding import beside_half
from bench.measure import WORKER_TYPES, WORKERS, measured
from bench.others import beside_ansible, beside_terraform
from bench.parsing import beside_lxml
from bench.processes import beside_a_client, beside_a_script, beside_the_cli
from bench.region import region
from bench.regions import on_all_cores
from bench.report import report
from bench.reports import of_twice_as_much
from bench.rows import LeftOut, Row, Surroundings
from bench.running import REGION
from reconciler.sandbox import serving
from reconciler.sandbox.command import environment

_ROWS = (
    beside_the_cli,
    beside_a_script,
    on_all_cores,
    beside_lxml,
    beside_a_client,
    beside_one_by_one,
    of_twice_as_much,
    beside_ansible,
    beside_terraform,
)


def main() -> None:
    whole = region(WORKER_TYPES, WORKERS)
    decided = measured(whole, _tell)
    gc.freeze()
    rows: list[Row | LeftOut] = []
    with serving() as sandbox, TemporaryDirectory() as folder:
        os.environ.update(environment({"AWS_REGION": REGION}, sandbox.endpoint))
        for measure in _ROWS:
            rows += measure(Surroundings(sandbox, Path(folder), _tell))
    text = report([*rows, beside_half(decided)], whole, decided)
    Path("BENCH.md").write_text(text)
    print(text)


def _tell(what: str) -> None:
    print(what, file=sys.stderr)


main()
