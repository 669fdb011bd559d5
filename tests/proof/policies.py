"""Policies of every sort, drawn by lot, and spelled as people spell them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.proof.lot import Lot

ACCOUNT = "123456789012"
OTHERS = "444455556666"

_ACTIONS = (
    *("s3:GetObject", "s3:Get*", "s3:PutObject", "s3:*", "ec2:Describe*", "ec2:RunInstances"),
    *("sqs:SendMessage", "iam:PassRole", "ssm:GetParameter?", "*"),
)
_RESOURCES = (
    *("*", "arn:aws:s3:::builds", "arn:aws:s3:::builds/*", "arn:aws:s3:::Builds/a?c"),
    *("arn:aws:ec2:eu-central-1:123456789012:instance/*", "arn:aws:s3:::a/${aws:username}/*"),
)
_TRUST_ACTIONS = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
_TRUSTED = {
    "AWS": (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{OTHERS}:root", OTHERS),
    "Service": ("ec2.amazonaws.com", "lambda.amazonaws.com", "events.amazonaws.com"),
    "Federated": ("accounts.google.com", f"arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com"),
}
_QUEUE_ACTIONS = ("SQS:SendMessage", "SQS:ReceiveMessage", "SQS:GetQueueUrl", "SQS:*")


def identity(lot: Lot) -> dict[str, Any]:
    """What a role or a policy may say, for which IAM takes the newer language alone.

    https://github.com/Bayer-Group/cloudformation-template-generator/pull/90
    """
    said = _policy(lot, lambda: _acts(lot, _ACTIONS) | _on(lot, _RESOURCES))
    return {**said, "Version": "2012-10-17"}


def trust(lot: Lot) -> dict[str, Any]:
    """Who may take a role on."""
    said = _policy(lot, lambda: _acts(lot, _TRUST_ACTIONS, nots=False) | _by(lot))
    return {**said, "Version": "2012-10-17"}


def of_queue(lot: Lot, arn: str) -> dict[str, Any]:
    """Who may use the queue of this ARN."""
    return _policy(lot, lambda: _acts(lot, _QUEUE_ACTIONS) | _by(lot) | {"Resource": arn})


def _policy(lot: Lot, statement: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    statements = [_statement(lot, number, statement()) for number in range(lot.randint(1, 3))]
    single = len(statements) == 1 and lot.likely()
    return {
        **(
            {"Version": "2012-10-17"}
            if lot.likely(0.8)
            else lot.fields(Version=lambda: "2008-10-17")
        ),
        **lot.fields(Id=lambda: lot.choice(["one", "Another-Id"])),
        "Statement": statements[0] if single else statements,
    }


def _statement(lot: Lot, number: int, rest: dict[str, Any]) -> dict[str, Any]:
    words = {
        **lot.fields(Sid=lambda: f"{lot.choice(['Read', 'Statement', 'Version', 'x'])}{number}"),
        "Effect": lot.choice(["Allow", "Deny"]),
        **rest,
        **lot.fields(Condition=lambda: _condition(lot)),
    }
    return dict(lot.sample([*words.items()], len(words)))


def _acts(lot: Lot, actions: Sequence[str], nots: bool = True) -> dict[str, Any]:
    word = "NotAction" if nots and lot.likely(0.2) else "Action"
    some = [lot.cased(action) if nots and lot.likely(0.2) else action for action in actions]
    return {word: lot.one_or_many(some)}


def _on(lot: Lot, resources: Sequence[str]) -> dict[str, Any]:
    return {"NotResource" if lot.likely(0.2) else "Resource": lot.one_or_many(resources)}


def _by(lot: Lot) -> dict[str, Any]:
    if lot.likely(0.2):
        return {"Principal": lot.choice(["*", {"AWS": "*"}, {"AWS": ["*"]}])}
    sorts = lot.some([*_TRUSTED], 1)
    return {"Principal": {sort: lot.one_or_many(_TRUSTED[sort]) for sort in sorts}}


def _condition(lot: Lot) -> dict[str, Any]:
    of_each: tuple[tuple[str, str, list[Any]], ...] = (
        ("StringEquals", "aws:RequestTag/team", ["a", "B", "ü"]),
        ("StringNotLikeIfExists", "aws:PrincipalArn", ["arn:aws:iam::*:role/a?"]),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["x", "y", "z"]),
        ("Bool", "aws:SecureTransport", [True, "false"]),
        ("NumericLessThan", "s3:max-keys", [10, "20", 2.5]),
        ("DateGreaterThan", "aws:CurrentTime", ["2030-01-01T00:00:00Z"]),
        ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "2001:db8::/32"]),
        ("ArnLike", "aws:SourceArn", ["arn:aws:events:*:123456789012:rule/*"]),
        ("Null", "aws:TokenIssueTime", [True]),
    )
    made: dict[str, Any] = {}
    for operator, key, values in lot.some(of_each, 0, 3):
        spelled = lot.cased(key) if lot.likely(0.2) and "/" not in key else key
        made.setdefault(operator, {})[spelled] = lot.one_or_many(values)
    return made


def otherwise(lot: Lot, policy: dict[str, Any]) -> dict[str, Any]:
    """The policy with one thing in it that is really another one."""
    said = policy["Statement"]
    statements = [dict(one) for one in (said if isinstance(said, list) else [said])]
    one = lot.choice(statements)
    match lot.choice(["Effect", "Action", "Condition", "Sid", "Statement", "Version"]):
        case "Effect":
            one["Effect"] = "Deny" if one["Effect"] == "Allow" else "Allow"
        case "Action":
            one["NotAction" if "NotAction" in one else "Action"] = "fresh:Action"
        case "Condition":
            fresh = {"StringLikeIfExists": {"aws:UserAgent": "fresh"}}
            one["Condition"] = {**one.get("Condition", {}), **fresh}
        case "Sid":
            one["Sid"] = "Fresh"
        case "Statement":
            statements.append({**one, "Sid": "Fresh"})
        case "Version":
            old = policy.get("Version", "2008-10-17") == "2008-10-17"
            return {**policy, "Version": "2012-10-17" if old else "2008-10-17"}
    return {**policy, "Statement": statements}
