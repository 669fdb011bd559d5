"""What is of a kind that no document is of any more: the tagging API leads to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from reconciler.sandbox.corrections import CORRECTIONS
from tests.laws.cases import CASES, Case, document

Desired = Callable[..., None]

# What the tagging API does not know, or not soon enough.
ASKED = {"DescribeInstances", "GetAccountAuthorizationDetails"}


@contextmanager
def unheard() -> Iterator[None]:
    """Meanwhile the tagging API has heard of nothing yet."""
    with pytest.MonkeyPatch.context() as patch:
        nothing: Any = [lambda *_: {"ResourceTagMappingList": []}]
        patch.setitem(CORRECTIONS["resourcegroupstaggingapi"], "GetResources", nothing)
        yield


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.kind))
def test_it_goes_once_the_tagging_api_knows_it(
    case: Case, aws: object, desired: Desired, reconcile: Any
) -> None:
    desired(*case.around, document(case.kind, "ci-one", case.spec))
    applied = reconcile("apply", "--yes")
    assert applied.status == 0, applied
    desired()
    with unheard():
        # Of roles it never hears, so they are looked for otherwise.
        assert (f"delete {case.kind}/ci-one " in reconcile("plan").out) == (case.kind == "Role")
    assert f"delete {case.kind}/ci-one " in reconcile("plan").out


def test_destroy_waits_for_nothing(aws: object, desired: Desired, reconcile: Any) -> None:
    (case,) = (case for case in CASES if case.kind == "Document")
    desired(*case.around, document("Document", "ci-one", case.spec))
    assert reconcile("apply", "--yes").status == 0
    with unheard():
        destroyed = reconcile("destroy", "--yes")
    assert (destroyed.status, "Document/ci-one" in destroyed.out) == (0, True)
    desired()
    assert reconcile("plan", "--detailed-exitcode").status == 0


def test_where_there_is_nothing_hardly_anything_is_asked(
    sandbox: Sandbox, aws: object, desired: Desired, reconcile: Any
) -> None:
    desired()
    assert reconcile("plan", "--detailed-exitcode").status == 0
    asked = [operation for _, operation in sandbox.requests]
    assert sorted(asked) == sorted(["GetCallerIdentity", *["GetResources"] * 2, *ASKED])
