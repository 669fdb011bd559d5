"""Work of other people's code that would come again for each test, done once for each worker.

What stands in gives what that would give, but for ids and but for what its text says is left out.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache
from typing import Any

import botocore.session
import pytest
import typer.main
from botocore import httpsession
from botocore.client import ClientCreator
from botocore.hooks import EventAliaser, HierarchicalEmitter, NodeList, _PrefixTrie

from reconciler import observe
from reconciler.aws import loading
from reconciler.kinds import KINDS


def starts(patch: pytest.MonkeyPatch) -> None:
    """Each command, and each session of boto3, reads the same models and makes the same classes.

    They stay, and so do moto's: looking through them for garbage was a sixth of all time.
    """
    gc.set_threshold(20_000)
    patch.setattr(typer.main, "get_command", cache(typer.main.get_command))
    patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
    for where, what in (
        (ClientCreator, "_load_service_model"),
        (ClientCreator, "_create_client_class"),
        (EventAliaser, "_alias_event_name"),
    ):
        patch.setattr(where, what, _once(getattr(where, what)))
    # Of each handler, and of each client's copy of it, botocore looks at the signature anew.
    patch.setattr(HierarchicalEmitter, "_verify_accept_kwargs", lambda *_: None)
    patch.setattr(httpsession, "create_urllib3_context", cache(httpsession.create_urllib3_context))
    patch.setattr(_PrefixTrie, "_recursive_copy", _copied)
    read = cache(lambda name, _, as_it_is=loading._read: as_it_is(name))
    patch.setattr(loading, "_read", lambda name: read(name, loading.fingerprint))


def worlds(patch: pytest.MonkeyPatch) -> None:
    """Each world of moto's begins with the same things, and is made anew before it is dropped.

    It goes without the images for ECS, which are nine of ten that Amazon has. Which services it
    knows it reads from its folder for each call.
    """
    from moto import backends
    from moto.core.base_backend import BaseBackend
    from moto.core.utils import method_names_from_class
    from moto.ec2.models import amis
    from moto.iam.models import AWSManagedPolicy
    from moto.utilities.utils import load_resource

    def read(path: str) -> Any:
        return [] if "/ecs/" in path else load_resource(path)

    services = [*backends.list_of_moto_modules()]
    patch.setattr(backends, "list_of_moto_modules", lambda: services)
    patch.setattr(BaseBackend, "reset", lambda _: None)
    patch.setattr(amis, "load_resource", read)
    patch.setattr("moto.core.responses.method_names_from_class", cache(method_names_from_class))
    patch.setattr(AWSManagedPolicy, "from_data", _another_each_time(AWSManagedPolicy.from_data))


def reads(patch: pytest.MonkeyPatch, wanted: Callable[[str], bool]) -> None:
    """A pass reads all kinds, and here those that anything is declared of."""
    patch.setattr(observe, "KINDS", {name: kind for name, kind in KINDS.items() if wanted(name)})


def _copied(self: _PrefixTrie, node: dict[str, Any]) -> dict[str, Any]:
    """The structure of a trie, not the handlers: what botocore gives, in a third of the time."""
    return {
        key: _copied(self, value)
        if type(value) is dict
        else NodeList(*map(list.copy, value))
        if type(value) is NodeList
        else value
        for key, value in node.items()
    }


def _once(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that gives the same whoever `self` is, but for the sort of loader that it has."""
    made: dict[Any, Any] = {}

    def known(self: object, *arguments: Any) -> Any:
        wanted = (type(getattr(self, "_loader", None)), *arguments)
        if wanted not in made:
            made[wanted] = method(self, *arguments)
        return made[wanted]

    return known


def _another_each_time(read: Callable[..., Any]) -> Callable[..., Any]:
    """A policy of AWS's own, read once; each world has its own, since it counts who has that."""
    made: dict[Any, Any] = {}

    def policy(*arguments: Any) -> Any:
        *which, data = arguments
        if tuple(which) not in made:
            made[tuple(which)] = read(*which, data)
        first = made[tuple(which)]
        another = object.__new__(type(first))
        vars(another).update(vars(first), versions=[*first.versions], tags={})
        return another

    return staticmethod(policy)
