"""Worker types from other systems' definitions: nothing is lost, and what is doubtful is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from reconciler.convert.forms import Pool, pools
from reconciler.convert.part import Complaint
from reconciler.convert.reading import Given, given
from reconciler.convert.writing import NOWHERE, written
from reconciler.errors import ReconcileError
from reconciler.load.mistakes import Mistake
from reconciler.model import Location

__all__ = ["Converted", "converted"]


class Converted(NamedTuple):
    """Documents as text, how many they are, and what their reader has to see to."""

    text: str
    documents: int
    complaints: tuple[str, ...]


class _Told(NamedTuple):
    location: Location
    about: str
    what: str
    word: str = ""
    """The key that it is about, by which it is told from what is of others."""

    def __str__(self) -> str:
        return ": ".join(filter(None, [str(self.location), self.about, self.what]))


def converted(path: str, root_url: str | None) -> Converted:
    """What a file of Taskcluster's definitions says, as WorkerTypes.

    Raises `ReconcileError` where it is no such file.
    """
    mistakes: list[Mistake] = []
    parts = given(path, mistakes)
    found = [(one, pool) for one in parts for pool in pools(one.data)]
    if not found:
        raise ReconcileError(
            f"{path}: holds no definition of Taskcluster's: neither worker pools by their ids, nor "
            "worker-manager's (`config`), nor the AWS Provisioner's (`workerType`)"
        )
    nothing = {one.at(()) for one in parts} - {one.at(()) for one, _ in found}
    told = [
        *(_Told(mistake.location, "", mistake.what) for mistake in mistakes),
        *(_Told(place, "", "holds no definition, and was left out") for place in nothing),
    ]
    texts = [_text(one, pool, root_url or NOWHERE, told) for one, pool in found]
    count = len([text for text in texts if text])
    return Converted("".join(texts), count, (*_about_all(path, root_url), *_lines(told)))


def _text(one: Given, pool: Pool, root_url: str, told: list[_Told]) -> str:
    complaints: list[Complaint] = []
    text = written(pool, root_url, complaints)
    told += [_told(one, pool, complaint) for complaint in complaints]
    return text


def _told(one: Given, pool: Pool, complaint: Complaint) -> _Told:
    inside = complaint.path[len(pool.path) :]
    about = ": ".join(filter(None, [pool.name, ".".join(map(str, inside))]))
    words = [step for step in inside if isinstance(step, str)]
    return _Told(one.at(complaint.path), about, complaint.what, words[-1] if words else "")


def _about_all(path: str, root_url: str | None) -> Iterator[str]:
    if not root_url:
        yield (
            f"{path}: where the deployment is stands in no definition: give --root-url; until then "
            f"queue.taskcluster.rootUrl is {NOWHERE}, which is nowhere, so that nothing is launched"
        )


def _lines(told: Iterable[_Told]) -> Iterator[str]:
    """A line for each complaint; of several that say the same, the first and the others' lines."""
    ordered = sorted(set(told), key=lambda one: (one.what, one.word, one))
    lines: list[tuple[Location, str]] = []
    for _, same in groupby(ordered, key=lambda one: (one.what, one.word)):
        first, *others = same
        elsewhere = sorted({one.location.line for one in others} - {first.location.line})
        if len(elsewhere) == len(others) > 0:
            lines_there = ", ".join(map(str, elsewhere))
            likewise = f" (likewise at line{'s'[: len(others) - 1]} {lines_there})"
            lines.append((first.location, f"{first}{likewise}"))
        else:
            lines += [(one.location, str(one)) for one in (first, *others)]
    yield from (line for _, line in sorted(lines))
