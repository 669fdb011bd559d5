"""Read all that concerns an estate, every kind and scope side by side, into one Snapshot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from reconciler.aws.errors import Refused, explained
from reconciler.aws.leads import lead
from reconciler.aws.session import Accounts
from reconciler.kinds import KINDS, KNOWN, is_at
from reconciler.kinds.kind import Kind, Sought, User
from reconciler.model import Change, Estate, Key, Observed, Resource, Scope, Snapshot
from reconciler.references import by_name

Tell = Callable[[str], None]

_A = TypeVar("_A")
_B = TypeVar("_B")
_AT_ONCE = 256
_LEFT = "it was left alone"


class _Listing(NamedTuple):
    """One kind in one scope, and what is declared of it there, by AWS's name."""

    kind: str
    scope: Scope
    declared: Mapping[str, Resource]
    leads: tuple[str, ...] = ()
    """The types of which something must be there for a look, where nothing is declared."""

    def sought(self, estate: Estate) -> Sought[Any]:
        specs = {name: resource.spec for name, resource in self.declared.items()}
        adopted = frozenset(name for name, resource in self.declared.items() if resource.adopts)
        return Sought(estate.name, specs, adopted)


class _Read(NamedTuple):
    listing: _Listing
    observed: tuple[Observed, ...]


class _Unread(NamedTuple):
    scope: Scope
    why: str


def observe(
    accounts: Accounts,
    estate: Estate,
    resources: Iterable[Resource],
    tell: Tell = lambda _: None,
    only: Collection[str] = (),
    certain: bool = False,
) -> Snapshot:
    """Everything of the estate, and what has the name of something declared without being its.

    With `only` it is what is of these kinds. Kinds of which nothing is declared are listed if the
    tagging API knows something of them; it may be late, and to be `certain` all are listed.

    A scope of which anything can't be read counts as unreached, whole: what is not seen must never
    be taken for something that is not there. Raises `Refused` when no scope can be reached.
    """
    listings = [one for one in _listings(estate, resources) if not only or one.kind in only]
    if certain:
        listings = [one._replace(leads=()) for one in listings]
    tell(f"reading {_told(estate)}")
    answers = _read(accounts, estate, listings)
    blank = Snapshot({}, unreached=_unreached(one for one in answers if isinstance(one, _Unread)))
    reads = [r for r in answers if isinstance(r, _Read) and blank.reached(r.listing.scope)]
    if not reads:
        raise Refused("\n".join(f"{scope}: {why}" for scope, why in blank.unreached.items()))
    return _filled(blank, estate, reads)


def hurt(
    accounts: Accounts, snapshot: Snapshot, estate: Estate, changes: Sequence[Change]
) -> tuple[Change, ...]:
    """The changes, those that end something with who uses it now."""
    going: dict[tuple[str, Scope], list[Observed]] = {}
    for change in changes:
        if change.ends and change.before:
            going.setdefault((change.key.kind, change.key.scope), []).append(change.before)
    users: dict[tuple[str, str], set[str]] = {}
    with explained():
        for (kind, scope), observed in going.items():
            # What the account has once may be used in every region.
            for place in [scope] if scope.region else estate.scopes(scope.account)[1:]:
                for user in _users(accounts, snapshot, place, KINDS[kind], observed):
                    users.setdefault((kind, user.id), set()).add(user.who)

    def told(change: Change) -> Change:
        found = users.get((change.key.kind, change.before.id)) if change.before else None
        return replace(change, users=tuple(sorted(found))) if found and change.ends else change

    return tuple(told(change) for change in changes)


def _users(
    accounts: Accounts, snapshot: Snapshot, place: Scope, kind: Kind[Any], going: Sequence[Observed]
) -> Iterable[User]:
    if snapshot.reached(place):
        return kind.users(accounts.at(place), going)
    return [User(one.id, f"nobody knows what of {place}, which was not read") for one in going]


