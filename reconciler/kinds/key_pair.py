"""KeyPair: an SSH key that instances let in, its public half from git or made by EC2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from reconciler.aws.ec2 import instances_with, retag, tag_specifications
from reconciler.aws.errors import gone_is_fine
from reconciler.aws.session import Aws
from reconciler.aws.ssm import WRITTEN, own_parameters
from reconciler.aws.tagging import as_mapping, as_pairs
from reconciler.fields.plain import NonEmpty, text
from reconciler.fields.public_key import (
    PublicKey,
    fingerprint,
    private_fingerprint,
    same_fingerprint,
)
from reconciler.fields.tags import RESOURCE, TagChange
from reconciler.kinds.kind import Kind, Sought, given
from reconciler.model import Observed, Spec

ParameterName = Annotated[
    str, text(r"^/[A-Za-z0-9_./-]+$", "the name of a parameter, such as /ec2/keypair/ci", 1011)
]


class Generate(Spec):
    """A key that EC2 makes; nobody but the SecureString parameter ever holds its private half."""

    type: Literal["rsa", "ed25519"] = "rsa"
    parameter: ParameterName | None = None
    """The parameter for the private half; without one, /ec2/keypair/ and the key's name."""
    key_id: NonEmpty | None = None
    """The KMS key that encrypts the parameter; without one, the account's own for SSM."""


class KeyPairSpec(Spec):
    """An EC2 key pair. AWS can change nothing of one but its tags."""

    exactly_one: ClassVar = (("publicKey", "generate"),)

    public_key: PublicKey | None = None
    """An RSA or ED25519 public key as ssh-keygen writes it, or `file:` and where it stands."""
    generate: Generate | None = None


class KeyPair(Kind[KeyPairSpec]):
    name = "KeyPair"
    spec = KeyPairSpec
    names = r"^[!-~]([ -~]*[!-~])?$"
    longest = 255

    def fixed(self, before: KeyPairSpec, after: KeyPairSpec) -> Iterable[str]:
        return [f for f in ("public_key", "generate") if getattr(before, f) != getattr(after, f)]

    def observe(self, aws: Aws, sought: Sought[KeyPairSpec]) -> Iterable[Observed]:
        for pair in aws.client("ec2").describe_key_pairs()["KeyPairs"]:
            tags, name = as_mapping(pair.get("Tags")), pair["KeyName"]
            if sought.concerns(name, tags):
                declared = sought.declared.get(name)
                kept = _private_halves(aws, sought.estate).get(tags.get(RESOURCE, ""))
                yield Observed(name, pair["KeyPairId"], _spec(pair, declared, kept), tags)

    def create(self, aws: Aws, name: str, spec: KeyPairSpec, tags: Mapping[str, str]) -> str:
        ec2, labels = aws.client("ec2"), tag_specifications("key-pair", tags)
        if spec.public_key:
            made = ec2.import_key_pair(
                KeyName=name, PublicKeyMaterial=spec.public_key.encode(), TagSpecifications=labels
            )
            return str(made["KeyPairId"])
        assert spec.generate
        made = ec2.create_key_pair(
            KeyName=name, KeyType=spec.generate.type, TagSpecifications=labels
        )
        try:
            _keep(aws, name, spec.generate, made["KeyMaterial"], tags)
        except Exception:
            # A key whose private half nobody has would only be in the way of the next try.
            ec2.delete_key_pair(KeyPairId=made["KeyPairId"])
            raise
        return str(made["KeyPairId"])

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        retag(aws, observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        # The private half first: a crash in between leaves what the next pass sees and ends.
        generate = observed.spec.generate if isinstance(observed.spec, KeyPairSpec) else None
        if generate:
            with gone_is_fine("ParameterNotFound"):
                aws.client("ssm").delete_parameter(Name=_parameter(observed.name, generate))
        # Deleting a key pair that is gone succeeds by itself.
        aws.client("ec2").delete_key_pair(KeyPairId=observed.id)

    def users(self, aws: Aws, observed: Observed) -> Iterable[str]:
        return instances_with(aws, "key-name", observed.name)


def _private_halves(aws: Aws, estate: str) -> dict[str, dict[str, Any]]:
    """Parameters that hold a key pair's private half, by the resource that they belong to."""
    prefix = f"{KeyPair.name}/"
    parameters = own_parameters(aws, estate)
    return {
        p["Tags"][RESOURCE]: p for p in parameters if p["Tags"].get(RESOURCE, "").startswith(prefix)
    }


def _spec(
    pair: Mapping[str, Any], declared: KeyPairSpec | None, kept: Mapping[str, Any] | None
) -> KeyPairSpec:
    """In git's words where the fingerprints agree; otherwise the fingerprint is all there is."""
    shown = pair["KeyFingerprint"]
    if kept and same_fingerprint(shown, kept["Tags"].get(WRITTEN, "")):
        return KeyPairSpec(generate=_generated(pair, declared, kept))
    if (
        declared
        and declared.public_key
        and same_fingerprint(shown, fingerprint(declared.public_key))
    ):
        return declared
    return KeyPairSpec.model_construct(public_key=f"another {pair['KeyType']} key, {shown}")


def _generated(
    pair: Mapping[str, Any], declared: KeyPairSpec | None, kept: Mapping[str, Any]
) -> Generate:
    wanted = declared.generate if declared and declared.generate else Generate()
    as_declared = kept["Name"] == _parameter(pair["KeyName"], wanted)
    return Generate(
        type=pair["KeyType"],
        parameter=wanted.parameter if as_declared else kept["Name"],
        key_id=None if kept.get("KeyId") == "alias/aws/ssm" else kept.get("KeyId"),
    )


def _parameter(name: str, generate: Generate) -> str:
    return generate.parameter or f"/ec2/keypair/{name}"


def _keep(
    aws: Aws, name: str, generate: Generate, private_key: str, tags: Mapping[str, str]
) -> None:
    aws.client("ssm").put_parameter(
        Name=_parameter(name, generate),
        Type="SecureString",
        Value=private_key,
        Description=f"Private half of the EC2 key pair {name}",
        Tags=as_pairs({**tags, WRITTEN: private_fingerprint(private_key)}),
        **given(KeyId=generate.key_id),
    )
