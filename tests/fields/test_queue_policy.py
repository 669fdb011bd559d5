"""A queue's policy and the rules that may send, put together and taken apart again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fields.queue_policy import QueuePolicy, apart, seen, together
from tests.effort import examples

QUEUE = "arn:aws:sqs:eu-central-1:123456789012:ci-a"
RULES = tuple(f"arn:aws:events:eu-central-1:123456789012:rule/ci-{n}" for n in range(3))


def statement(sid: str = "", action: str = "sqs:SendMessage") -> dict[str, Any]:
    said = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": QUEUE}
    return {**({"Sid": sid} if sid else {}), **said}


STATEMENTS = st.builds(
    statement, st.sampled_from(["", "__owner_statement", "a b"]), st.sampled_from(["SQS:*", "*"])
)
POLICIES = st.none() | st.builds(
    lambda version, statements: QueuePolicy.model_validate(
        {"Version": version, "Statement": statements}
    ),
    st.sampled_from(["2008-10-17", "2012-10-17"]),
    st.lists(STATEMENTS, min_size=1, max_size=3),
)


@examples(100)
@given(POLICIES, st.lists(st.sampled_from(RULES), unique=True))
def test_what_was_put_together_comes_apart_as_it_was(policy: Any, rules: list[str]) -> None:
    text = together(policy, tuple(sorted(rules)), QUEUE)
    parsed = seen(json.loads(text)) if text else None
    assert apart(parsed, QUEUE) == (policy, tuple(sorted(rules)))


@pytest.mark.parametrize(
    "change",
    [
        {"Condition": {"StringLike": {"aws:SourceArn": "*"}}},
        {"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-central-1:123456789012:a"}}},
        {"Condition": {}},
        {"Action": "sqs:*"},
        {"Principal": "*"},
        {"Effect": "Deny"},
        {"Resource": "*"},
        {"Sid": "Other"},
    ],
    ids=str,
)
def test_a_statement_that_says_anything_else_is_not_taken_for_ours(change: dict[str, Any]) -> None:
    ours = json.loads(together(None, RULES, QUEUE))["Statement"]
    assert apart(seen({"Statement": ours}), QUEUE) == (None, RULES)
    other = seen({"Statement": {**ours, **change}})
    assert apart(other, QUEUE) == (other, ())


@pytest.mark.parametrize("odd", [{"Statement": "x"}, {"Statement": {"NotSaid": 1}}, {}], ids=str)
def test_what_no_document_could_say_stays_as_it_is(odd: dict[str, Any]) -> None:
    assert apart(seen(odd), QUEUE) == (odd, ())
    assert together(odd, (), QUEUE) == (json.dumps(odd) if odd else "")
