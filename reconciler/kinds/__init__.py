"""Every kind there is, in one list: a new kind is a file here and a line below."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.document import Document
from reconciler.kinds.event_rule import EventRule
from reconciler.kinds.image import Image
from reconciler.kinds.image_snapshot import ImageSnapshot
from reconciler.kinds.image_version import ImageVersion
from reconciler.kinds.instance_profile import InstanceProfile
from reconciler.kinds.job import Job
from reconciler.kinds.key_pair import KeyPair
from reconciler.kinds.kind import Kind
from reconciler.kinds.launch import Launch
from reconciler.kinds.launch_template import LaunchTemplate
from reconciler.kinds.oidc_provider import OIDCProvider
from reconciler.kinds.parameter import Parameter
from reconciler.kinds.policy import Policy
from reconciler.kinds.queue import Queue
from reconciler.kinds.role import Role
from reconciler.kinds.security_group import SecurityGroup
from reconciler.kinds.worker import Worker
from reconciler.kinds.worker_type import WorkerType
from reconciler.model import Key, Scope
from reconciler.spec import Refers

STANDING: dict[str, Kind[Any]] = {
    kind.name: kind
    for kind in (
        KeyPair(),
        SecurityGroup(),
        Policy(),
        Role(),
        InstanceProfile(),
        OIDCProvider(),
        Parameter(),
        Document(),
        Queue(),
        EventRule(),
    )
}
"""What documents declare and AWS keeps as it is declared."""

KINDS: dict[str, Kind[Any]] = {
    **STANDING,
    **{
        kind.name: kind
        for kind in (
            WorkerType(),
            LaunchTemplate(),
            Launch(),
            Worker(),
            Job(),
            Image(),
            ImageVersion(),
            ImageSnapshot(),
        )
    },
}


def target(referrer: Key, refers: Refers, name: str) -> Key:
    """Which resource a reference names: in the same region, or what the account has once."""
    scope = referrer.scope
    return Key(refers.kind, name, scope if KINDS[refers.kind].regional else Scope(scope.account))
