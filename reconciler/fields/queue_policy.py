"""Who may use an SQS queue: its policy, and the one statement of it that lets event rules send."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, ValidationError

from reconciler.fields.plain import OneOrMany
from reconciler.fields.policy_document import PolicyDocument, Statement
from reconciler.fields.policy_words import Principals, Resource

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
LARGEST = 8192
_SENDERS = "ReconcilerEventRules"
_RULE = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:rule/[!-~]+")


class QueueStatement(Statement):
    """A statement of who may use the queue, and for what."""

    exactly_one: ClassVar = (("Action", "NotAction"), ("Principal", "NotPrincipal"))

    # SQS's console and AddPermission give Sids that IAM would not take, such as __owner_statement.
    sid: Annotated[str | None, Field(min_length=1), AfterValidator(lambda sid: sid or None)] = None
    """A name for the statement."""
    principal: Principals | None = None
    """Who may."""
    not_principal: Principals | None = None
    """Everyone but these."""
    resource: OneOrMany[Resource]
    """The queue's own ARN."""


class QueuePolicy(PolicyDocument):
    """Who may use the queue."""

    statement: OneOrMany[QueueStatement]


def seen(document: Any) -> Any:
    """The policy as AWS has it, parsed if any document could say it."""
    try:
        return QueuePolicy.model_validate(document)
    except ValidationError:
        return document


def together(policy: Any, rules: tuple[str, ...], queue: str) -> str:
    """The text of the whole policy of the queue of this ARN, or "" where nothing is to be said."""
    if not rules:
        return _text(policy)
    sending = _sending(rules, queue)
    if not policy:
        return QueuePolicy(version="2012-10-17", statement=(sending,)).json_text()
    return _text(policy.model_copy(update={"statement": (*policy.statement, sending)}))


def apart(policy: Any, queue: str) -> tuple[Any, tuple[str, ...]]:
    """The policy without the statement that lets rules send, and the ARNs of those rules."""
    if not isinstance(policy, QueuePolicy):
        return policy, ()
    for statement in policy.statement:
        rules = _rules(statement)
        if rules and statement.meaning() == _sending(rules, queue).meaning():
            rest = tuple(other for other in policy.statement if other is not statement)
            return (policy.model_copy(update={"statement": rest}) if rest else None), rules
    return policy, ()


def _sending(rules: tuple[str, ...], queue: str) -> QueueStatement:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"""
    return QueueStatement.model_validate(
        {
            "Sid": _SENDERS,
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": rules}},
        }
    )


def _rules(statement: QueueStatement) -> tuple[str, ...]:
    """The event rules in a statement that is named as ours are."""
    conditions = (statement.condition or {}).get("ArnEquals", {})
    sources: tuple[str, ...] = conditions.get("aws:SourceArn", ())
    ours = statement.sid == _SENDERS and all(_RULE.fullmatch(source) for source in sources)
    return sources if ours else ()


def _text(policy: Any) -> str:
    if isinstance(policy, QueuePolicy):
        return policy.json_text()
    return json.dumps(policy) if policy else ""
