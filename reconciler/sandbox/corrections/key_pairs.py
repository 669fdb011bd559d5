"""EC2 key pairs: fingerprints as AWS takes them, and ids as good as names."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives import serialization

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters


def created_key_is_told_by_its_private_half(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto hashes the public half, and forgets that RSA is the type when none is asked for.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html
    SHA-1 is over the DER of PKCS#8: https://github.com/mulgadc/spinifex/pull/570 (seen on AWS).
    """
    answer = onward({"KeyType": "rsa", **parameters})
    pair = call.world("ec2").key_pairs[answer["KeyName"]]
    if pair.key_type == "rsa":
        key = serialization.load_pem_private_key(pair.material, password=None)
        der = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        pair.key_fingerprint = hashlib.sha1(der, usedforsecurity=False).digest().hex(":")
    else:
        pair.key_fingerprint = _openssh_fingerprint(pair.material_public)
    return {**answer, "KeyFingerprint": pair.key_fingerprint}


def imported_ed25519_key_is_told_as_openssh_does(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto hashes the DER of the key and writes it in hex; RSA keys it does right.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html
    """
    answer = onward(parameters)
    pair = call.world("ec2").key_pairs[answer["KeyName"]]
    if pair.key_type == "ed25519":
        pair.key_fingerprint = _openssh_fingerprint(pair.material_public)
    return {**answer, "KeyFingerprint": pair.key_fingerprint}


def key_pairs_are_found_by_id(_: Call, parameters: Parameters, onward: Onward) -> Answer:
    """moto describes all of them when asked for some by their ids.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeKeyPairs.html
    """
    answer = onward(parameters)
    asked = parameters.get("KeyPairIds") or ()
    found = [pair for pair in answer["KeyPairs"] if not asked or pair["KeyPairId"] in asked]
    missing = set(asked) - {pair["KeyPairId"] for pair in found}
    if missing:
        told = f"The key pair ID '{min(missing)}' does not exist"
        raise AwsError("InvalidKeyPair.NotFound", told)
    return {**answer, "KeyPairs": found}


def key_pair_is_deleted_by_id(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """moto looks at the name only, and says that it deleted what it was given by id.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteKeyPair.html
    """
    id_ = parameters.get("KeyPairId")
    if not id_:
        return onward(parameters)
    pairs = call.world("ec2").key_pairs.values()
    name = next((pair.key_name for pair in pairs if pair.id == id_), "")
    return onward({**parameters, "KeyName": name})


def _openssh_fingerprint(line: Any) -> str:
    """What `ssh-keygen -l` shows, but bare and with padding.

    Seen on AWS: https://github.com/mulgadc/spinifex/pull/571,
    https://github.com/kubernetes/kops/pull/13304
    """
    blob = base64.b64decode(line.split()[1])
    return base64.b64encode(hashlib.sha256(blob).digest()).decode()
