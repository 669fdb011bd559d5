"""Whether there is anything of an estate's of some type, before anybody looks closer.

The tagging API says so of many types at once. It is late: what has been made a moment ago may be
missing, and what has gone may still be there. So it serves for what nobody declares any more,
which a later look finds as well.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from reconciler.aws.iam import authorization, tags_by_arn
from reconciler.aws.own_instances import own_instances
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, tagged
from reconciler.fields.tags import ESTATE


def _has_instances(aws: Aws, estate: str) -> bool:
    return bool(own_instances(aws, estate))


def _has_roles(aws: Aws, estate: str) -> bool:
    roles = authorization(aws).roles
    return any(as_mapping(role.get("Tags")).get(ESTATE) == estate for role in roles)


_LISTED: Mapping[str, Callable[[Aws, str], bool]] = {
    # As long as a late index hid them they would cost money.
    "ec2:instance": _has_instances,
    # https://docs.aws.amazon.com/ARG/latest/userguide/supported-resources.html has no roles.
    "iam:role": _has_roles,
}
"""The types for which the tagging API will not do."""


def lead(aws: Aws, estate: str, types: Collection[str], among: Collection[str]) -> bool:
    """Whether there may be anything of these types.

    `among` are the types of all who ask, for whom the tagging API is asked once.
    """
    asked = sorted(type_ for type_ in among if type_ not in _LISTED)
    return any(
        _LISTED[type_](aws, estate) if type_ in _LISTED else type_ in _known(aws, estate, asked)
        for type_ in types
    )


def _known(aws: Aws, estate: str, types: Collection[str]) -> set[str]:
    """Those of these types, IAM's or a region's, of which the tagging API knows something."""
    of_iam = all(type_.startswith("iam:") for type_ in types)

    def read(aws: Aws) -> set[str]:
        arns = tags_by_arn(aws, estate) if of_iam else tagged(aws, estate, *types)
        return {type_ for type_ in types if any(map(_of_type(type_).match, arns))}

    return aws.once(f"what there is of {types}", read)


def _of_type(type_: str) -> re.Pattern[str]:
    """What ARNs of a type are like: `arn:aws:ssm:REGION:ACCOUNT:document/NAME` is `ssm:document`.

    A type that is a service alone stands for all of it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    service, _, thing = type_.partition(":")
    return re.compile(f"arn:[^:]*:{service}:[^:]*:[^:]*:{thing and thing + '[/:]'}")
