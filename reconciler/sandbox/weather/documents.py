"""Policies and SSM's documents as AWS gives them back: the same, and not to the letter."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any
from urllib.parse import quote, unquote

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROOT = re.compile(r"arn:aws:iam::([0-9]{12}):root")
# What a policy may have one or many of.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
_ONE_OR_MANY = {
    *("Statement", "Action", "NotAction", "Resource", "NotResource"),
    *("AWS", "Service", "Federated", "CanonicalUser"),
}


def reworded(dice: Random, document: str) -> str:
    """A policy as IAM tells it, URL-encoded: lists of one as the one and the other way round.

    Both forms are allowed, and order is lost: https://github.com/hashicorp/terraform-provider-aws/issues/11801
    https://github.com/aws-controllers-k8s/iam-controller/pull/176 saw all of it on AWS.
    """
    said = json.loads(unquote(document))
    return quote(_spelled(dice, _statements(dice, said)))


def reserialised(dice: Random, content: str) -> str:
    """An SSM document with its keys in another order and other space between them, if it is JSON.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
    """
    try:
        said = json.loads(content)
    except ValueError:
        return content
    return _spelled(dice, _shuffled(dice, said))


def _statements(dice: Random, value: Any, of: str = "") -> Any:
    if isinstance(value, dict):
        each = {key: _statements(dice, one, key) for key, one in value.items()}
        each = {k: _one_or_many(dice, v) if k in _ONE_OR_MANY else v for k, v in each.items()}
        return _shuffled_keys(dice, each)
    if isinstance(value, list):
        return dice.sample([_statements(dice, one, of) for one in value], len(value))
    return _principal(dice, value) if of == "AWS" else value


def _one_or_many(dice: Random, value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1 and dice.random() < 0.5:
        return value[0]
    if not isinstance(value, list) and dice.random() < 0.5:
        return [value]
    return value


def _principal(dice: Random, value: str) -> str:
    """An account's id becomes its root's ARN, and both mean the same.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
    """
    if _ACCOUNT.fullmatch(value):
        return f"arn:aws:iam::{value}:root"
    root = _ROOT.fullmatch(value)
    return root[1] if root and dice.random() < 0.5 else value


def _shuffled(dice: Random, value: Any) -> Any:
    """Keys alone: the order of a document's lists is its own."""
    if isinstance(value, dict):
        return _shuffled_keys(dice, {key: _shuffled(dice, one) for key, one in value.items()})
    return [_shuffled(dice, one) for one in value] if isinstance(value, list) else value


def _shuffled_keys(dice: Random, value: dict[str, Any]) -> dict[str, Any]:
    return dict(dice.sample([*value.items()], len(value)))


def _spelled(dice: Random, value: Any) -> str:
    return json.dumps(value, indent=dice.choice([None, 2, 4]))
