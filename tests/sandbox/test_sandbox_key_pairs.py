"""What AWS does with key pairs."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@pytest.fixture
def ec2(client: Any) -> Any:
    return client("ec2")


def shown(ec2: Any, name: str) -> Any:
    return ec2.describe_key_pairs(KeyNames=[name])["KeyPairs"][0]


def public_line(key: Any) -> bytes:
    line: bytes = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return line


def openssh_digest(line: bytes) -> str:
    blob = base64.b64decode(line.split()[1])
    return base64.b64encode(hashlib.sha256(blob).digest()).decode()


def test_the_fingerprint_of_a_created_rsa_key_is_of_its_private_half(ec2: Any) -> None:
    made = ec2.create_key_pair(KeyName="made")
    key = serialization.load_pem_private_key(made["KeyMaterial"].encode(), password=None)
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    assert made["KeyFingerprint"] == hashlib.sha1(der).digest().hex(":")
    assert shown(ec2, "made")["KeyFingerprint"] == made["KeyFingerprint"]


def test_a_created_key_is_of_rsa_when_no_type_is_asked_for(ec2: Any) -> None:
    ec2.create_key_pair(KeyName="made")
    assert shown(ec2, "made")["KeyType"] == "rsa"


def test_the_fingerprint_of_a_created_ed25519_key_is_openssh_s_with_padding(ec2: Any) -> None:
    made = ec2.create_key_pair(KeyName="made", KeyType="ed25519")
    key = serialization.load_ssh_private_key(made["KeyMaterial"].encode(), password=None)
    assert made["KeyFingerprint"] == openssh_digest(public_line(key))
    assert made["KeyFingerprint"].endswith("=")
    assert shown(ec2, "made")["KeyFingerprint"] == made["KeyFingerprint"]


def test_the_fingerprint_of_an_imported_ed25519_key_is_openssh_s_with_padding(ec2: Any) -> None:
    line = public_line(Ed25519PrivateKey.generate())
    brought = ec2.import_key_pair(KeyName="brought", PublicKeyMaterial=line + b" me@home")
    assert brought["KeyFingerprint"] == openssh_digest(line)
    assert shown(ec2, "brought")["KeyFingerprint"] == openssh_digest(line)


def test_the_fingerprint_of_an_imported_rsa_key_is_md5_of_its_der(ec2: Any) -> None:
    made = ec2.create_key_pair(KeyName="made")
    key: Any = serialization.load_pem_private_key(made["KeyMaterial"].encode(), password=None)
    brought = ec2.import_key_pair(KeyName="brought", PublicKeyMaterial=public_line(key))
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert brought["KeyFingerprint"] == hashlib.md5(der).digest().hex(":")


def test_a_key_pair_is_deleted_by_its_id(ec2: Any) -> None:
    made = ec2.create_key_pair(KeyName="made", KeyType="ed25519")
    ec2.create_key_pair(KeyName="other", KeyType="ed25519")
    ec2.delete_key_pair(KeyPairId=made["KeyPairId"])
    assert [pair["KeyName"] for pair in ec2.describe_key_pairs()["KeyPairs"]] == ["other"]


def test_deleting_a_key_pair_that_is_gone_succeeds(ec2: Any) -> None:
    assert ec2.delete_key_pair(KeyPairId="key-0123456789abcdef0")["Return"] is True


def test_key_pairs_are_described_by_id(ec2: Any, refused: Any) -> None:
    made = ec2.create_key_pair(KeyName="made", KeyType="ed25519")
    ec2.create_key_pair(KeyName="other", KeyType="ed25519")
    found = ec2.describe_key_pairs(KeyPairIds=[made["KeyPairId"]])["KeyPairs"]
    assert [pair["KeyName"] for pair in found] == ["made"]
    with refused("InvalidKeyPair.NotFound"):
        ec2.describe_key_pairs(KeyPairIds=["key-0123456789abcdef0"])
