"""That the queue which the Estate expects notices from is wanted wherever workers may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.fields.wording import did_you_mean
from reconciler.load.found import Found
from reconciler.load.mistakes import Mistake
from reconciler.model import Scope


def unheard(found: Sequence[Found]) -> Iterator[Mistake]:
    """That no such Queue is declared, or not in every account and region."""
    queues = [one for one in found if one.kind == "Queue"]
    for estate in found:
        if estate.is_estate and estate.model and estate.model.spec.notices:
            name = estate.model.spec.notices.queue
            named = [one for one in queues if one.key and one.key.name == name]
            silent = [s for s in _scopes(estate) if not any(_is_in(one, s) for one in named)]
            if silent:
                where = f" for {', '.join(map(str, silent))}" if named else ""
                known = [one.key.name for one in queues if one.key]
                hint = did_you_mean(name, known) if not named else ""
                yield Mistake(
                    estate.document.at(("spec", "notices", "queue")),
                    f"{estate.key}: spec.notices.queue: Queue/{name} is not declared{where}{hint}",
                )


def _scopes(estate: Found) -> Iterator[Scope]:
    spec = estate.model.spec
    return (Scope(account.id, region) for account in spec.accounts for region in spec.regions)


def _is_in(one: Found, scope: Scope) -> bool:
    accounts, regions = one.accounts, one.regions
    return (not accounts or scope.account in accounts) and (not regions or scope.region in regions)
