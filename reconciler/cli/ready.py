"""What a machine for one command takes, found out and made before any is launched."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, NamedTuple

from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.bucket import Bucket
    from reconciler.aws.files import Pack
    from reconciler.aws.machine import Way
    from reconciler.aws.session import Accounts
    from reconciler.aws.shells import Shell
    from reconciler.derive.places import Place
    from reconciler.load import Declared
    from reconciler.model import Estate, Key, Resource, Snapshot

now: Callable[[], float] = time
"""Seconds since 1970, by which prices are judged."""


class Bring(NamedTuple):
    """A file or folder of ours that is to be there on the machine."""

    source: Path
    where: str

    def __str__(self) -> str:
        return f"--upload {self.source}:{self.where}"


class Ready(NamedTuple):
    estate: Estate
    ways: Iterator[Way]
    """How it may be launched, the best first."""
    shell: Shell
    bucket: Bucket | None
    packs: Sequence[tuple[Bring, Pack]]


def ready(
    accounts: Accounts,
    declared: Declared,
    of: Sequence[Resource],
    brings: Sequence[Bring],
    with_files: bool,
    with_user_data: bool,
) -> Ready:
    """All of it, for a worker type; raises what is wrong before it costs anything."""
    from reconciler.aws.bucket import Bucket
    from reconciler.aws.shells import shell
    from reconciler.report.console import progress

    estate = declared.estate
    with progress() as tell:
        snapshot, places = _found(accounts, declared, of, tell)
    system = shell(places[0].windows)
    scripts = [_script(place) if with_user_data else "" for place in places]
    bucket = Bucket(accounts.home, estate) if with_files and estate.bucket else None
    packs = [(one, _packed(one, system, bucket)) for one in brings]
    ways = (
        _way(accounts, snapshot, place, script)
        for place, script in zip(places, scripts, strict=True)
    )
    return Ready(estate, ways, system, bucket, packs)


def _found(
    accounts: Accounts, declared: Declared, of: Sequence[Resource], tell: Callable[[str], None]
) -> tuple[Snapshot, Sequence[Place]]:
    """What there is, and where the machine may be launched."""
    from reconciler.derive import fleets
    from reconciler.derive.fleet import Fleet
    from reconciler.derive.memory import Memory
    from reconciler.derive.places import lacking, places
    from reconciler.kinds.worker_type import WorkerTypeSpec
    from reconciler.model import Snapshot
    from reconciler.observe import observe
    from reconciler.references import is_aws_id, references
    from reconciler.sense import sold

    ((key, resources),) = fleets(of).items()
    spec = resources[0].spec
    assert isinstance(spec, WorkerTypeSpec)
    accounts.check(key.scope.account)
    estate = _part(declared.estate, key, [one.region for one in spec.regions])
    kinds = {one.refers.kind for one in references(spec) if not is_aws_id(one.target)}
    # What is built of a declared image shows as its versions.
    kinds |= {"ImageVersion"} if "Image" in kinds else set()
    snapshot = observe(accounts, estate, declared.resources, tell, kinds) if kinds else Snapshot({})
    tell("reading the market")
    scopes = {one.key.scope for one in resources}
    there = [one for one in declared.resources if one.key.scope in scopes]
    signals = sold(accounts, {key: spec}, there, snapshot, Memory(), now())
    found, others = places(declared.estate, Fleet(key, resources, snapshot, signals))
    if missing := lacking(found, snapshot.ours):
        told = ", ".join(f"{one} is not in {one.scope}" for one in missing)
        raise ReconcileError(f"{told}: `reconcile apply` makes what is declared")
    if not found:
        why = "".join(f"\n{one}" for one in others)
        raise ReconcileError(f"{key} can't be launched anywhere now{why}")
    return snapshot, found


def _part(estate: Estate, key: Key, regions: Sequence[str]) -> Estate:
    """The part of the estate in which a worker type is."""
    account = tuple(one for one in estate.accounts if one.id == key.scope.account)
    return replace(estate, accounts=account, regions=tuple(regions))


def _packed(bring: Bring, shell: Shell, bucket: Bucket | None) -> Pack:
    from reconciler.aws.files import MOST, packed, too_large

    try:
        pack = packed(bring.source, bring.where, shell)
    except OSError as error:
        raise ReconcileError(f"{bring}: {error.filename}: {error.strerror}") from None
    if pack.size > MOST and not bucket:
        raise ReconcileError(f"{bring}: {too_large(pack.size)}")
    return pack


def _script(place: Place) -> str:
    """The worker type's own user data there, where a machine can have it beside its end."""
    data = base64.b64decode(place.template.content.get("UserData", ""))
    if not data:
        return ""
    if place.windows or not data.startswith(b"#!"):
        raise ReconcileError("--user-data: only a script for Linux, that begins with #!, will do")
    return data.decode()


def _way(accounts: Accounts, snapshot: Snapshot, place: Place, script: str) -> Way:
    from reconciler.aws.machine import Way
    from reconciler.fleet.offering import Purchase
    from reconciler.kinds.kind import given
    from reconciler.kinds.launch_template import in_full
    from reconciler.references import exchanged, is_aws_id
    from reconciler.spec import Refers

    def id_of(refers: Refers, name: str) -> str:
        return name if is_aws_id(name) else snapshot.ours[place.refers_to(refers, name)].id

    aws = accounts.at(place.scope)
    asked = in_full(aws, exchanged(place.template, id_of))
    if place.purchase is Purchase.SPOT:
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SpotMarketOptions.html
        how = given(
            MaxPrice=place.max_price,
            SpotInstanceType="one-time",
            InstanceInterruptionBehavior="terminate",
        )
        asked["InstanceMarketOptions"] = {"MarketType": "spot", "SpotOptions": how}
    return Way(aws, asked, place.tags, place.windows, script)
