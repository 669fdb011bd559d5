"""What AWS has and git did not ask for: the plan's differences, seen from AWS's side. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model import Action, Change, FieldChange


def drifted(changes: Iterable[Change]) -> tuple[Change, ...]:
    """What is the estate's and not as declared, with its fields from git's value to AWS's.

    What is not there has not drifted by that alone: it may be new in git.
    """
    ours = (Action.UPDATE, Action.REPLACE, Action.DELETE)
    return tuple(_turned(change) for change in changes if change.action in ours)


def missing(changes: Iterable[Change]) -> tuple[Change, ...]:
    """What is declared and not there."""
    return tuple(change for change in changes if change.action is Action.CREATE)


def _turned(change: Change) -> Change:
    fields = tuple(FieldChange(field.path, field.new, field.old) for field in change.fields)
    return replace(change, fields=fields)
