"""Documents of every kind that stands, drawn by lot: each is one that AWS would take.

They are rich: every field comes up, in every form that it may be written in, and so does every sort
of reference, to what is declared beside it and to what others have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.proof import policies
from tests.proof.lot import Lot
from tests.proof.policies import ACCOUNT

Spec = dict[str, Any]
REGION = "eu-central-1"
PREFIX = "ci-"


@dataclass(frozen=True)
class Around:
    """What a spec may refer to."""

    vpc: str
    """The id of a VPC beside the default one, whose tag Name is "second"."""
    group: str
    """The id of somebody else's security group in the default VPC."""
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What is declared beside it: names by kind, in the order in which they may need others."""

    def of(self, kind: str, before: str = "") -> list[str]:
        names = [*self.names.get(kind, ())]
        return names[: names.index(before)] if before else names


Draw = Callable[[Lot, str, Around], Spec]


def key_pair(lot: Lot, name: str, around: Around) -> Spec:
    if lot.likely(0.85):
        return {"publicKey": public_key(lot) + lot.choice(["", " me@host", " a b"])}
    # Without another name, the private half is called by the key's own, which SSM must take.
    own = {} if name.isalnum() else {"parameter": f"/keys/{_plain(name)}"}
    generate = own | lot.fields(
        type=lambda: "ed25519",
        parameter=lambda: f"/keys/{lot.choice('ab')}/{_plain(name)}",
        keyId=lambda: lot.choice(["alias/ours", "alias/aws/ssm"]),
    )
    return {"generate": {"type": "ed25519", **generate} if lot.likely(0.9) else generate}


def public_key(lot: Lot) -> str:
    """A line as ssh-keygen writes it; nobody has the other half."""
    if lot.likely(0.7):
        made: Any = Ed25519PrivateKey.from_private_bytes(lot.randbytes(32)).public_key()
    else:
        odd = lot.getrandbits(2048) | 1 | 1 << 2047
        made = RSAPublicNumbers(65537, odd).public_key()
    return str(made.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode())


_GROUP_TEXT = "aZ09 ._-:/()#,@[]+=&;{}!$*"


def security_group(lot: Lot, name: str, around: Around) -> Spec:
    # Rules of groups in two VPCs can't name each other: which VPC it is hangs on the name.
    home = _home(name)
    inside = [one for one in around.of("SecurityGroup") if _home(one) == home]
    sources = [*inside, *([around.group] if home == "default" else [])]
    vpcs: Mapping[str, Spec] = {
        "default": {},
        "second": {"vpc": lot.choice([{"id": around.vpc}, {"tags": {"Name": "second"}}])},
    }

    def rules() -> list[Spec]:
        return _rules(lot, sources)

    return {
        "description": lot.text(_GROUP_TEXT, 0, 20) + "x",
        **vpcs[home],
        **lot.fields(ingress=rules, egress=rules),
    }


def _home(name: str) -> str:
    return "second" if name.endswith("2") else "default"


def _rule(lot: Lot, groups: Sequence[str]) -> Spec:
    what: Spec = lot.choice(
        [
            {"protocol": lot.choice(["tcp", "udp", 6, "17"]), **_ports(lot)},
            {"protocol": lot.choice(["icmp", "1", "icmpv6", 58]), **_icmp(lot)},
            {"protocol": lot.choice(["all", -1, "-1", "gre", 47, "esp", 132, 99, "200"])},
        ]
    )
    where = {
        "cidrs": lambda: lot.some(_CIDRS, 1),
        "prefixLists": lambda: lot.some(["pl-0123abcd", "pl-0123456789abcdef0"], 1),
        "groups": lambda: lot.some(groups, 1),
    }
    sources = lot.some([*where][: 3 if groups else 2], 1)
    return {**what, **{word: where[word]() for word in sources}}


_CIDRS = (
    *("0.0.0.0/0", "10.0.0.0/8", "10.1.2.3/9", "192.168.1.1/32", "172.16.5.4/12"),
    *("::/0", "2001:DB8::1/32", "2001:db8:0:0:1::/80", "fe80::1/128"),
)


def _ports(lot: Lot) -> Spec:
    first, last = sorted(lot.choices(range(65536), k=2))
    return lot.fields(ports=lambda: lot.choice([first, str(first), f"{first}-{last}", "0-65535"]))


def _icmp(lot: Lot) -> Spec:
    kind = lot.choice([-1, 0, 3, 8, 128, 255])
    code = {} if kind == -1 else lot.fields(icmpCode=lambda: lot.choice([-1, 0, 4]))
    return {"icmpType": kind, **code} if lot.likely() else {}


_SAME = {6: "tcp", "17": "udp", "1": "icmp", 58: "icmpv6", -1: "all", "-1": "all", 47: "gre"}


def _rules(lot: Lot, groups: Sequence[str]) -> list[Spec]:
    """With descriptions, of which AWS keeps one for each, or with any rule twice."""
    rules = [_rule(lot, groups) for _ in range(lot.randint(0, 4))]
    if lot.likely():
        return rules
    for rule in rules:
        rule.update(lot.fields(description=lambda: lot.text(_GROUP_TEXT, 0, 10)))
    return [*{_SAME.get(rule["protocol"], rule["protocol"]): rule for rule in rules}.values()]


def policy(lot: Lot, name: str, around: Around) -> Spec:
    return {
        "document": policies.identity(lot),
        **lot.fields(
            path=lambda: lot.choice(["/", "/ci/", "/a.b,+@=_-/c/"]),
            description=lambda: lot.text(),
        ),
    }


_AWSS = tuple(
    f"arn:aws:iam::aws:policy/{name}"
    for name in ("ReadOnlyAccess", "AmazonSSMManagedInstanceCore", "AmazonEC2ReadOnlyAccess")
)


def role(lot: Lot, name: str, around: Around) -> Spec:
    known = [*around.of("Policy"), *_AWSS, f"arn:aws:iam::{ACCOUNT}:policy/theirs"]
    inline = lot.some(["a", "b.c", "D+e=f,g@h_-"])
    return {
        "trustPolicy": policies.trust(lot),
        **lot.fields(
            path=lambda: lot.choice(["/", "/ci/", "/a!b/~c/"]),
            description=lambda: lot.text("aZ09 \n\té¡ÿ<>&'\"%"),
            managedPolicies=lambda: lot.some(known, 0, 4),
            inlinePolicies=lambda: {one: policies.identity(lot) for one in inline},
            permissionsBoundary=lambda: lot.choice(known),
            maxSessionDuration=lambda: lot.randint(3600, 43200),
        ),
    }


def instance_profile(lot: Lot, name: str, around: Around) -> Spec:
    roles = [*around.of("Role"), f"arn:aws:iam::{ACCOUNT}:role/theirs"]
    return lot.fields(
        path=lambda: lot.choice(["/", "/ci/", "/a!b/~c/"]),
        role=lambda: lot.choice(roles),
    )


def oidc_provider(lot: Lot, name: str, around: Around) -> Spec:
    audiences = ("sts.amazonaws.com", "https://ci.example.com/a?b=c&d", "ü <x>", "Z", "z")

    def thumbprints() -> list[str]:
        return [lot.choice([str.upper, str.lower])(one) for one in _distinct(lot, _thumbprint, 4)]

    return {"audiences": lot.some(audiences, 0, 4), **lot.fields(thumbprints=thumbprints)}


def _thumbprint(lot: Lot) -> str:
    return lot.randbytes(20).hex()


def _distinct(lot: Lot, draw: Callable[[Lot], Any], most: int) -> list[Any]:
    return list(dict.fromkeys(draw(lot) for _ in range(lot.randint(0, most))))


def parameter(lot: Lot, name: str, around: Around) -> Spec:
    what: Spec = lot.choice(
        [
            {"value": _value(lot)},
            {"value": "ami-0123456789abcdef0", "dataType": "aws:ec2:image"},
            {"value": "abc", "allowedPattern": lot.choice(["^[a-z]+$", "b", "^.{3}$"])},
            {"values": [lot.text("aZ09 ü'\"<>&", 1) for _ in range(lot.randint(1, 4))]},
            {"secret": {"env": "TOKEN"}, **lot.fields(keyId=lambda: "alias/ours")},
        ]
    )
    tier = lot.choice(["Standard", "Advanced", "Intelligent-Tiering"])
    told = lot.fields(tier=lambda: tier, description=lambda: lot.text())
    rules = lot.fields(policies=lambda: lot.some(_PARAMETER_POLICIES, 0, 3))
    return {**what, **told, **(rules if told.get("tier", "Standard") != "Standard" else {})}


def _value(lot: Lot) -> str:
    some = ("x", "x" * 4096, "yes", "1", "a\nb\n", " x ", "{'a': 1}", "https://x.example/?a=b&c=d")
    # SSM takes no double braces: it would read them as the name of another parameter.
    return lot.choice([*some, lot.text(least=1).replace("{", "(") or "x"])


_PARAMETER_POLICIES = (
    {"Type": "Expiration", "Attributes": {"Timestamp": "2040-01-01T00:00:00.000Z"}},
    {"Type": "ExpirationNotification", "Attributes": {"Before": "15", "Unit": "Days"}},
    {
        "Type": "NoChangeNotification",
        "Version": "1.0",
        "Attributes": {"Unit": "Days", "After": "2"},
    },
)


def ssm_document(lot: Lot, name: str, around: Around) -> Spec:
    return {
        "content": _content(lot),
        **lot.fields(
            format=lambda: lot.choice(["JSON", "YAML"]),
            targetType=lambda: lot.choice(["/", "/AWS::EC2::Instance"]),
            displayName=lambda: lot.choice(["One", "a b/c:d.e_f-g"]),
            # No two versions may be called the same.
            versionName=lambda: f"V_1.{lot.randrange(10**9)}-x",
            defaultVersion=lambda: 1,
        ),
    }


def _content(lot: Lot) -> Spec:
    if lot.likely(0.2):
        inputs = {"properties": [{"id": "0.a", "runCommand": _commands(lot)}]}
        return {"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": inputs}}
    said = {
        "schemaVersion": lot.choice(["2.0", "2.2"]),
        **lot.fields(
            description=lambda: lot.text(),
            parameters=lambda: {one: _command_parameter(lot) for one in lot.some(["A", "b1"])},
        ),
        "mainSteps": [_step(lot, number) for number in range(lot.randint(1, 3))],
    }
    return dict(lot.sample([*said.items()], len(said)))


def _command_parameter(lot: Lot) -> Spec:
    defaults: Mapping[str, Any] = {
        "String": lot.choice(["", "yes", "2020-01-01", "1e3", "0x1", "null", "a: b", "- a"]),
        "StringList": ["a", "b", "a"],
        "Integer": 7,
        "Boolean": True,
        "StringMap": {"b": "1", "a": 2.5},
    }
    of = lot.choice([*defaults])
    return {"type": of, **lot.fields(default=lambda: defaults[of], description=lambda: lot.text())}


def _step(lot: Lot, number: int) -> Spec:
    here = {"StringEquals": ["platformType", "Linux"]}
    return {
        "action": "aws:runShellScript",
        "name": f"step{number}",
        **lot.fields(precondition=lambda: here),
        "inputs": {"runCommand": _commands(lot), **lot.fields(timeoutSeconds=lambda: "60")},
    }


def _commands(lot: Lot) -> list[str]:
    return [lot.text(lot.choice(["aZ09 ", "x\n\t\u2028\x85ü日'\"#:"])) for _ in range(3)]


def queue(lot: Lot, name: str, around: Around) -> Spec:
    fifo = name.endswith(".fifo")
    alike = [other for other in around.of("Queue", name) if other.endswith(".fifo") is fifo]
    others = ([] if fifo else [f"arn:aws:sqs:{REGION}:{ACCOUNT}:theirs"]) + alike
    rules = [*around.of("EventRule"), f"arn:aws:events:{REGION}:{ACCOUNT}:rule/theirs"]
    encrypted = lot.choice(["SSE-SQS", "KMS", "none"])
    key = lot.fields(keyId=lambda: lot.choice(["alias/ours", "alias/aws/sqs"]))
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}{name}"

    def dead_letters() -> Spec:
        count = lot.fields(maxReceiveCount=lambda: lot.randint(1, 1000))
        return {"queue": lot.choice(others), **count}

    return {
        **lot.fields(
            visibilityTimeout=lambda: lot.randint(0, 43200),
            messageRetentionPeriod=lambda: lot.randint(60, 1209600),
            delaySeconds=lambda: lot.randint(0, 900),
            maximumMessageSize=lambda: lot.randint(1024, 1048576),
            receiveMessageWaitTimeSeconds=lambda: lot.randint(0, 20),
            contentBasedDeduplication=lambda: fifo and lot.likely(),
            deduplicationScope=lambda: lot.choice(["queue", "messageGroup"]) if fifo else "queue",
            fifoThroughputLimit=lambda: "perQueue",
            eventRules=lambda: lot.some(rules),
            policy=lambda: policies.of_queue(lot, arn),
            **({"deadLetters": dead_letters} if others else {}),
        ),
        **({"encryption": encrypted} if lot.likely() else {}),
        **(key if encrypted == "KMS" else {}),
    } | ({"encryption": encrypted} if encrypted == "KMS" else {})


def event_rule(lot: Lot, name: str, around: Around) -> Spec:
    when: Spec = lot.choice(
        [
            {"eventPattern": _pattern(lot)},
            {"schedule": lot.choice(["rate(5 minutes)", "cron(0 12 * * ? *)"])},
            {"eventPattern": _pattern(lot), "schedule": "rate(1 hour)"},
        ]
    )
    queues = [*around.of("Queue"), f"arn:aws:sqs:{REGION}:{ACCOUNT}:theirs"]
    return {
        **when,
        **lot.fields(
            description=lambda: lot.text(),
            enabled=lambda: lot.likely(),
            targets=lambda: [_target(lot, one) for one in lot.some(queues, 0, 5)],
        ),
    }


def _pattern(lot: Lot) -> Spec:
    parts = (
        ("source", ["aws.ec2", "acme"]),
        ("detail-type", [{"prefix": "EC2 Spot"}, {"anything-but": ["x", "ü"]}]),
        ("detail", {"size": [{"numeric": [">", 0, "<=", 5.5]}], "on": [True, None, "", 'a"b<&']}),
        ("resources", [{"wildcard": "arn:aws:ec2:*:instance/*"}]),
    )
    return dict(lot.some(parts, 1, 4))


def _target(lot: Lot, queue: str) -> Spec:
    of_fifo = {"messageGroupId": "all of them"} if queue.endswith(".fifo") else {}
    return {
        "queue": queue,
        **of_fifo,
        **lot.fields(inputPath=lambda: lot.choice(["$", "$.detail"])),
    }


DRAWN: Mapping[str, Draw] = {
    "KeyPair": key_pair,
    "SecurityGroup": security_group,
    "Policy": policy,
    "Role": role,
    "InstanceProfile": instance_profile,
    "OIDCProvider": oidc_provider,
    "Parameter": parameter,
    "Document": ssm_document,
    "Queue": queue,
    "EventRule": event_rule,
}
"""By kind, in an order in which each may refer to those before it, and rules and queues to each
other."""

NEEDS: Mapping[str, Sequence[str]] = {
    "Role": ("Policy",),
    "InstanceProfile": ("Role", "Policy"),
    "Queue": ("EventRule",),
    "EventRule": ("Queue",),
}
"""The kinds that a kind refers to, and they in turn."""

_NAMES: Mapping[str, Sequence[str]] = {
    "KeyPair": ("k{}", "key {}", "K.{}@a:b/c=d+e-f_g"),
    "SecurityGroup": ("g{}", "Group {}", "g.{}@a:b/c=d+e-f_g"),
    "Policy": ("p{}", "P.{}@a=b+c-d_e"),
    "Role": ("r{}", "R.{}@a=b+c-d_e"),
    "InstanceProfile": ("i{}", "I.{}@a=b+c-d_e"),
    "OIDCProvider": ("i{}.example.com", "i.example.com/A_b/{}", "i{}.example.com/"),
    "Parameter": ("p{}", "P.{}_a-b", "a/b.c/{}", "/d/e_{}"),
    "Document": ("d{}", "D.{}_a-b"),
    "Queue": ("q{}", "Q_{}-a", "f{}.fifo"),
    "EventRule": ("e{}", "E.{}_a-b"),
}


def name_of(kind: str, number: int) -> str:
    """A name that such a resource may have, another one for each number."""
    forms = _NAMES[kind]
    return forms[number % len(forms)].format(number)


class Declared(NamedTuple):
    """What git says of one resource."""

    kind: str
    name: str
    spec: Spec
    tags: Mapping[str, str]

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def text(self) -> str:
        """The document, as JSON, which is YAML, too."""
        metadata = {"name": self.name, "tags": self.tags}
        rest = {"kind": self.kind, "metadata": metadata, "spec": self.spec}
        return json.dumps({"apiVersion": "reconciler/v1", **rest}) + "\n"


def drawn(kind: str, name: str, seed: object, around: Around) -> Declared:
    """What this seed says of a resource."""
    lot = Lot(f"{seed} {kind}/{name}")
    return Declared(kind, name, DRAWN[kind](lot, name, around), _tags(lot))


def estate(counts: Mapping[str, int], seed: object, around: Around) -> list[Declared]:
    """So many of each kind, each of which may refer to any other that it may need."""
    names = {kind: [name_of(kind, n) for n in range(counts.get(kind, 0))] for kind in DRAWN}
    among = replace(around, names=names)
    return [drawn(kind, name, seed, among) for kind in names for name in names[kind]]


def _tags(lot: Lot) -> dict[str, str]:
    known = {"team": "a", "cost center": "b c", "Stage/x": "", "ü:日": "ä=+-@.:/_", "on": "yes"}
    return dict(lot.some([*known.items()]))


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)
