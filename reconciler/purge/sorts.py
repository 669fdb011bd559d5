"""All sorts of things that an estate may have: the kinds as they are, and what is of none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.aws.owned import FIRST, LAST, OBJECTS, Sort
from reconciler.aws.removal import Patience, Removed, one_by_one
from reconciler.aws.session import Aws
from reconciler.kinds import STANDING
from reconciler.kinds.kind import Kind, Sought
from reconciler.model import Estate, Observed


def _of_kind(kind: Kind[Any]) -> Sort:
    def find(aws: Aws, estate: Estate) -> Iterator[Observed]:
        sought = Sought[Any](estate.name, {})
        return (one for one in kind.observe(aws, sought) if sought.owns(one.tags))

    return Sort(kind.name, find, one_by_one(kind.delete))


def _groups() -> Sort:
    """Groups may refer to each other in a circle: so all let go before the first is deleted."""
    kind = STANDING["SecurityGroup"]
    one_after_another = _of_kind(kind)

    def remove(aws: Aws, groups: Sequence[Observed], patience: Patience) -> Mapping[str, Removed]:
        ids = {group.id for group in groups}

        def let_go(aws: Aws, group: Observed) -> None:
            kind.update(aws, group, kind.without(group.spec, lambda _, held: held in ids))

        one_by_one(let_go)(aws, groups, patience)
        return one_after_another.remove(aws, groups, patience)

    return one_after_another._replace(remove=remove)


REGIONAL = (
    *FIRST,
    _groups(),
    *(_of_kind(STANDING[name]) for name in ("EventRule", "Queue", "Document")),
    *LAST,
)
ONCE = tuple(
    _of_kind(STANDING[name]) for name in ("InstanceProfile", "Role", "Policy", "OIDCProvider")
)
EVERYTHING = (*REGIONAL, OBJECTS, *ONCE)
"""Each before what it uses."""

# The fleets and the requests that instances came by end with those.
_KNOWN = re.compile(
    r"arn:[^:]+:("
    r"ec2:.*:(fleet|image|instance|key-pair|launch-template|security-group|snapshot"
    r"|spot-instances?-request|volume)/"
    r"|events:.*:rule/|iam:.*:(instance-profile|oidc-provider|policy|role)/"
    r"|logs:.*:log-group:|sqs:|ssm:.*:(document|parameter)/).+"
)


def is_known(arn: str) -> bool:
    """Whether a thing of this ARN is of one of these sorts, or goes with one."""
    return _KNOWN.fullmatch(arn) is not None
