"""Policies that say the same are equal however they are written, and no others are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fields.policy_document import IdentityPolicy, TrustPolicy
from tests.effort import examples

ROOT = "arn:aws:iam::123456789012:root"
GOV_ROOT = "arn:aws-us-gov:iam::123456789012:root"
ROLE = "arn:aws:iam::123456789012:role/a"


def trust(statement: Any, **more: Any) -> TrustPolicy:
    return TrustPolicy.model_validate({"Statement": statement, **more})


def identity(statement: Any, **more: Any) -> IdentityPolicy:
    return IdentityPolicy.model_validate({"Statement": statement, **more})


def lets(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", **more}


def may(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}


OTHER = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (identity([may(), OTHER]), identity([OTHER, may()])),
        (identity(may()), identity([may()])),
        (identity([may(), may()]), identity(may())),
        (identity(may()), identity(may(), Version="2008-10-17")),
        (identity(may(Sid="")), identity(may())),
        (identity(may(Condition={})), identity(may())),
        (identity(may(Action="a:b")), identity(may(Action=["a:b"]))),
        (identity(may(Action=["a:b", "a:c"])), identity(may(Action=["a:c", "a:b", "a:c"]))),
        (identity(may(Action="S3:getobject")), identity(may(Action="s3:GetObject"))),
        (identity(may(Action=["a:B", "a:c"])), identity(may(Action=["a:C", "a:b", "A:B"]))),
        (
            identity(may(Condition={"Bool": {"a:b": True}, "Null": {"a:c": "false"}})),
            identity(may(Condition={"Null": {"a:c": False}, "Bool": {"a:b": ["true"]}})),
        ),
        (
            identity(may(Condition={"NumericEquals": {"s3:max-keys": [10, "1"]}})),
            identity(may(Condition={"NumericEquals": {"S3:Max-Keys": ["1", "10"]}})),
        ),
        (
            trust(lets(Principal={"AWS": ROOT})),
            trust(lets(Principal={"AWS": ["123456789012"]})),
        ),
        (
            trust(lets(Principal={"AWS": [ROOT, ROLE]})),
            trust(lets(Principal={"AWS": [ROLE, "123456789012"]})),
        ),
        (trust(lets(Principal={"AWS": GOV_ROOT})), trust(lets(Principal={"AWS": "123456789012"}))),
        (trust(lets(Principal={"AWS": ["*"]})), trust(lets(Principal={"AWS": "*"}))),
    ],
)
def test_two_ways_to_say_the_same_are_equal(one: Any, other: Any) -> None:
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (identity(may()), identity(may(), Version="2012-10-17")),
        (identity(may()), identity(may(), Id="a")),
        (identity(may()), identity([may(), OTHER])),
        (identity(may()), identity(may(Effect="Deny"))),
        (identity(may()), identity(may(Sid="a"))),
        (identity(may(Sid="a")), identity(may(Sid="A"))),
        (
            identity([OTHER, may(Sid="Statement")]),
            identity([OTHER, may(Sid="Statement", Effect="Deny")]),
        ),
        (identity(may()), identity(may(Action=["s3:GetObject", "s3:PutObject"]))),
        (
            identity(may()),
            identity({"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"}),
        ),
        (
            identity(may()),
            identity({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "*"}),
        ),
        (
            identity(may(Resource="arn:aws:s3:::A")),
            identity(may(Resource="arn:aws:s3:::a")),
        ),
        (
            identity(may(Condition={"StringEquals": {"a:b": "c"}})),
            identity(may(Condition={"StringEquals": {"a:b": "C"}})),
        ),
        (
            identity(may(Condition={"StringEquals": {"a:b": "c"}})),
            identity(may(Condition={"StringLike": {"a:b": "c"}})),
        ),
        (
            identity(may(Condition={"ForAllValues:StringEquals": {"a:b": "c"}})),
            identity(may(Condition={"ForAnyValue:StringEquals": {"a:b": "c"}})),
        ),
        (identity(may()), identity(may(Condition={"StringEquals": {"a:b": "c"}}))),
        # A role that anyone may take on is not one that every principal of AWS's may.
        (trust(lets()), trust(lets(Principal={"AWS": "*"}))),
        (trust(lets(Principal={"AWS": ROOT})), trust(lets(Principal={"AWS": ROLE}))),
        (
            trust(lets(Principal={"Service": "a.b"})),
            trust(lets(Principal={"Federated": "a.b"})),
        ),
        (
            trust(lets(Principal={"AWS": ROLE})),
            trust({"Effect": "Allow", "NotPrincipal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}),
        ),
    ],
)
def test_a_real_difference_is_one(one: Any, other: Any) -> None:
    assert one != other
    assert one.words() != other.words()


_word = st.sampled_from(["a:b", "a:C*", "s3:Get?", "*", "A:B"])
_arn = st.sampled_from(["*", "arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::é"])
_many = st.one_of(_word, st.lists(_word, min_size=1, max_size=3))
_value = st.one_of(st.booleans(), st.integers(-5, 5), st.sampled_from(["x", "Y", '"', "a b"]))
_condition = st.dictionaries(
    st.sampled_from(["StringEquals", "Bool", "Null"]),
    st.dictionaries(
        st.sampled_from(["a:x", "aws:y"]), st.one_of(_value, st.lists(_value, max_size=3))
    ),
)


@st.composite
def _statements(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(1, 3))):
        statement: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Deny"]))}
        statement[draw(st.sampled_from(["Action", "NotAction"]))] = draw(_many)
        statement[draw(st.sampled_from(["Resource", "NotResource"]))] = draw(
            st.one_of(_arn, st.lists(_arn, min_size=1, max_size=3))
        )
        if draw(st.booleans()):
            statement["Condition"] = draw(_condition)
        if draw(st.booleans()):
            statement["Sid"] = f"S{number}"
        made.append(statement)
    return made


@examples(100)
@given(statements=_statements(), version=st.sampled_from(["2008-10-17", "2012-10-17"]))
def test_what_is_written_reads_as_the_same_and_writes_the_same_bytes(
    statements: list[dict[str, Any]], version: str
) -> None:
    policy = identity(statements, Version=version)
    again = IdentityPolicy.model_validate(json.loads(policy.json_text()))
    assert again == policy
    assert again.json_text() == policy.json_text()
    assert again.words() == policy.words()
    assert identity(statements[::-1], Version=version) == policy


def test_the_text_is_what_iams_own_examples_look_like() -> None:
    policy = trust(
        [lets(Principal={"AWS": [ROOT], "Service": ["ec2.amazonaws.com"]}, Sid="Own")],
        Version="2012-10-17",
    )
    assert json.loads(policy.json_text()) == {
        "Version": "2012-10-17",
        "Statement": {
            "Sid": "Own",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": "123456789012", "Service": "ec2.amazonaws.com"},
        },
    }


def test_words_show_named_statements_by_field_and_others_as_lines() -> None:
    policy = identity([may(Sid="Read"), OTHER], Version="2012-10-17")
    assert policy.words() == {
        "Version": "2012-10-17",
        "Read": {
            "Effect": "Allow",
            "Action": frozenset({"s3:GetObject"}),
            "Resource": frozenset({"*"}),
        },
        "Statement": frozenset({'{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}'}),
    }


def test_size_is_counted_as_iam_counts_it() -> None:
    policy = identity(may(Resource="arn:aws:s3:::a b\t"))
    shown = '{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::ab\\t"}}'  # noqa: E501
    assert policy.size() == len(shown)


@pytest.mark.parametrize("principal", ["AROAEXAMPLEID", "AIDAEXAMPLEID"])
def test_what_iam_shows_of_a_deleted_principal_can_be_read(principal: str) -> None:
    assert trust(lets(Principal={"AWS": principal})) == trust(lets(Principal={"AWS": [principal]}))
