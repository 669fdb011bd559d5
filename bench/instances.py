"""Recordings of a plan over very many instances: pages are made of a few that were launched."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bench.asked import Asked, parameters, with_parameter
from bench.page import page
from bench.recording import Answer, Recording, recording
from bench.running import REGION, Bench
from bench.standing import written
from reconciler.aws.session import connect
from reconciler.load import load
from reconciler.model import Observed
from reconciler.observe import observe
from reconciler.sandbox import Sandbox

WORKER_TYPES, A_PAGE = 10, 1000
_PAGED = "MaxResults"

LISTING = """
import boto3
pages = boto3.client("ec2").get_paginator("describe_instances")
found = [
    instance
    for page in pages.paginate(PaginationConfig={"PageSize": 1000})
    for reservation in page["Reservations"]
    for instance in reservation["Instances"]
]
print(len(found))
"""
"""What a script of boto3 does that only lists them."""


class Recorded(NamedTuple):
    """The documents that want so many instances, and what AWS answers when they are there."""

    documents: str
    answers: Recording


def recorded(sandbox: Sandbox, folder: Path, count: int) -> Recorded:
    """What a plan and the script are answered when so many instances are as they should be."""
    sandbox.reset()
    image = sandbox.image("worker-1", REGION)
    bench = Bench(folder, sandbox.endpoint)
    bench.reconcile("apply", "--yes", written(folder / "few.yml", *_worker_types(1, image)))
    documents = written(folder / f"{count}.yml", *_worker_types(count // WORKER_TYPES, image))
    some = _launched(documents)
    with recording(sandbox.endpoint) as (endpoint, kept):
        Bench(folder, endpoint).reconcile("plan", documents)
        Bench(folder, endpoint).python("-c", LISTING)
    return Recorded(
        documents, replace(kept, answers=kept.answers | dict(_pages(kept, some, count)))
    )


def _launched(documents: str) -> list[Observed]:
    """One worker of each type, as we see them."""
    estate, resources = load(documents)
    found = observe(connect(estate), estate, resources).ours
    return [one for key, one in found.items() if key.kind == "Worker"]


def _pages(
    kept: Recording, some: list[Observed], count: int
) -> Iterator[tuple[Asked, list[Answer]]]:
    """The pages in place of the answers to each listing of instances that comes in pages."""
    bodies = list(_bodies(some, count))
    for of in kept.answers:
        if of.operation == "DescribeInstances" and _PAGED in parameters(of):
            for number, body in enumerate(bodies):
                which = with_parameter(of, "NextToken", _token(number)) if number else of
                yield which, [Answer(200, (("Content-Type", "text/xml"),), body, packed=True)]


def _bodies(some: list[Observed], count: int) -> Iterator[bytes]:
    """A page is written once, and then again and again with other numbers."""
    workers = [
        replace(some[at % len(some)], id=f"i-{_PLACE}{at:05x}", name=f"i-{_PLACE}{at:05x}")
        for at in range(A_PAGE)
    ]
    sample = page(workers, token=_PLACE)
    for number in range(count // A_PAGE):
        last = number + 1 == count // A_PAGE
        body = sample.replace(f"<nextToken>{_PLACE}</nextToken>".encode(), b"") if last else sample
        body = body.replace(
            f"<nextToken>{_PLACE}".encode(), f"<nextToken>{_token(number + 1)}".encode()
        )
        yield gzip.compress(body.replace(_PLACE.encode(), f"{number:012x}".encode()), 1)


_PLACE = "0badcafe0bad"
"""Where a page's number comes in."""


def _token(number: int) -> str:
    return f"page-{number}"


def _worker_types(each: int, image: str) -> Iterator[dict[str, object]]:
    """As many workers of each as are to be there, all the time."""
    for number in range(WORKER_TYPES):
        yield {
            "apiVersion": "reconciler/v1",
            "kind": "WorkerType",
            "metadata": {"name": f"pool-{number}"},
            "spec": {
                "description": f"Builds {number}",
                "owner": "ci@example.org",
                "queue": {"static": {"pending": 0}},
                "capacity": {"min": each, "max": each},
                "instanceTypes": [{"type": "c5.large"}, {"type": "m5.large"}],
                "regions": [{"region": REGION}],
                "image": {"id": image},
            },
        }
