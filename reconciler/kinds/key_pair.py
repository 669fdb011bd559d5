"""KeyPair: an SSH key that instances let in, its public half from git or made by EC2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from reconciler.aws import ec2, ssm
from reconciler.aws.errors import Refused, explained, gone_is_fine, unsaid
from reconciler.aws.grants import Grant, ec2_changed, ec2_made, encryption, looks, parameters
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, as_pairs
from reconciler.fields.plain import KmsKey, text
from reconciler.fields.public_key import (
    PublicKey,
    fingerprint,
    same_fingerprint,
)
from reconciler.fields.tags import RESOURCE, UNFINISHED, TagChange
from reconciler.kinds.kind import Kind, Sought, There, User, spec_of
from reconciler.model import Observed
from reconciler.spec import Spec


def _not_awss(name: str) -> str:
    if name.lower().startswith(("/aws", "/ssm")):
        raise PydanticCustomError(
            "reserved_name", "{name}: AWS keeps /aws and /ssm for itself", {"name": repr(name)}
        )
    return name


# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html
_PARAMETER = r"^(/[A-Za-z0-9_.-]+){1,15}$"
ParameterName = Annotated[
    str,
    text(_PARAMETER, "the name of a parameter, such as /ec2/keypair/ci", 1011),
    AfterValidator(_not_awss),
]


class Generate(Spec):
    """A key that EC2 makes; nobody but the SecureString parameter ever holds its private half."""

    type: Literal["rsa", "ed25519"] = "rsa"
    """Windows instances take RSA keys only."""
    parameter: ParameterName | None = None
    """The parameter for the private half; without one, /ec2/keypair/ and the key's name."""
    key_id: KmsKey = ssm.DEFAULT_KEY
    """The KMS key that encrypts the parameter."""


class KeyPairSpec(Spec):
    """An EC2 key pair. AWS can change nothing of one but its tags."""

    exactly_one: ClassVar = (("publicKey", "generate"),)

    public_key: PublicKey | None = None
    """An RSA or ED25519 public key as ssh-keygen writes it, or `file:` and where it stands."""
    generate: Generate | None = None
    """Have EC2 make the key, and keep its private half in a parameter of SSM."""


