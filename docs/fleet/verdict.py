"""Whether the demo went as it should, by what AWS and the journal say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from crew import Crew


class Fact(NamedTuple):
    so: bool
    words: str


def verdict(crew: Crew, tasks: int, least: int, most: int, journal: str) -> Iterator[Fact]:
    """What should be true at the end; `least` and `most` are the fleet's bounds."""
    done, lost = len(set(crew.done)), len(crew.lost)
    yield Fact(done == tasks and not lost, f"{done} of {tasks} tasks done, {lost} lost")
    instances = [*_launched(crew.ec2)]
    yield _several("zones", (one["Placement"]["AvailabilityZone"] for one in instances))
    yield _several("types", (one["InstanceType"] for one in instances))
    short = [f"{got} of {asked}" for got, asked in _brought(journal) if got < asked]
    told = ", ".join(short) or "none"
    yield Fact(bool(short), f"{len(short)} launches came short: {told}")
    yield Fact(crew.most == most, f"capacity {crew.most} of {most} was there all the same")
    yield Fact(crew.capacity == least, f"capacity {crew.capacity} is left, and {least} is min")


def _launched(ec2: Any) -> Iterator[Any]:
    """All instances there were: EC2 shows who has ended for about an hour."""
    mine = [{"Name": "tag:reconciler:estate", "Values": ["demo"]}]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=mine):
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def _several(what: str, values: Iterable[str]) -> Fact:
    found = sorted(set(values))
    return Fact(len(found) > 1, f"launched in {len(found)} {what}: {', '.join(found)}")


def _brought(journal: str) -> Iterator[tuple[int, int]]:
    """How many instances each launch brought, and how many it was to bring."""
    for entry in map(json.loads, journal.splitlines()):
        if entry["kind"] == "Launch":
            (asked,) = (one["new"] for one in entry["fields"] if one["path"] == "instances")
            yield len(entry["awsId"].split()), int(asked)
