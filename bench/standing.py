"""An estate of standing resources, as many as asked for: groups, roles, key pairs, parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.running import REGION

ESTATE = {
    "apiVersion": "reconciler/v1",
    "kind": "Estate",
    "metadata": {"name": "acme"},
    "spec": {"prefix": "ci-", "accounts": ["123456789012"], "regions": [REGION]},
}


def written(file: Path, *documents: object) -> str:
    """The path of a file that now has an Estate and these documents; JSON is YAML too."""
    file.write_text("\n---\n".join(map(json.dumps, (ESTATE, *documents))))
    return str(file)


def standing(count: int) -> Iterator[dict[str, object]]:
    """So many documents, a quarter of each kind."""
    for number in range(count // 4):
        name = f"one-{number:03}"
        yield _document("SecurityGroup", name, _group(number))
        yield _document("Role", name, _role(number))
        yield _document("KeyPair", name, {"publicKey": public_key(number)})
        yield _document("Parameter", f"/one/{number:03}", {"value": f"value {number}"})


def _document(kind: str, name: str, spec: object) -> dict[str, object]:
    metadata: dict[str, object] = {"name": name}
    if kind == "Parameter":
        metadata = {"name": name[1:].replace("/", "-"), "annotations": {"reconciler/name": name}}
    return {"apiVersion": "reconciler/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _group(number: int) -> object:
    return {
        "description": f"Workers {number}",
        "ingress": [
            {"protocol": "tcp", "ports": port, "cidrs": [f"10.{number % 256}.0.0/16"]}
            for port in (22, 443, 8000)
        ],
    }


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def policy(number: int) -> dict[str, object]:
    reads = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::cache-{number}", f"arn:aws:s3:::cache-{number}/*"],
    }
    return {"Version": "2012-10-17", "Statement": [reads]}


def _role(number: int) -> object:
    return {
        "description": f"What workers {number} may do",
        "trustPolicy": TRUST,
        "inlinePolicies": {"cache": policy(number)},
    }


def public_key(number: int) -> str:
    key = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
