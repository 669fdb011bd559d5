"""Key pairs: the private half of a generated one is in one place, and fits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from reconciler.aws import session
from reconciler.fields.tags import UNFINISHED
from tests.laws.cases import Clients, document, public_key
from tests.world import world

PAIR = "KeyPair"


def test_the_private_half_goes_to_a_secure_string_and_nowhere_else(
    aws: Clients, converge: Any
) -> None:
    applied = converge((PAIR, "a", "{generate: {type: rsa}}"))
    kept = world(aws)["Parameter"]["/ec2/keypair/ci-a"]
    assert kept["Type"] == "SecureString"
    assert "PRIVATE KEY" in kept["Value"]
    assert not any(line in applied.out + applied.err for line in kept["Value"].split())
    key = load_pem_private_key(kept["Value"].encode(), None)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
    assert world(aws)[PAIR]["ci-a"]["KeyFingerprint"] == hashlib.sha1(der).digest().hex(":")


@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_another_comment_is_no_difference_and_a_file_is_as_good(
    algorithm: str, converge: Any, desired: Callable[..., None], reconcile: Any, tmp_path: Any
) -> None:
    key = public_key(algorithm)
    converge((PAIR, "a", f"{{publicKey: {key}}}"))
    (tmp_path / "desired" / "a.pub").write_text(key.strip('"').replace("somebody", "nobody") + "\n")
    desired(document(PAIR, "a", "{publicKey: {file: a.pub}}"))
    assert reconcile("plan", "--detailed-exitcode").status == 0


def test_a_key_pair_without_its_private_half_is_made_again(
    aws: Clients, converge: Any, reconcile: Any
) -> None:
    converge((PAIR, "a", "{generate: {type: ed25519}}"))
    aws("ssm").delete_parameter(Name="/ec2/keypair/ci-a")
    assert "replace KeyPair/a" in reconcile("plan").out
    converge((PAIR, "a", "{generate: {type: ed25519}}"))
    assert "/ec2/keypair/ci-a" in world(aws)["Parameter"]


GENERATED = (PAIR, "a", "{generate: {type: ed25519}}")


@pytest.mark.parametrize("unfinished", [True, False])
def test_a_young_key_pair_waits_for_its_half_unless_a_run_died_with_it(
    unfinished: bool, aws: Clients, converge: Any, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "PATIENCE_SECONDS", 60.0)
    converge(GENERATED)
    aws("ssm").delete_parameter(Name="/ec2/keypair/ci-a")
    if unfinished:
        mark(aws)
    planned = reconcile("plan").out
    assert ("replace KeyPair/a" in planned) is unfinished
    assert ("its private half does not show yet" in planned) is not unfinished


def test_the_mark_of_what_is_unfinished_goes_once_all_is_there(
    aws: Clients, converge: Any, reconcile: Any
) -> None:
    converge(GENERATED)
    done = world(aws)
    assert UNFINISHED not in str(done)
    mark(aws)
    assert f"tags.{UNFINISHED}" in reconcile("plan").out
    converge(GENERATED)
    assert world(aws) == done


def mark(aws: Clients) -> None:
    """As it is where a run died before the last step."""
    pair = aws("ec2").describe_key_pairs()["KeyPairs"][0]["KeyPairId"]
    aws("ec2").create_tags(Resources=[pair], Tags=[{"Key": UNFINISHED, "Value": "true"}])


@pytest.mark.parametrize("still_declared", [True, False])
def test_a_private_half_without_its_key_pair_is_cleared_away(
    still_declared: bool, aws: Clients, converge: Any, reconcile: Any
) -> None:
    converge((PAIR, "a", "{generate: {type: rsa}}"))
    aws("ec2").delete_key_pair(KeyName="ci-a")
    assert "only its private half is left" in reconcile("plan").out
    converge(*([(PAIR, "a", "{generate: {type: rsa}}")] if still_declared else []))
    assert ("/ec2/keypair/ci-a" in world(aws)["Parameter"]) is still_declared


def test_somebody_elses_parameter_is_not_overwritten(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    aws("ssm").put_parameter(Name="/ec2/keypair/ci-a", Type="String", Value="mine")
    desired(document(PAIR, "a", "{generate: {type: rsa}}"))
    failed = reconcile("apply", "--yes")
    assert failed.status == 1
    assert "ParameterAlreadyExists" in failed.out
    assert world(aws)["Parameter"]["/ec2/keypair/ci-a"]["Value"] == "mine"
    assert world(aws)[PAIR] == {}
