"""Every kind there is, in one list: a new kind is a file here and a line below.

A kind is imported when it is first asked for: most estates have few of them, and no look needs
those of which there is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from reconciler.kinds.kind import Kind
from reconciler.model import Key, Scope
from reconciler.spec import Refers


class Known(NamedTuple):
    """What is known of a kind before it is imported."""

    types: tuple[str, ...] = ()
    """How the tagging API calls what is to be looked for where no document is of the kind, if AWS
    has anything of it at all."""
    of: str = ""
    """The kind whose documents it follows from."""
    once: bool = False
    """Whether an account has it once, whatever its regions."""


# https://docs.aws.amazon.com/ARG/latest/userguide/supported-resources.html
_STANDING = {
    # A private half may be left without its key pair.
    "KeyPair": Known(("ec2:key-pair", "ssm:parameter")),
    "SecurityGroup": Known(("ec2:security-group",)),
    "Policy": Known(("iam:policy",), once=True),
    "Role": Known(("iam:role",), once=True),
    "InstanceProfile": Known(("iam:instance-profile",), once=True),
    "OIDCProvider": Known(("iam:oidc-provider",), once=True),
    "Parameter": Known(("ssm:parameter",)),
    "Document": Known(("ssm:document",)),
    "Queue": Known(("sqs",)),
    "EventRule": Known(("events:rule",)),
}
_FLEETS = {
    "WorkerType": Known(),
    "LaunchTemplate": Known(("ec2:launch-template",), of="WorkerType"),
    "Launch": Known(of="WorkerType"),
    "Worker": Known(("ec2:instance",), of="WorkerType"),
    "Job": Known(("ec2:instance",), of="WorkerType"),
    "Image": Known(),
    "ImageVersion": Known(("ec2:image",), of="Image"),
    "ImageSnapshot": Known(("ec2:snapshot",), of="Image"),
}
KNOWN = {**_STANDING, **_FLEETS}


class Kinds(Mapping[str, Kind[Any]]):
    """Kinds by their names; to go through the names imports nothing."""

    def __init__(self, names: Mapping[str, Known]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Kind[Any]:
        self._names[name]
        return _imported(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@cache
def _imported(name: str) -> Kind[Any]:
    """The kind `OIDCProvider` is the class of that name in `oidc_provider.py`."""
    file = re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    kind: Kind[Any] = getattr(import_module(f"{__name__}.{file}"), name)()
    return kind


STANDING = Kinds(_STANDING)
"""What documents declare and AWS keeps as it is declared."""

DECLARED = Kinds({name: known for name, known in KNOWN.items() if not known.of})
"""All that documents may be of; everything else is derived from them."""

KINDS = Kinds(KNOWN)


def is_at(kind: str, scope: Scope) -> bool:
    """Whether a scope is of the sort that has things of this kind."""
    return KNOWN[kind].once != bool(scope.region)


def target(referrer: Key, refers: Refers, name: str) -> Key:
    """Which resource a reference names: in the same region, or what the account has once."""
    scope = referrer.scope
    return Key(refers.kind, name, Scope(scope.account) if KNOWN[refers.kind].once else scope)
