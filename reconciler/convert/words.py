"""What all of Taskcluster's definitions have in common, in our words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.convert.part import Part, leaves
from reconciler.references import is_aws_id

Said = dict[str, Any]


def said(**words: Any) -> Said:
    """Those of the words that say something."""
    return {word: value for word, value in words.items() if value not in (None, {}, [])}


def about(given: Part, name: str) -> Said:
    """What it is for and whose it is; a WorkerType must say both."""
    description = given.text("description")
    if not (description or "").strip():
        given.complain(
            "it is empty: its own name stands there now, say what it is for", "description"
        )
        description = name
    owner = given.text("owner")
    if not (owner or "").strip():
        given.complain("nobody owns it: say whom to ask, such as an address", "owner")
    return said(description=description, owner=owner)


def number(value: float) -> int | float:
    """A number as a document writes it: whole where it is, and with no noise behind."""
    return int(value) if value == int(value) else round(value, 9)


def bounds(config: Part) -> Said:
    return said(min=config.count("minCapacity"), max=config.count("maxCapacity"))


def worker_manager_capacity(config: Part) -> Said:
    """The bounds, and that none is left waiting: its ratio is not what we call so.

    There it is how much is launched for each waiting task, 1 unless said
    (https://github.com/taskcluster/taskcluster/blob/main/services/worker-manager/schemas/v1/config-aws.yml),
    here, as it was in the Provisioner, how much of what runs may be left waiting.
    """
    ratio = config.number("scalingRatio")
    if ratio == 0:
        config.complain(
            "0 launches nothing for waiting tasks in worker-manager, and leaves none waiting in "
            "the Provisioner: taken as the latter, capacity.scalingRatio 0",
            "scalingRatio",
        )
    elif ratio not in (None, 1):
        config.complain(
            f"{ratio} units for each waiting task can't be said here: capacity.scalingRatio is 0, "
            "so that each gets one; it may say which share of what runs is left waiting",
            "scalingRatio",
        )
    return bounds(config) | ({} if ratio is None else {"scalingRatio": 0})


def lifecycle(config: Part) -> Said:
    """How long a worker may take to register."""
    given = config.part("lifecycle")
    for word in ("reregistrationTimeout", "checkinTimeout", "queueInactivityTimeout"):
        if (seconds := given.count(word)) is not None:
            given.complain(
                f"{seconds} seconds can't be said here, and were left out: lifecycle.longest and "
                "lifecycle.idle are what comes nearest",
                word,
            )
    return said(registerWithin=given.count("registrationTimeout"))


def declares(given: Part, kind: str, names: Sequence[str], *steps: str | int) -> None:
    """That what is referred to by name has to be declared as well."""
    for name in dict.fromkeys(names):
        if not is_aws_id(name):
            given.complain(
                f"{kind}/{name} must be declared beside this (`reconcile import {kind} {name}` "
                "writes it if AWS has it), or AWS's id stand in its place",
                *steps,
            )


def who_it_is(config: Mapping[str, Any]) -> Said:
    """User data with this in it: workers always found there who they are, and do here."""
    return {"userData": {"config": dict(config)}}


def more_data(config: Mapping[str, Any]) -> Said:
    """The same for some of the launches, if there is anything in it."""
    return who_it_is(config) if config else {}


def over(under: Any, above: Any) -> Any:
    """Two structures as one: mappings are merged, anything else is the second's."""
    if not (isinstance(under, Mapping) and isinstance(above, Mapping)):
        return above
    return {**under, **{word: over(under.get(word), value) for word, value in above.items()}}


def lengthened(under: Any, above: Any) -> Any:
    """The second structure, with lists as they are where lists of both levels are joined."""
    if isinstance(under, list) and isinstance(above, list):
        return [*under, *above]
    if not (isinstance(under, Mapping) and isinstance(above, Mapping)):
        return above
    return {word: lengthened(under.get(word), value) for word, value in above.items()}


def replaced(given: Part, where: str, upper_name: str, upper: Said, lower: Said) -> None:
    """Tell of what is merged here, and was replaced as a whole where it came from."""
    for word, value in lower.items():
        under = upper.get(word)
        if not (isinstance(under, Mapping) and isinstance(value, Mapping)):
            continue
        kept = {path for path, _ in leaves(under)} - {path for path, _ in leaves(value)}
        if kept:
            names = ", ".join(sorted(".".join(map(str, (word, *path))) for path in kept))
            given.complain(
                f"{names} of {upper_name} holds beside this here; there {word} was replaced as a "
                "whole",
                where,
            )
