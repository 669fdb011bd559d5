"""The documents of worker types as a big estate may have them, made up and the same each time."""

from __future__ import annotations

from random import Random
from typing import Any

REGION = "us-west-2"
ZONES = tuple(f"{REGION}{letter}" for letter in "abcd")
TYPES = tuple(
    f"{family}.{size}"
    for family in ("c5", "c5d", "c6i", "c7i", "m5", "m5d", "m6i", "m7i", "r5", "r6i")
    for size in ("xlarge", "2xlarge", "4xlarge")
)
IMAGES = tuple(f"ami-{number:017x}" for number in range(1, 6))
GROUPS = 50
"""So many security groups there are beside the one of all."""

A_TYPE = 10
"""So many instance types has each worker type, in four zones: 40 offerings."""

_SCRIPT = "#!/bin/sh\n" + "".join(f"echo step {number} of setting up\n" for number in range(40))


def documents(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """So many WorkerTypes, in turn such that say one thing for all and such that say more."""
    return [_document(number, Random(f"{seed} {number}")) for number in range(count)]


def _document(number: int, luck: Random) -> dict[str, Any]:
    name = f"pool-{number:04}"
    return {
        "apiVersion": "reconciler/v1",
        "kind": "WorkerType",
        "metadata": {"name": name},
        "spec": {
            "description": f"Builds of project {number}",
            "owner": "ci@example.org",
            "queue": _queue(number, name),
            "capacity": {"max": 200, "scalingRatio": luck.choice((0, 0.1, 0.25))},
            "price": {"max": 0.9},
            "purchase": "spot-then-on-demand" if number % 4 == 3 else "spot",
            "image": {"id": luck.choice(IMAGES)},
            "lifecycle": {"longest": 86400, "idle": 1800, "deadline": 7200},
            "instanceTypes": _types(number, luck),
            "regions": [_region(number)],
            "launch": {
                "securityGroups": ["workers", f"pool-group-{number % GROUPS:02}"],
                "instanceProfile": "workers",
                "tags": {"project": f"p{number % 40}"},
                "blockDevices": {"/dev/xvda": {"size": 120, "type": "gp3"}},
                "userData": _user_data(number),
            },
        },
    }


def _queue(number: int, name: str) -> dict[str, Any]:
    """One in ten is a queue that knows no workers: those tag themselves."""
    if number % 10 == 9:
        return {"static": {"pending": 0}}
    return {"taskcluster": {"rootUrl": "https://tc.example.org", "taskQueueId": f"acme/{name}"}}


def _types(number: int, luck: Random) -> list[dict[str, Any]]:
    """Two in five have something to say of some types."""
    own = {2: 5, 4: 2}.get(number % 5, 0)
    capacity = {"xlarge": 1, "2xlarge": 2, "4xlarge": 4}
    return [
        {
            "type": name,
            "capacity": capacity[name.partition(".")[2]],
            "utility": luck.choice((1, 1, 1.1)),
            **({"launch": _of_type(at)} if at < own else {}),
        }
        for at, name in enumerate(sorted(luck.sample(TYPES, A_TYPE)))
    ]


def _of_type(at: int) -> dict[str, Any]:
    return {
        "ebsOptimized": True,
        "blockDevices": {"/dev/xvda": {"iops": 3000 + 500 * at}, "/dev/sdb": {"size": 40 + at}},
    }


def _region(number: int) -> dict[str, Any]:
    """Two in five have something to say of each zone."""
    zones = {
        zone: {
            "subnet": f"subnet-{at:017x}",
            **({"launch": {"detailedMonitoring": at % 2 == 0}} if number % 5 in (3, 4) else {}),
        }
        for at, zone in enumerate(ZONES)
    }
    return {"region": REGION, "zones": zones if number % 5 >= 2 else {}}


def _user_data(number: int) -> dict[str, Any]:
    """A script or, for one in ten, a structure: those have a template for each offering."""
    if number % 10 == 1:
        return {"config": {"cache": {"gb": 40, "purge": True}, "shell": ["bash", "-e"]}}
    return {"text": _SCRIPT, **({"gzip": True} if number % 5 == 4 else {})}
