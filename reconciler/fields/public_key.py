"""SSH public keys, and the fingerprints by which EC2 tells them apart."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from reconciler.fields.included import FromFile, read_included
from reconciler.fields.plain import text

# Its name and its 32 bytes, each behind its length.
# https://www.rfc-editor.org/rfc/rfc8709#section-4
_ED25519 = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
PATTERN = r"^(ssh-rsa|ssh-ed25519) [A-Za-z0-9+/]+=*( [^\x00-\x1F]*)?\n?$"


def _without_comment(line: str) -> str:
    """EC2 keeps no comment, so a key is the same with another one."""
    algorithm, material = line.split()[:2]
    try:
        fingerprint(f"{algorithm} {material}")
    except ValueError:
        raise PydanticCustomError(
            "bad_key", "no public key: what stands behind {name} is no key", {"name": algorithm}
        ) from None
    return f"{algorithm} {material}"


def _line(value: Any, info: ValidationInfo) -> Any:
    included = read_included(value, info)
    return included if included is value else included.strip()


def _public(value: Any) -> Any:
    if isinstance(value, str) and "PRIVATE KEY" in value:
        raise PydanticCustomError(
            "private_key",
            "this is a private key: take it out of git, and make a new one, "
            "since whoever reads the repository may have it now",
        )
    return value


_Line = Annotated[str, text(PATTERN, "one line of ssh-rsa or ssh-ed25519 and the public key")]
PublicKey = Annotated[
    _Line,
    BeforeValidator(_public),
    BeforeValidator(_line, json_schema_input_type=_Line | FromFile),
    AfterValidator(_without_comment),
]


def fingerprint(public_key: str) -> str:
    """What EC2 shows for an imported key: MD5 of an RSA key's DER, SHA-256 of an ED25519 key.

    Raises ValueError where it is no key.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
    """
    algorithm, material = public_key.split()[:2]
    if algorithm == "ssh-ed25519":
        blob = base64.b64decode(material)
        if len(blob) != len(_ED25519) + 32 or not blob.startswith(_ED25519):
            raise ValueError("it is no ED25519 key")
        return _sha256(blob)
    # It takes 8 MB, which ED25519 keys can do without, since all are of one form.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        key = serialization.load_ssh_public_key(f"{algorithm} {material}".encode())
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.md5(der, usedforsecurity=False).digest().hex(":")


def same_fingerprint(one: str, other: str) -> bool:
    """Base64 may come with its padding or without."""
    return one.rstrip("=") == other.rstrip("=")


def _sha256(blob: bytes) -> str:
    return base64.b64encode(hashlib.sha256(blob).digest()).decode()
