"""The row of a plan over several regions, on all cores and on one."""

from __future__ import annotations

import gzip
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from bench import instances
from bench.recording import Answer, Recording
from bench.replay import replaying
from bench.rows import LeftOut, Row, Rows, Surroundings, rounds
from bench.running import RECONCILE, REGION, Bench

_REGIONS = (REGION, "us-east-1", "eu-west-1", "eu-central-1")
_EACH = 10_000

_ON_ONE = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.execv(sys.argv[1], sys.argv[1:])
"""


def on_all_cores(around: Surroundings) -> Rows:
    row = f"`reconcile plan` over {len(_REGIONS)} regions of {_EACH:,} instances each, wall"
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        yield LeftOut(row, "there is one core, or no way to use only one of them")
        return
    one = instances.recorded(around.sandbox, around.folder, _EACH)
    documents = _documents(Path(one.documents), around.folder / "everywhere.yml")
    plan = (RECONCILE, "plan", "--detailed-exitcode", documents)
    with replaying(_everywhere(one.answers)) as url:
        bench = Bench(around.folder, url)
        took = rounds(
            around.tell,
            row,
            lambda: bench.run(*plan),
            lambda: bench.python("-c", _ON_ONE, *plan),
        )
    yield Row(row, "the same on one core", 0.9, [(all_.wall, one.wall) for all_, one in took])


def _documents(few: Path, many: Path) -> str:
    """The documents of one region, with as many workers in each of all."""
    documents = [json.loads(text) for text in few.read_text().split("\n---\n")]
    for document in documents:
        spec = document["spec"]
        if document["kind"] == "Estate":
            spec["regions"] = _REGIONS
        else:
            spec["regions"] = [{"region": region} for region in _REGIONS]
            spec["capacity"] = {k: n * len(_REGIONS) for k, n in spec["capacity"].items()}
    many.write_text("\n---\n".join(map(json.dumps, documents)))
    return str(many)


def _everywhere(recording: Recording) -> Recording:
    """What all regions answer, by what one of them did; what is IAM's is nowhere else."""
    answers = dict(recording.answers)
    for of, told in recording.answers.items():
        if of.region == REGION:
            for number, region in enumerate(_REGIONS):
                asked = of.parameters.replace(REGION, region)
                there = [_there(answer, number, region) for answer in told]
                answers[of._replace(region=region, parameters=asked)] = there
    return replace(recording, answers=answers)


def _there(answer: Answer, number: int, region: str) -> Answer:
    """The same answer in another region, where other instances are."""
    body = gzip.decompress(answer.body) if answer.packed else answer.body
    body = body.replace(REGION.encode(), region.encode()).replace(b">i-0", b">i-%x" % number)
    return answer._replace(body=gzip.compress(body, 1) if answer.packed else body)