class KeyPair(Kind[KeyPairSpec]):
    name = "KeyPair"
    spec = KeyPairSpec
    names = r"^[!-~]([ -~]*[!-~])?$"
    longest = 255
    reads = (
        looks(
            "ec2:DescribeInstances",
            "ec2:DescribeKeyPairs",
            "ssm:DescribeParameters",
            "ssm:ListTagsForResource",
            "tag:GetResources",
        ),
    )
    writes = (
        ec2_made(
            ("ec2:CreateKeyPair", "ec2:ImportKeyPair"),
            "arn:{partition}:ec2:{region}:{account}:key-pair/{KeyPair}",
        ),
        *ec2_changed(("ec2:DeleteKeyPair",), "arn:{partition}:ec2:{region}:{account}:key-pair/*"),
        parameters("ec2/keypair/{KeyPair}"),
    )

    def grants(self, specs: Iterable[KeyPairSpec]) -> Iterable[Grant]:
        generated = [spec.generate for spec in specs if spec.generate]
        named = [g.parameter.removeprefix("/") for g in generated if g.parameter]
        return (*self.writes, parameters(*named), *encryption({g.key_id for g in generated}))

    def misfit(self, name: str, spec: KeyPairSpec) -> str:
        kept = _parameter(name, spec.generate) if spec.generate else ""
        if not kept or re.fullmatch(_PARAMETER, kept):
            return ""
        return f"SSM takes no parameter {kept!r} for the private half: give generate.parameter"

    def fixed(self, before: KeyPairSpec, after: KeyPairSpec) -> Iterable[str]:
        return [f for f in ("public_key", "generate") if getattr(before, f) != getattr(after, f)]

    def observe(self, aws: Aws, sought: Sought[KeyPairSpec]) -> Iterable[Observed]:
        halves = _private_halves(aws, sought.estate)
        for pair in _listed(aws, IncludePublicKey=bool(sought.whole)):
            tags, name = as_mapping(pair.get("Tags")), pair["KeyName"]
            if sought.concerns(name, tags):
                half = halves.pop(tags.get(RESOURCE, ""), None) if sought.owns(tags) else None
                declared = sought.declared.get(name)
                spec, note = _spec(pair, declared, half), _note(half)
                ours = declared and declared.generate and sought.owns(tags)
                # To replace a healthy key for a half that shows late would be to lose it.
                late = UNFINISHED not in tags and not aws.settled(pair["CreateTime"])
                if declared and ours and not spec.generate and late:
                    spec, note = declared, "its private half does not show yet"
                yield Observed(name, pair["KeyPairId"], spec, tags, note)
        yield from (_alone(aws, half, sought.declared) for half in halves.values())

    def there(self, aws: Aws) -> Iterable[There]:
        return [There(pair["KeyName"], pair["KeyPairId"]) for pair in _listed(aws)]

    def create(self, aws: Aws, name: str, spec: KeyPairSpec, tags: Mapping[str, str]) -> str:
        if spec.generate:
            return _generate(aws, name, spec.generate, tags)
        assert spec.public_key
        made = aws.client("ec2").import_key_pair(
            KeyName=name,
            PublicKeyMaterial=spec.public_key.encode(),
            TagSpecifications=ec2.tag_specifications("key-pair", tags),
        )
        return str(made["KeyPairId"])

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        # The private half first: the next pass compares the key pair's tags, and would go on.
        if generate := spec_of(observed, KeyPairSpec).generate:
            ssm.retag(aws, "Parameter", _parameter(observed.name, generate), change)
        ec2.retag(aws, observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        # The private half first: a crash in between leaves what the next pass sees and ends.
        if generate := spec_of(observed, KeyPairSpec).generate:
            if observed.id:
                with gone_is_fine("InvalidKeyPair.NotFound", "InvalidID"):
                    ec2.retag(aws, observed.id, TagChange(_UNFINISHED, ()))
            with gone_is_fine("ParameterNotFound"):
                aws.client("ssm").delete_parameter(Name=_parameter(observed.name, generate))
        if observed.id:
            # Deleting a key pair that is gone succeeds by itself.
            aws.client("ec2").delete_key_pair(KeyPairId=observed.id)

    def users(self, aws: Aws, going: Sequence[Observed]) -> Iterable[User]:
        ids = {pair.name: pair.id for pair in going}
        for name, who in ec2.instances_by(aws, "key-name", [*ids], lambda i: str(i["KeyName"])):
            yield User(ids[name], who)


def _listed(aws: Aws, **options: Any) -> list[dict[str, Any]]:
    return list(aws.client("ec2").describe_key_pairs(**options)["KeyPairs"])


def _private_halves(aws: Aws, estate: str) -> dict[str, dict[str, Any]]:
    """Parameters that hold a key pair's private half, by the resource that they belong to."""
    prefix = f"{KeyPair.name}/"
    parameters = ssm.own_parameters(aws, estate)
    return {
        p["Tags"][RESOURCE]: p for p in parameters if p["Tags"].get(RESOURCE, "").startswith(prefix)
    }


def private_half(aws: Aws, estate: str, name: str) -> str | None:
    """The private half of the key pair that git calls so, or None where AWS has none of it."""
    if half := _private_halves(aws, estate).get(f"{KeyPair.name}/{name}"):
        with gone_is_fine("ParameterNotFound"):
            answer = aws.client("ssm").get_parameter(Name=half["Name"], WithDecryption=True)
            return str(answer["Parameter"]["Value"])
    return None


def _spec(
    pair: Mapping[str, Any], declared: KeyPairSpec | None, kept: Mapping[str, Any] | None
) -> KeyPairSpec:
    """In git's words where the fingerprints agree; otherwise the fingerprint is all there is."""
    shown = pair["KeyFingerprint"]
    if kept and same_fingerprint(shown, kept["Tags"].get(ssm.WRITTEN, "")):
        return KeyPairSpec(generate=_generated(pair, declared, kept))
    if (
        declared
        and declared.public_key
        and same_fingerprint(shown, fingerprint(declared.public_key))
    ):
        return declared
    if pair.get("PublicKey"):
        return KeyPairSpec(public_key=pair["PublicKey"].strip())
    return KeyPairSpec.model_construct(public_key=f"another {pair['KeyType']} key, {shown}")


def _generated(
    pair: Mapping[str, Any], declared: KeyPairSpec | None, kept: Mapping[str, Any]
) -> Generate:
    wanted = declared.generate if declared and declared.generate else Generate()
    as_declared = kept["Name"] == _parameter(pair["KeyName"], wanted)
    return Generate(
        type=pair["KeyType"],
        parameter=wanted.parameter if as_declared else kept["Name"],
        key_id=kept.get("KeyId", ssm.DEFAULT_KEY),
    )


def _parameter(name: str, generate: Generate) -> str:
    return generate.parameter or f"/ec2/keypair/{name}"


def _note(half: Mapping[str, Any] | None) -> str:
    changed = half is not None and half.get("Version", 1) != 1
    return "somebody has written another private half over its own" if changed else ""


def _alone(aws: Aws, half: Mapping[str, Any], declared: Mapping[str, KeyPairSpec]) -> Observed:
    """A private half whose key pair is gone: nobody gets in with it, and it is in the way.

    While it is young, its key pair may only not show yet: then both are as they should be.
    """
    young = not aws.settled(half["LastModifiedDate"])
    for name, wanted in declared.items() if young else ():
        if wanted.generate and _parameter(name, wanted.generate) == half["Name"]:
            return Observed(name, "", wanted, half["Tags"], "its key pair does not show yet")
    spec = KeyPairSpec.seen(generate=Generate.seen(type="lost", parameter=half["Name"]))
    return Observed(half["Name"], "", spec, half["Tags"], "only its private half is left")


_UNFINISHED = {UNFINISHED: "true"}
"""Without it a key pair whose private half is missing may be one whose half only shows late."""


def _generate(aws: Aws, name: str, generate: Generate, tags: Mapping[str, str]) -> str:
    client = aws.client("ec2")
    made = client.create_key_pair(
        KeyName=name,
        KeyType=generate.type,
        TagSpecifications=ec2.tag_specifications("key-pair", {**tags, **_UNFINISHED}),
    )
    id_ = str(made["KeyPairId"])
    try:
        _keep(aws, name, generate, made, tags)
    except Exception:
        # A key whose private half nobody has would only be in the way. Where this is refused too,
        # the next try replaces it, and what is told is why it came to that.
        with suppress(Refused), explained():
            client.delete_key_pair(KeyPairId=id_)
        raise
    ec2.retag(aws, id_, TagChange({}, (UNFINISHED,)))
    return id_


def _keep(
    aws: Aws, name: str, generate: Generate, made: Mapping[str, Any], tags: Mapping[str, str]
) -> None:
    """Put the private half away, with the fingerprint by which EC2 shows whose half it is."""
    put = partial(
        aws.client("ssm").put_parameter,
        Name=_parameter(name, generate),
        Type="SecureString",
        Value=made["KeyMaterial"],
        Description=f"Private half of the EC2 key pair {name}",
        KeyId=generate.key_id,
        Tags=as_pairs({**tags, ssm.WRITTEN: made["KeyFingerprint"]}),
    )
    with unsaid(made["KeyMaterial"]):
        aws.patiently(put, *ssm.SETTLING)
