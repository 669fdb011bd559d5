"""SSH public keys, and the fingerprints by which EC2 tells them apart."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from reconciler.fields.included import FromFile, read_included

PATTERN = r"^(ssh-rsa|ssh-ed25519) [A-Za-z0-9+/]+=*( .*)?\n?$"


def _without_comment(text: str) -> str:
    """EC2 keeps no comment, so a key is the same with another one."""
    algorithm, material = text.split()[:2]
    try:
        fingerprint(f"{algorithm} {material}")
    except ValueError as error:
        raise PydanticCustomError(
            "bad_key", "not a key that EC2 takes: {why}", {"why": str(error)}
        ) from None
    return f"{algorithm} {material}"


_Line = Annotated[str, Field(pattern=PATTERN)]
PublicKey = Annotated[
    _Line,
    BeforeValidator(read_included, json_schema_input_type=_Line | FromFile),
    AfterValidator(_without_comment),
]


def fingerprint(public_key: str) -> str:
    """What EC2 shows for an imported key: MD5 of an RSA key's DER, SHA-256 of an ED25519 key.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
    """
    from cryptography.hazmat.primitives import serialization

    algorithm, material = public_key.split()[:2]
    key = serialization.load_ssh_public_key(f"{algorithm} {material}".encode())
    if algorithm == "ssh-ed25519":
        return _sha256(base64.b64decode(material))
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.md5(der, usedforsecurity=False).digest().hex(":")


def private_fingerprint(private_key: str) -> str:
    """What EC2 shows for a key it created: SHA-1 of an RSA key's PKCS#8, SHA-256 of ED25519."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    pem = private_key.encode()
    opening = b"BEGIN OPENSSH PRIVATE KEY" in pem
    load = serialization.load_ssh_private_key if opening else serialization.load_pem_private_key
    key = load(pem, password=None)
    if isinstance(key, Ed25519PrivateKey):
        line = key.public_key().public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        return _sha256(base64.b64decode(line.split()[1]))
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return hashlib.sha1(der, usedforsecurity=False).digest().hex(":")


def same_fingerprint(one: str, other: str) -> bool:
    """Base64 may come with its padding or without."""
    return one.rstrip("=") == other.rstrip("=")


def _sha256(blob: bytes) -> str:
    return base64.b64encode(hashlib.sha256(blob).digest()).decode()
