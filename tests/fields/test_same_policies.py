"""Policies that say the same are equal however they are written, and no others are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fields.policy_document import IdentityPolicy, TrustPolicy
from reconciler.fields.policy_words import widest
from reconciler.fields.queue_policy import QueuePolicy
from reconciler.sandbox.weather.documents import reworded
from tests.conftest import Proven
from tests.effort import EFFORT, examples
from tests.proof import policies as drawn
from tests.proof.lot import Lot

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
        (identity(may(Action=["s3:*", "S3:Get*"])), identity(may(Action="s3:*"))),
        (identity(may(Action=["s3:Get?bject", "*"])), identity(may(Action="*"))),
        (identity(may(Action="s3:Get**")), identity(may(Action="s3:Get*"))),
        (
            identity(may(Resource=["arn:aws:s3:::a/*", "arn:aws:s3:::a/b?", "arn:aws:s3:::a/c*d"])),
            identity(may(Resource="arn:aws:s3:::a/*")),
        ),
        (
            identity(may(Resource=["arn:aws:s3:::a/*", "arn:aws:s3:::a/${aws:username}"])),
            identity(may(Resource="arn:aws:s3:::a/*")),
        ),
        (
            identity({"Effect": "Deny", "NotAction": ["iam:*", "iam:Get*"], "Resource": "*"}),
            identity({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}),
        ),
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
        (identity(may(Action=["s3:Get*", "s3:*Object"])), identity(may(Action="s3:Get*"))),
        (identity(may(Action=["s3:Ge?", "s3:Ge*"])), identity(may(Action="s3:Ge?"))),
        # A wildcard of one is none of many, and may be no variable's value.
        (identity(may(Action=["s3:Ge?", "s3:G*t"])), identity(may(Action="s3:Ge?"))),
        (
            identity(may(Resource=["arn:aws:s3:::????", "arn:aws:s3:::${a}"])),
            identity(may(Resource="arn:aws:s3:::????")),
        ),
        (
            identity(may(Resource=["arn:aws:s3:::${*}", "arn:aws:s3:::${a}"])),
            identity(may(Resource="arn:aws:s3:::${*}")),
        ),
        # Nobody says whether a wildcard goes beyond the part of an ARN that it stands in.
        (
            identity(may(Resource=["arn:aws:s3*", "arn:aws:s3:::a"])),
            identity(may(Resource="arn:aws:s3*")),
        ),
        (
            identity(may(Condition={"StringEquals": {"a:b": "c", "A:B": "d"}})),
            identity(may(Condition={"StringEquals": {"A:B": "d"}})),
        ),
        (trust(lets(Principal={"AWS": ["*", ROLE]})), trust(lets(Principal={"AWS": "*"}))),
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


def respelled(lot: Lot, said: Any, field: str = "") -> Any:
    """The same policy, spelled in another way that AWS takes for the same."""
    match said:
        case dict():
            pairs = {_key(lot, key, field): respelled(lot, said[key], key) for key in said}
            return dict(lot.sample([*pairs.items()], len(pairs)))
        case list() if field in _LISTS:
            each = [_spelled(lot, one, field) for one in said]
            again = lot.sample(each, len(each)) + lot.some(each, 0, 1)
            return again[0] if len(again) == 1 and lot.likely() else again
        case str() if field in _LISTS and lot.likely():
            return respelled(lot, [said], field)
    return _spelled(lot, said, field)


_LISTS = {"Statement", "Action", "NotAction", "Resource", "NotResource", "AWS", "Service"}


def _key(lot: Lot, key: str, within: str) -> str:
    """IAM does not look at the case of a condition's key."""
    return lot.cased(key) if ":" in key and not key.startswith("For") else key


def _spelled(lot: Lot, word: Any, field: str) -> Any:
    if field == "Statement":
        return respelled(lot, word)
    if field.endswith("Action"):
        return lot.cased(word)
    if field == "AWS":
        known = {"123456789012": ROOT, ROOT: "123456789012"}
        return known.get(word, word) if lot.likely() else word
    if isinstance(word, bool) and lot.likely():
        return str(word).lower()
    return word


