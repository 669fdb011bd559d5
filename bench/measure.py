"""What is timed: each thing in turn, round after round, so that all rows are of the same time."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from statistics import median
from time import process_time
from typing import Any, NamedTuple, TypeVar

from bench.page import page, parsed
from bench.region import ESTATE_OF, HERE, Region, region
from bench.rows import ROUNDS
from reconciler.cli import YOUNG
from reconciler.derive import derive
from reconciler.derive.words import said
from reconciler.diff import diff
from reconciler.kinds.kind import Sought
from reconciler.kinds.worker import Worker
from reconciler.model import Key, Observed, Plan
from reconciler.plan import plan
from reconciler.references import by_name

WORKER_TYPES, WORKERS, A_PAGE = 1000, 20_000, 1000

Seconds = Mapping[str, float]
T = TypeVar("T")


class Passed(NamedTuple):
    """What a pass decides, and the CPU that each part of it took."""

    plan: Plan
    lines: tuple[str, ...]
    seconds: dict[str, float]


def passed(region: Region) -> Passed:
    """What a pass does once all is read, and before anything is changed."""
    ours, resources = region.snapshot, region.resources
    derived, deriving = _timed(lambda: derive(ESTATE_OF, resources, ours, region.signals))
    changes, diffing = _timed(lambda: diff(ESTATE_OF, derived.resources, ours, derived.why))
    made, planning = _timed(lambda: plan(ESTATE_OF, derived.resources, ours, changes))
    lines, telling = _timed(lambda: tuple(map(said, derived.decided)))
    parts = {"derive": deriving, "diff": diffing, "plan": planning, "lines": telling}
    return Passed(made, lines, {**parts, "pass": sum(parts.values())})


def observed(answer: Mapping[str, Any]) -> dict[Key, Observed]:
    """What our reading adds to a page of instances that botocore has parsed."""

    class Answered:
        def each(self, *_: object, **__: object) -> Any:
            return answer["Reservations"]

        def once(self, _: str, read: Callable[[Any], Any]) -> Any:
            return read(self)

    found: Any = Worker().observe(Answered(), Sought(ESTATE_OF.name, {}))  # type: ignore[arg-type]
    return by_name({Key("Worker", one.id, HERE): one for one in found}, {})


def workers(region: Region) -> list[Observed]:
    return [one for key, one in region.snapshot.ours.items() if key.kind == "Worker"]


def measured(whole: Region, tell: Callable[[str], object]) -> list[Seconds]:
    """The CPU that each thing took, in seconds, a mapping for each round."""
    import yaml

    gc.set_threshold(YOUNG)
    half = region(WORKER_TYPES // 2, WORKERS // 2)
    texts = [yaml.safe_dump(document) for document in whole.documents]
    body = page(workers(whole)[:A_PAGE])
    rounds: list[Seconds] = []
    # In the first round modules are imported, and what is known of each kind is gathered.
    for number in range(ROUNDS + 1):
        seconds = dict(passed(whole).seconds)
        seconds["half"] = passed(half).seconds["pass"]
        answer, seconds["parse"] = _timed(lambda: parsed(body))
        seconds["observe"] = _timed(partial(observed, answer))[1]
        seconds["yaml"] = _timed(lambda: [yaml.load(one, yaml.CSafeLoader) for one in texts])[1]
        tell(f"round {number} of {ROUNDS}: a pass took {seconds['pass']:.2f} s")
        rounds.append(seconds)
    return rounds[1:]


def ratio(rounds: Iterable[Seconds], what: str, beside: str, times: float = 1.0) -> float:
    """How many times what another thing took, that so many times, is what this one took."""
    return median(one[what] / (one[beside] * times) for one in rounds)


def usual(rounds: Iterable[Seconds], what: str) -> float:
    return median(one[what] for one in rounds)


def _timed(do: Callable[[], T]) -> tuple[T, float]:
    before = process_time()
    found = do()
    return found, process_time() - before
