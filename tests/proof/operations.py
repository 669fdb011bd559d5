"""Each thing that is done to each kind that stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tests.laws.cases import BYSTANDER, CASES, Case, document
from tests.proof.place import Operation, Place


def operations(case: Case) -> Iterator[Operation]:
    """All that is done to a kind."""

    def operation(act: str, prepare: Callable[[Place], object]) -> Operation:
        return Operation(f"{act} {case.kind}", act, [case], prepare)

    yield operation("create", partial(_changed, case, (), case.spec))
    before: tuple[str, ...] = (case.spec,)
    for after, act in case.edits:
        yield operation(act, partial(_changed, case, before, after))
        before = (after,) if act == "replace" else (*before, after)
    yield operation("delete", partial(_changed, case, before, None))
    yield operation("adopt", partial(_adopted, case))
    yield Operation(
        f"forget {case.kind}",
        "forget",
        [case],
        partial(_changed, case, before, None),
        lambda place: place.reconcile("forget", f"{case.kind}/one", "--yes"),
        lambda place: place.again("forget", f"{case.kind}/one", "--yes"),
    )


def _changed(case: Case, before: Sequence[str], after: str | None, place: Place) -> None:
    """Made and changed by what was said since it was last made anew, then by another or by none."""
    for spec in before or (None,):
        place.desired(*_documents(case, spec))
        place.done("apply", "--yes")
    place.desired(*_documents(case, after))


def _adopted(case: Case, place: Place) -> None:
    """Made by somebody else, and declared as it is."""
    place.desired(*_documents(case, None))
    place.done("apply", "--yes")
    case.foreign(place.aws)
    told = place.done("import", case.kind, "one")
    place.desired(*_documents(case, None), told.out.removeprefix("---\n"))


def _documents(case: Case, spec: str | None) -> list[str]:
    one = [document(case.kind, "one", spec)] if spec else []
    return [BYSTANDER, *case.around, *one]


def _all(place: Place) -> None:
    around = dict.fromkeys(text for case in CASES for text in (BYSTANDER, *case.around))
    place.desired(*around, *(document(case.kind, "one", case.spec) for case in CASES))


def _all_made(place: Place) -> None:
    _all(place)
    place.done("apply", "--yes")


EVERYTHING = (
    Operation("create everything", "create", CASES, _all),
    Operation(
        "destroy everything",
        "delete",
        CASES,
        _all_made,
        lambda place: place.reconcile("destroy", "--yes"),
        lambda place: place.again("destroy", "--yes"),
        ("destroy", "--yes"),
    ),
)
"""All kinds at once, and what is independent side by side."""
