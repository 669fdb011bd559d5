"""The row of an apply where each call takes a while, beside the same calls one by one."""

from __future__ import annotations

import time
from contextlib import closing

from urllib3 import connection_from_url

from bench.recording import Recording, recording
from bench.replay import again, replaying
from bench.rows import Row, Rows, Surroundings, rounds
from bench.running import Bench
from bench.standing import standing, written

_COUNT, _PAUSE, _EVERY = 500, 0.03, 10


def beside_one_by_one(around: Surroundings) -> Rows:
    around.sandbox.reset()
    documents = written(around.folder / "much.yml", *standing(_COUNT))
    row = f"apply of {_COUNT} standing resources, wall, at {_PAUSE * 1000:.0f} ms a call"
    around.tell(f"{row}: recording it")
    with recording(around.sandbox.endpoint) as (endpoint, kept):
        Bench(around.folder, endpoint).reconcile("apply", "--yes", documents)
    with replaying(kept, _PAUSE) as url:

        def applied() -> float:
            again(url)
            return Bench(around.folder, url).reconcile("apply", "--yes", documents).wall

        pairs = [
            (ours, theirs)
            for ours, theirs in rounds(around.tell, row, applied, lambda: _one_by_one(url, kept))
        ]
    against = f"the same {len(kept.requests)} calls one by one"
    yield Row(row, against, 0.1, pairs)


def _one_by_one(url: str, kept: Recording) -> float:
    """What they take on one connection, already signed; one in ten is sent, and counts for ten."""
    some = kept.requests[::_EVERY]
    with closing(connection_from_url(url)) as aws:
        began = time.perf_counter()
        for request in some:
            aws.request("POST", "/", body=request.body, headers=dict(request.headers))
        took = time.perf_counter() - began
    return took / len(some) * len(kept.requests)
