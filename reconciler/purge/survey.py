"""Look for all that an estate has: every sort and place side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from reconciler.aws.errors import Refused, explained
from reconciler.aws.lock import parameter as lock_parameter
from reconciler.aws.owned import OBJECTS, Sort, regions
from reconciler.aws.session import Accounts
from reconciler.aws.tagging import tagged
from reconciler.fields.tags import PROTECT
from reconciler.model import Estate, Observed, Scope
from reconciler.observe import Tell, side_by_side
from reconciler.purge.owned import Owned, Survey
from reconciler.purge.sorts import EVERYTHING, ONCE, is_known

T = TypeVar("T")


class _Unread(NamedTuple):
    scope: Scope
    why: str


def survey(
    accounts: Accounts, estate: Estate, sorts: Sequence[Sort], only: Sequence[str], tell: Tell
) -> Survey:
    """What there is of these sorts, in these regions only or in every one that an account may use.

    What can't be read is told, and the rest is found: here nothing follows from an absence.
    """
    unread: list[_Unread] = []

    def found(asked: Iterable[tuple[Scope, Callable[[], Iterable[T]]]]) -> list[T]:
        answers = side_by_side(lambda one: _read(*one), [*asked])
        unread.extend(one for one in answers if isinstance(one, _Unread))
        return [one for some in answers if not isinstance(some, _Unread) for one in some]

    scopes = found(
        (Scope(account.id), partial(_scopes, accounts, account.id, only))
        for account in estate.accounts
    )
    tell(f"looking in {len(scopes)} places")
    owned = found(
        (scope, partial(_owned, accounts, estate, sort, scope))
        for sort in sorts
        for scope in scopes
        if _is_place_of(sort, scope, estate)
    )
    strange = found(
        (scope, partial(_strange, accounts, estate, scope))
        for scope in scopes
        if scope.region and sorts is EVERYTHING
    )
    return Survey(tuple(owned), tuple(sorted(set(strange))), _reasons(unread))


def _read(scope: Scope, read: Callable[[], Iterable[T]]) -> list[T] | _Unread:
    try:
        with explained():
            return [*read()]
    except Refused as refused:
        return _Unread(scope, str(refused))


def _reasons(unread: Iterable[_Unread]) -> dict[Scope, str]:
    why: dict[Scope, dict[str, None]] = {}
    for scope, reason in unread:
        why.setdefault(scope, {})[reason] = None
    return {scope: "\n".join(why[scope]) for scope in sorted(why)}


def _scopes(accounts: Accounts, account: str, only: Sequence[str]) -> Iterator[Scope]:
    accounts.check(account)
    yield Scope(account)
    for region in only or regions(accounts.at(Scope(account))):
        yield Scope(account, region)


def _is_place_of(sort: Sort, scope: Scope, estate: Estate) -> bool:
    if sort is OBJECTS:
        return scope == estate.home
    return (sort in ONCE) != bool(scope.region)


def _owned(accounts: Accounts, estate: Estate, sort: Sort, scope: Scope) -> Iterator[Owned]:
    aws = accounts.at(scope)
    for what in sorted(sort.find(aws, estate), key=lambda what: what.name):
        if not _is_our_lock(estate, sort, scope, what, lock_parameter(aws, estate.name)):
            yield Owned(sort, scope, what, _why_kept(accounts, estate, sort, scope, what))


def _is_our_lock(estate: Estate, sort: Sort, scope: Scope, what: Observed, lock: str) -> bool:
    """The lock that this run has is what it frees last."""
    return (sort.name, scope, what.name) == ("Parameter", estate.home, lock)


def _why_kept(accounts: Accounts, estate: Estate, sort: Sort, scope: Scope, what: Observed) -> str:
    if what.tags.get(PROTECT) == "true":
        return f"its tag {PROTECT} says so"
    if sort.name == "Role" and what.name in _roles_at_work(accounts, estate, scope.account):
        return "this run works with it: others' credentials can delete it"
    return ""


def _roles_at_work(accounts: Accounts, estate: Estate, account: str) -> set[str]:
    """The roles of the account without which this run could not go on.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    assumed = {one.role.rpartition("/")[2] for one in estate.accounts if one.id == account}
    _, _, _, _, where, who = accounts.caller().arn.split(":", 5)
    sort, _, rest = who.partition("/")
    ours = {rest.partition("/")[0]} if sort == "assumed-role" and where == account else set()
    return (assumed | ours) - {""}


def _strange(accounts: Accounts, estate: Estate, scope: Scope) -> Iterator[str]:
    return (arn for arn in tagged(accounts.at(scope), estate.name) if not is_known(arn))