def _listings(estate: Estate, resources: Iterable[Resource]) -> list[_Listing]:
    declared: dict[tuple[str, Scope], dict[str, Resource]] = {}
    for resource in resources:
        place = (resource.key.kind, resource.key.scope)
        declared.setdefault(place, {})[resource.name] = resource
    found: list[_Listing] = []
    for account in estate.accounts:
        for scope in estate.scopes(account.id):
            for kind in (kind for kind in KINDS if is_at(kind, scope)):
                known, its = KNOWN[kind], declared.get((kind, scope), {})
                if its or (known.of, scope) in declared:
                    found.append(_Listing(kind, scope, its))
                elif known.types:
                    found.append(_Listing(kind, scope, its, known.types))
    return found


def _told(estate: Estate) -> str:
    few = len(estate.accounts) == 1
    return f"account {estate.accounts[0].id}" if few else f"{len(estate.accounts)} accounts"


def _read(
    accounts: Accounts, estate: Estate, listings: Sequence[_Listing]
) -> list[_Read | _Unread]:
    leads: dict[Scope, set[str]] = {}
    for listing in listings:
        leads.setdefault(listing.scope, set()).update(listing.leads)

    def read(listing: _Listing) -> _Read | _Unread:
        kind, scope = listing.kind, listing.scope
        try:
            accounts.check(scope.account)
        except Refused as refused:
            return _Unread(scope, str(refused))
        try:
            with explained():
                aws, types = accounts.at(scope), listing.leads
                if types and not lead(aws, estate.name, types, leads[scope]):
                    return _Read(listing, ())
                return _Read(listing, tuple(KINDS[kind].observe(aws, listing.sought(estate))))
        except Refused as refused:
            return _Unread(scope, f"{kind}: {refused}")

    return side_by_side(read, listings)


def side_by_side(do: Callable[[_A], _B], each: Sequence[_A]) -> list[_B]:
    """What `do` gives for each: all of them at once, since the time goes by in waiting for AWS."""
    with ThreadPoolExecutor(max(1, min(len(each), _AT_ONCE))) as threads:
        return list(threads.map(do, each))


def _unreached(unread: Iterable[_Unread]) -> dict[Scope, str]:
    """The scopes of which something was not read, with every reason.

    Where that is something an account has once, nothing of the account can be told for certain:
    what its regions hold refers to it.
    """
    why: dict[Scope, dict[str, None]] = {}
    for scope, reason in unread:
        why.setdefault(scope, {})[reason] = None
    whole = {scope.account for scope in why if not scope.region}
    return {
        scope: "\n".join(why[scope])
        for scope in sorted(why)
        if not (scope.region and scope.account in whole)
    }


def _filled(blank: Snapshot, estate: Estate, reads: Sequence[_Read]) -> Snapshot:
    ours: dict[Key, Observed] = {}
    foreign: dict[Key, Observed] = {}
    notes: list[str] = []
    adoptable = {one for read in reads for r in read.listing.declared.values() for one in r.adopts}
    for listing, observed in reads:
        # Where two carry the same owner tags, the one with the right name is meant.
        for one in sorted(observed, key=lambda one: (one.name not in listing.declared, one.id)):
            key = KINDS[listing.kind].key(estate.name, one, listing.scope)
            if key is None or key.kind != listing.kind:
                if one.name in listing.declared:
                    foreign[listing.declared[one.name].key] = one
                else:
                    notes.append(f"{one.name} ({one.id}) has our tag, and no name of ours: {_LEFT}")
            elif key in ours:
                notes.append(f"{one.name} ({one.id}) says it is {key} too: {_LEFT}")
            else:
                ours[key] = one
    adopted = {key: one for key, one in foreign.items() if one.id in adoptable}
    names = {(key.kind, one.id): key.name for key, one in {**ours, **adopted}.items()}
    named, met = by_name(ours, names), by_name(foreign, names)
    notes += [f"{key}: {observed.note}" for key, observed in named.items() if observed.note]
    return replace(blank, ours=named, foreign=met, notes=tuple(sorted(notes)))
