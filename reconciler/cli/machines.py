"""The estate's machines, found by its tag, and those of them that a command names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.looking import WORKER_TYPE
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.aws.session import Accounts
    from reconciler.load import Declared
    from reconciler.model import Estate, Scope

_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")


class Machine(NamedTuple):
    scope: Scope
    id: str
    of: str
    """What its tag says that it is: Kind/name."""


def found(accounts: Accounts, estate: Estate, regions: Sequence[str]) -> list[Machine]:
    """The estate's instances, in all its places or in these regions."""
    from reconciler.aws.errors import explained
    from reconciler.aws.owned import instances
    from reconciler.fields.tags import RESOURCE
    from reconciler.fields.wording import did_you_mean
    from reconciler.model import Scope
    from reconciler.observe import side_by_side

    for one in regions:
        if one not in estate.regions:
            near = did_you_mean(one, estate.regions)
            raise ReconcileError(f"--region {one} is none of the Estate's regions{near}")

    def of(scope: Scope) -> list[Machine]:
        with explained(f" (reading {scope})"):
            ours = instances(accounts.at(scope), estate)
            return [Machine(scope, one.id, one.tags.get(RESOURCE, "")) for one in ours]

    for account in estate.accounts:
        accounts.check(account.id)
    places = [Scope(a.id, r) for a in estate.accounts for r in regions or estate.regions]
    return [machine for some in side_by_side(of, places) for machine in some]


def meant(there: Sequence[Machine], on: Sequence[str], declared: Declared) -> list[Machine]:
    """The machines that are named; a name that means none is a mistake."""
    from reconciler.fields.wording import did_you_mean

    if not on:
        raise ReconcileError("say where to run it: --on WORKERTYPE or --on INSTANCE")
    known = {one.of for one in there} | {str(resource.key) for resource in declared.resources}
    types = {one for one in known if one.startswith(WORKER_TYPE)}
    named: dict[Machine, None] = {}
    for name in on:
        instance = bool(_INSTANCE.fullmatch(name))
        whole = WORKER_TYPE + name.removeprefix(WORKER_TYPE)
        machines = [one for one in there if (one.id == name if instance else one.of == whole)]
        if not machines and instance:
            raise ReconcileError(f"{name} is no instance of {declared.estate.name} there")
        if not machines:
            near = did_you_mean(whole, types) if whole not in types else ""
            raise ReconcileError(f"no instance of {whole} is there{near}")
        named.update(dict.fromkeys(machines))
    return [*named]
