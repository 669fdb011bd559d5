"""Remove what was found: regions side by side, in each one sort after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from reconciler.aws.owned import INSTANCES
from reconciler.aws.removal import Patience, Removed
from reconciler.aws.session import Accounts, Aws
from reconciler.model import Act, Action, Change, Ended, Result, Scope, Step
from reconciler.observe import Tell, side_by_side
from reconciler.purge.owned import Owned
from reconciler.purge.sorts import EVERYTHING

_Which = tuple[str, str]
"""The sort of a thing and its id: what tells it from all others of its place."""


def remove(
    accounts: Accounts,
    going: Iterable[Owned],
    patience: Patience,
    tell: Tell,
    ended: Callable[[Ended], None],
) -> tuple[Ended, ...]:
    """What became of each. `ended` hears it, in the thread that did it."""
    places: dict[Scope, list[Owned]] = {}
    for one in going:
        places.setdefault(one.scope, []).append(one)

    def cleared(scope: Scope) -> list[Ended]:
        became = _cleared(accounts.at(scope), places[scope], patience, tell)
        told = [_ended(one, became[_which(one)]) for one in places[scope]]
        for one in told:
            ended(one)
        return told

    # What an account has once may be used in every region.
    regional, once = (sorted(s for s in places if bool(s.region) is kind) for kind in (True, False))
    return tuple(
        one for scopes in (regional, once) for told in side_by_side(cleared, scopes) for one in told
    )


def _cleared(
    aws: Aws, things: Sequence[Owned], patience: Patience, tell: Tell
) -> dict[_Which, Removed]:
    """Tries again what was refused for as long as anything else goes: it may have been in use.

    Instances have been waited for, and nothing here keeps one alive.
    """
    became: dict[_Which, Removed] = {}
    left = things
    while left:
        became |= _round(aws, left, patience, tell)
        refused = [one for one in left if became[_which(one)].why and one.sort is not INSTANCES]
        if len(refused) == len(left) or patience.stopped():
            break
        left = refused
    return became


def _round(
    aws: Aws, things: Sequence[Owned], patience: Patience, tell: Tell
) -> Mapping[_Which, Removed]:
    became: dict[_Which, Removed] = {}
    for sort in EVERYTHING:
        if some := [one.what for one in things if one.sort is sort]:
            tell(f"removing {len(some)} {sort.name} of {things[0].scope}")
            gone = sort.remove(aws, some, patience)
            became |= {(sort.name, id_): removed for id_, removed in gone.items()}
    return became


def _which(one: Owned) -> _Which:
    return one.sort.name, one.what.id


def _ended(one: Owned, removed: Removed) -> Ended:
    change = Change(Action.DELETE, one.key, one.what, None, reason="it carries the estate's tag")
    result = Result.FAILED if removed.why else Result.DONE
    step = Step(change, Act.DELETE, one.what)
    return Ended(step, result, removed.why, removed.requests, one.what.id)
