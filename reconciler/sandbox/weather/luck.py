"""What chance gives a call: it hangs on the seed and on the call, not on what else is under way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from random import Random
from typing import Any

from reconciler.sandbox import wire
from reconciler.sandbox.call import Call

Luck = Callable[[str], Random]
"""The dice of one call for one purpose, always thrown anew."""

# Ids, digests and fingerprints in hex, keys in base64, and times: other ones in every run.
_OF_THE_RUN = re.compile(
    r"(?:[0-9a-f]{2}:){7,}[0-9a-f]{2}|[0-9a-f]{8,}|[A-Za-z0-9+/]{40,}=*|\d{4}-\d\d-\d\dT[\d:.+]+Z?"
)


class Dice:
    """Everybody's luck under one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._times: dict[str, Iterator[int]] = {}

    def of(self, call: Call, parameters: Mapping[str, Any]) -> Luck:
        """The luck of this call, which is another each time that it comes."""
        what = identity(call, parameters)
        # A dict's setdefault and a count's next are each done in one piece, whatever the thread.
        time = next(self._times.setdefault(what, count()))
        return lambda purpose: Random(f"{self._seed} {what} {time} {purpose}")


def identity(call: Call, parameters: Mapping[str, Any]) -> str:
    """What stays the same about a call from run to run and from retry to retry."""
    shape = wire.operation_model(call.service, call.operation).input_shape
    asked = json.dumps(_lasting(parameters, shape), sort_keys=True)
    where = f"{call.account} {call.region} {call.service} {call.operation}"
    return f"{where} {_OF_THE_RUN.sub('*', asked)}"


def _lasting(value: Any, shape: Any) -> Any:
    if isinstance(value, Mapping) and shape.type_name == "structure":
        members = {name: shape.members[name] for name in value}
        return {n: _lasting(value[n], of) for n, of in members.items() if not _passing(n, of)}
    if isinstance(value, list):
        return [_lasting(one, shape.member) for one in value]
    return str(value)


def _passing(name: str, shape: Any) -> bool:
    return (
        name == "ClientToken"
        or shape.type_name in ("blob", "timestamp")
        or bool(shape.metadata.get("idempotencyToken") or shape.metadata.get("sensitive"))
    )
