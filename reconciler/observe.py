"""Read all that concerns an estate, every kind and region side by side, into one Snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

from reconciler.aws.errors import Refused, explained
from reconciler.aws.session import Account
from reconciler.fields.tags import owned_key
from reconciler.kinds import KINDS
from reconciler.kinds.kind import Kind, Sought
from reconciler.model import Change, Estate, Key, Observed, Resource, Snapshot
from reconciler.references import exchanged
from reconciler.spec import Refers

Tell = Callable[[str], None]

# boto3 spends its time waiting, so more threads than processors pay; EC2 lets 20 reads a second by.
_SIDE_BY_SIDE = 8


class _Listing(NamedTuple):
    """One kind in one region, and what is declared of it there, by AWS's name."""

    kind: Kind[Any]
    region: str
    declared: Mapping[str, Resource]


class _Read(NamedTuple):
    listing: _Listing
    observed: tuple[Observed, ...]


def observe(
    account: Account, estate: Estate, resources: Iterable[Resource], tell: Tell = lambda _: None
) -> Snapshot:
    """Everything of the estate, and what has the name of something declared without being its.

    Raises `Refused` when the account is none of the estate's, or anything can't be read: what is
    not seen must never be taken for something that is not there.
    """
    account_id = right_account(account, estate)
    listings = _listings(account, resources)
    tell(f"reading {len(listings)} listings of account {account_id}")
    return _snapshot(account_id, estate, _read(account, estate, listings))


def right_account(account: Account, estate: Estate) -> str:
    """The id of the account; raises `Refused` when it is none of the estate's."""
    with explained():
        account_id = account.caller().account
    if account_id not in estate.accounts:
        raise Refused(
            f"the credentials lead to account {account_id}, and Estate/{estate.name} is in "
            f"{' and '.join(estate.accounts)}: use other credentials, or correct spec.accounts"
        )
    return account_id


def hurt(account: Account, changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes, those that end something with who uses it now."""
    going: dict[tuple[str, str], list[Observed]] = {}
    for change in changes:
        if change.ends and change.before:
            going.setdefault((change.key.kind, change.key.region), []).append(change.before)
    users: dict[tuple[str, str], set[str]] = {}
    with explained():
        for (kind, region), observed in going.items():
            # What the account has once may be used in every region.
            for place in [region] if region else account.regions:
                for user in KINDS[kind].users(account.region(place), observed):
                    users.setdefault((kind, user.id), set()).add(user.who)

    def told(change: Change) -> Change:
        found = users.get((change.key.kind, change.before.id)) if change.before else None
        return replace(change, users=tuple(sorted(found))) if found and change.ends else change

    return tuple(told(change) for change in changes)


def _listings(account: Account, resources: Iterable[Resource]) -> list[_Listing]:
    declared: dict[tuple[str, str], dict[str, Resource]] = {}
    for resource in resources:
        place = (resource.key.kind, resource.key.region)
        declared.setdefault(place, {})[resource.name] = resource
    return [
        _Listing(kind, region, declared.get((kind.name, region), {}))
        for kind in KINDS.values()
        for region in (account.regions if kind.regional else ("",))
    ]


def _read(account: Account, estate: Estate, listings: Sequence[_Listing]) -> list[_Read]:
    def read(listing: _Listing) -> _Read | str:
        specs = {name: resource.spec for name, resource in listing.declared.items()}
        aws = account.region(listing.region)
        try:
            with explained():
                seen = tuple(listing.kind.observe(aws, Sought(estate.name, specs)))
        except Refused as refused:
            return f"{listing.kind.name} in {listing.region or 'the account'}: {refused}"
        return _Read(listing, seen)

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        answers = list(threads.map(read, listings))
    refusals = [answer for answer in answers if isinstance(answer, str)]
    if refusals:
        raise Refused("\n".join(refusals))
    return [answer for answer in answers if isinstance(answer, _Read)]


def _snapshot(account_id: str, estate: Estate, reads: Iterable[_Read]) -> Snapshot:
    ours: dict[Key, Observed] = {}
    foreign: dict[Key, Observed] = {}
    notes: list[str] = []
    for listing, observed in reads:
        # Where two carry the same owner tags, the one with the right name is meant.
        for one in sorted(observed, key=lambda one: (one.name not in listing.declared, one.id)):
            key = owned_key(estate.name, one.tags, listing.region)
            if key is None or key.kind != listing.kind.name:
                foreign[listing.declared[one.name].key] = one
            elif key in ours:
                notes.append(f"{one.name} ({one.id}) says it is {key} too: it was left alone")
            else:
                ours[key] = one
    named = _with_names(ours)
    notes += [f"{key}: {observed.note}" for key, observed in named.items() if observed.note]
    return Snapshot(account_id, named, foreign, tuple(sorted(notes)))


def _with_names(ours: Mapping[Key, Observed]) -> dict[Key, Observed]:
    """The observations with references to our own by their names, as git writes them."""
    names = {(key.kind, observed.id): key.name for key, observed in ours.items()}

    def name(refers: Refers, target: str) -> str:
        return names.get((refers.kind, target), target)

    return {
        key: replace(observed, spec=exchanged(observed.spec, name))
        for key, observed in sorted(ours.items())
    }
