"""What generated documents have found in the reconciler, each as small as it gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.sandbox import Sandbox
from tests.laws.cases import BYSTANDER, document


def test_a_private_half_that_ssm_has_no_name_for_is_told_of_before_its_key_is_made(
    desired: Callable[..., None], reconcile: Any
) -> None:
    desired(BYSTANDER, document("KeyPair", "key 1", "{generate: {type: ed25519}}"))
    told = reconcile("validate")
    assert told.status == 1
    assert "SSM takes no parameter '/ec2/keypair/ci-key 1' for the private half" in told.err
    named = "{generate: {type: ed25519, parameter: /keys/1}}"
    desired(BYSTANDER, document("KeyPair", "key 1", named))
    assert reconcile("validate").status == 0


def test_what_git_says_otherwise_of_a_young_key_pair_is_a_change(
    desired: Callable[..., None], weathered: Sandbox, reconcile: Any
) -> None:
    desired(BYSTANDER, document("KeyPair", "one", "{generate: {type: ed25519}}"))
    assert reconcile("apply", "--yes").status == 0
    other = "{generate: {type: ed25519, keyId: alias/ours}}"
    desired(BYSTANDER, document("KeyPair", "one", other))
    assert "generate.keyId  alias/aws/ssm → alias/ours" in reconcile("plan").out
