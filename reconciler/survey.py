"""Look for what is in AWS and could become the estate's: the reading half of an import."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.aws.errors import Refused, explained
from reconciler.aws.session import Accounts
from reconciler.kinds import STANDING, is_at
from reconciler.kinds.kind import Place, Sought, There
from reconciler.model import Estate, Observed
from reconciler.observe import side_by_side


class Survey(NamedTuple):
    """What there is, by place, and what could not be looked at."""

    there: Mapping[Place, Sequence[There]]
    unread: Sequence[str]


def survey(accounts: Accounts, estate: Estate, kinds: Collection[str]) -> Survey:
    """The names and ids of everything of these kinds, in every scope, whoever it belongs to."""
    places = [
        Place(kind, scope)
        for account in estate.accounts
        for scope in estate.scopes(account.id)
        for kind in kinds
        if is_at(kind, scope)
    ]

    def read(place: Place) -> Sequence[There] | str:
        return _told(place, lambda: tuple(_kind(accounts, place)))

    answers = dict(zip(places, side_by_side(read, places), strict=True))
    return Survey(
        {place: found for place, found in answers.items() if not isinstance(found, str)},
        [why for why in answers.values() if isinstance(why, str)],
    )


def whole(
    accounts: Accounts, estate: Estate, wanted: Mapping[Place, Collection[There]]
) -> dict[Place, list[Observed]]:
    """Everything of what is wanted, as a document could say it; raises `Refused`."""

    def read(place: Place) -> list[Observed]:
        kind, ids = STANDING[place.kind], {one.id for one in wanted[place]}
        sought: Sought[Any] = Sought(estate.name, {}, {one.name for one in wanted[place]})
        with explained():
            return [o for o in kind.observe(accounts.at(place.scope), sought) if o.id in ids]

    places = sorted(wanted)
    return dict(zip(places, side_by_side(read, places), strict=True))


def _kind(accounts: Accounts, place: Place) -> Sequence[There]:
    accounts.check(place.scope.account)
    with explained():
        return tuple(STANDING[place.kind].there(accounts.at(place.scope)))


def _told(place: Place, read: Callable[[], Sequence[There]]) -> Sequence[There] | str:
    try:
        return read()
    except Refused as refused:
        return f"{place.kind} of {place.scope} could not be read: {refused}"