SORTS: dict[str, tuple[Callable[[Lot], Any], Any]] = {
    "identity": (drawn.identity, IdentityPolicy),
    "trust": (drawn.trust, TrustPolicy),
    "queue": (lambda lot: drawn.of_queue(lot, "arn:aws:sqs:us-east-1:1:q"), QueuePolicy),
}


SEEDS = 60 if EFFORT == 1 else 1000 * EFFORT


@pytest.mark.parametrize("sort", SORTS)
def test_any_policy_is_the_same_in_other_words_and_another_with_one_thing_changed(
    sort: str, proven: Proven
) -> None:
    draw, model = SORTS[sort]
    for seed in range(SEEDS):
        lot = Lot(f"{sort} {seed}")
        said = draw(lot)
        policy = model.model_validate(said)
        assert model.model_validate(respelled(lot, said)) == policy, seed
        assert model.model_validate(json.loads(reworded_by_aws(lot, said))) == policy, seed
        other = model.model_validate(drawn.otherwise(lot, said))
        assert other != policy, seed
        assert other.words() != policy.words(), seed
    proven("policies", (f"{sort} policies",), (SEEDS,), [])


def reworded_by_aws(lot: Lot, said: Any) -> str:
    return unquote(reworded(lot, json.dumps(said)))


_PATTERNS = (
    *("*", "s3:*", "s3:**", "s3:Get*", "s3:G?t*", "s3:Ge*", "s3:Ge?", "s3:*t", "s3:*?"),
    *("s3:Get", "S3:get", "s3:Put"),
)
_PLACES = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::A",
    "arn:aws:*",
]
_ASKED = [
    (action, place)
    for action in ("s3:get", "s3:put", "s3:gett", "ec2:run")
    for place in (f"arn:aws:s3:::{name}" for name in ("a", "A", "ab", "b"))
]


def simple(lot: Lot) -> Any:
    """A statement of few words."""
    no = lot.choice(["", "Not"])
    actions, places = lot.choices(_PATTERNS, k=2), lot.choices(_PLACES, k=2)
    return {
        "Effect": lot.choice(["Allow", "Deny"]),
        f"{no}Action": actions,
        f"{no}Resource": places,
    }


def nearly(lot: Lot, statement: Any) -> Any:
    """The statement with other actions or other places, which may mean the same."""
    word = lot.choice(sorted(statement.keys() - {"Effect"}))
    words = lot.choices(_PATTERNS if word.endswith("Action") else _PLACES, k=2)
    return {**statement, word: words}


def says(statement: Any, action: str, place: str) -> bool:
    """Whether a statement is about this, by IAM's rules told once more."""

    def among(word: str, text: str, flags: int) -> bool:
        found = any(
            re.fullmatch(re.escape(one).replace(r"\*", ".*").replace(r"\?", "."), text, flags)
            for one in statement.get(word) or statement[f"Not{word}"]
        )
        return found if word in statement else not found

    return among("Action", action, re.IGNORECASE) and among("Resource", place, 0)


def test_statements_that_are_the_same_are_about_the_same(proven: Proven) -> None:
    same = 0
    for seed in range(10 * SEEDS):
        lot = Lot(f"two statements {seed}")
        one = simple(lot)
        other = nearly(lot, one)
        if identity(one) == identity(other):
            same += 1
            for action, place in _ASKED:
                assert says(one, action, place) == says(other, action, place), seed
    assert same > SEEDS / 4
    proven("policies", ("pairs of statements",), (10 * SEEDS,), [])


@examples(200)
@given(patterns=st.lists(st.sampled_from(_PATTERNS), min_size=1, max_size=3))
def test_whatever_is_left_out_another_pattern_stands_for(patterns: list[str]) -> None:
    left = widest(tuple(patterns))
    assert left
    assert widest(left) == left
    assert widest((*patterns[::-1], *left)) == left


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
