"""ED25519 keys are told from what is none as cryptography tells them, without loading that."""

from __future__ import annotations

import base64
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fields.public_key import fingerprint
from tests.effort import examples

BEGIN = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"


@st.composite
def blobs(draw: st.DrawFn) -> bytes:
    """A key, or what was one before something in it was put in place of something else."""
    key = BEGIN + draw(st.binary(min_size=32, max_size=32))
    at = draw(st.integers(0, len(key)))
    cut = draw(st.integers(0, 3))
    return key[:at] + draw(st.binary(max_size=3)) + key[at + cut :]


def is_key(line: str) -> bool:
    with suppress(ValueError):
        return isinstance(load_ssh_public_key(line.encode()), Ed25519PublicKey)
    return False


@examples(400)
@given(blobs(), st.integers(0, 2))
def test_what_is_a_key_has_a_fingerprint_and_nothing_else_has(blob: bytes, padding: int) -> None:
    line = f"ssh-ed25519 {base64.b64encode(blob).decode().rstrip('=')}{'=' * padding}"
    told = ""
    with suppress(ValueError):
        told = fingerprint(line)
    assert (told != "") == is_key(line)
