"""For each kind: a resource, what can become of it, and what others may do to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Clients = Callable[[str], Any]
Deed = Callable[[Clients], Any]


@dataclass(frozen=True)
class Case:
    """A spec in YAML's flow style and everything that the laws try on it."""

    kind: str
    spec: str
    edits: Sequence[tuple[str, str]]
    """What the spec is changed to, one after the other, and what the plan calls that."""
    drifts: Sequence[Deed]
    """What somebody else does to ci-one, which is there by `spec`."""
    foreign: Deed
    """Makes somebody else's ci-one."""
    around: Sequence[str] = ()
    """Documents that it refers to."""

    @property
    def kinds(self) -> frozenset[str]:
        """Those that it has to do with, and the bystander's."""
        return frozenset({self.kind, *map(kind_of, (BYSTANDER, *self.around))})


def document(kind: str, name: str, spec: str, tags: str = "{}") -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: {kind}\n"
        f"metadata: {{name: {name}, tags: {tags}}}\nspec: {spec}\n"
    )


def kind_of(text: str) -> str:
    return text.partition("\nkind: ")[2].partition("\n")[0]


BYSTANDER = document(
    "Policy",
    "bystander",
    """
  document: {Version: "2012-10-17", Statement: {Effect: Deny, Action: "*", Resource: "*"}}
""",
)
"""What stays when all else goes: an estate that declares nothing is refused."""


def public_key(algorithm: str) -> str:
    key = Ed25519PrivateKey.generate() if algorithm == "ed25519" else _rsa()
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return f'"{line.decode()} somebody@example"'


def _rsa() -> Any:
    return generate_private_key(public_exponent=65537, key_size=2048)


_EC2_TRUST = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, '
    "Action: 'sts:AssumeRole'}]}"
)
_LAMBDA_TRUST = _EC2_TRUST.replace("ec2.", "lambda.")
_READ = (
    '{Version: "2012-10-17", Statement: [{Sid: Read, Effect: Allow, Action: "s3:GetObject", '
    'Resource: "arn:aws:s3:::logs/*"}]}'
)
_WRITE = _READ.replace("s3:GetObject", "s3:PutObject")
_READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_SSM_CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
_SCRIPT = (
    '{schemaVersion: "2.2", mainSteps: [{action: "aws:runShellScript", name: say, '
    "inputs: {runCommand: [%s]}}]}"
)


def _foreign_trust() -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _group_id(aws: Clients) -> str:
    named = [{"Name": "group-name", "Values": ["ci-one"]}]
    groups = aws("ec2").describe_security_groups(Filters=named)["SecurityGroups"]
    return str(groups[0]["GroupId"])


def _open(aws: Clients, direction: str, **permission: Any) -> None:
    call = getattr(aws("ec2"), f"authorize_security_group_{direction}")
    call(GroupId=_group_id(aws), IpPermissions=[permission])


def _close(aws: Clients, direction: str, **permission: Any) -> None:
    call = getattr(aws("ec2"), f"revoke_security_group_{direction}")
    call(GroupId=_group_id(aws), IpPermissions=[permission])


def _policy_arn(_: Clients) -> str:
    return "arn:aws:iam::123456789012:policy/ci-one"


def _another_version(aws: Clients) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    aws("iam").create_policy_version(
        PolicyArn=_policy_arn(aws),
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": everything}),
        SetAsDefault=True,
    )


def _another_document(aws: Clients) -> None:
    steps = [{"action": "aws:runShellScript", "name": "x", "inputs": {"runCommand": ["false"]}}]
    content = json.dumps({"schemaVersion": "2.2", "mainSteps": steps})
    made = aws("ssm").update_document(Name="ci-one", Content=content, DocumentVersion="$LATEST")
    version = made["DocumentDescription"]["DocumentVersion"]
    aws("ssm").update_document_default_version(Name="ci-one", DocumentVersion=version)


def _foreign_document(aws: Clients) -> None:
    steps = [{"action": "aws:runShellScript", "name": "x", "inputs": {"runCommand": ["true"]}}]
    content = json.dumps({"schemaVersion": "2.2", "mainSteps": steps})
    aws("ssm").create_document(Name="ci-one", DocumentType="Command", Content=content)


def _foreign_policy(aws: Clients) -> None:
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [nothing]})
    aws("iam").create_policy(PolicyName="ci-one", PolicyDocument=document)


def _iam(operation: str, **arguments: Any) -> Deed:
    return lambda aws: getattr(aws("iam"), operation)(**arguments)


def _ssm(operation: str, **arguments: Any) -> Deed:
    return lambda aws: getattr(aws("ssm"), operation)(**arguments)


def _ec2(operation: str, **arguments: Any) -> Deed:
    return lambda aws: getattr(aws("ec2"), operation)(**arguments)


KEY_PAIR = Case(
    "KeyPair",
    f"{{publicKey: {public_key('rsa')}}}",
    edits=(
        (f"{{publicKey: {public_key('rsa')}}}", "replace"),
        (f"{{publicKey: {public_key('ed25519')}}}", "replace"),
        ("{generate: {type: rsa}}", "replace"),
        ("{generate: {type: ed25519}}", "replace"),
        ("{generate: {type: ed25519, parameter: /keys/one}}", "replace"),
        ("{generate: {type: ed25519, parameter: /keys/one, keyId: alias/ours}}", "replace"),
        (f"{{publicKey: {public_key('ed25519')}}}", "replace"),
    ),
    drifts=(_ec2("delete_key_pair", KeyName="ci-one"),),
    foreign=_ec2("create_key_pair", KeyName="ci-one"),
)

SECURITY_GROUP = Case(
    "SecurityGroup",
    '{description: "The first", ingress: [{protocol: tcp, ports: 22, cidrs: [10.0.0.0/8]}]}',
    edits=(
        (
            '{description: "The first", ingress: [{protocol: tcp, ports: 22, cidrs: [10.0.0.0/8], '
            "description: The office}]}",
            "update",
        ),
        (
            '{description: "The first", ingress: ['
            "{protocol: tcp, ports: 22, cidrs: [10.1.2.3/8, 192.168.0.0/16, '2001:DB8::1/32']}, "
            "{protocol: udp, ports: 5000-6000, prefixLists: [pl-0123abcd]}, "
            "{protocol: icmp, icmpType: 8, cidrs: [0.0.0.0/0]}, "
            "{protocol: icmp, icmpType: 3, icmpCode: 4, cidrs: [0.0.0.0/0]}, "
            "{protocol: icmpv6, cidrs: ['::/0']}, "
            "{protocol: 47, cidrs: [10.0.0.0/8]}, "
            "{protocol: tcp, cidrs: [10.9.0.0/16]}, "
            "{protocol: all, groups: [one]}, "
            "{protocol: tcp, ports: 443, groups: [two]}], egress: []}",
            "update",
        ),
        (
            '{description: "The first", egress: [{protocol: tcp, ports: 443, cidrs: [0.0.0.0/0]}, '
            "{protocol: all, groups: [one, two]}]}",
            "update",
        ),
        ('{description: "Another"}', "replace"),
        ("{description: Another, vpc: {tags: {Name: second}}}", "replace"),
    ),
    drifts=(
        lambda aws: _open(aws, "ingress", IpProtocol="-1", IpRanges=[{"CidrIp": "0.0.0.0/0"}]),
        lambda aws: _open(
            aws,
            "egress",
            IpProtocol="tcp",
            FromPort=1,
            ToPort=2,
            IpRanges=[{"CidrIp": "1.0.0.0/8"}],
        ),
        lambda aws: _close(aws, "egress", IpProtocol="-1", IpRanges=[{"CidrIp": "0.0.0.0/0"}]),
        lambda aws: aws("ec2").delete_security_group(GroupId=_group_id(aws)),
    ),
    foreign=_ec2("create_security_group", GroupName="ci-one", Description="Not yours"),
    around=(document("SecurityGroup", "two", "{description: The other}"),),
)

POLICY = Case(
    "Policy",
    f"{{document: {_READ}}}",
    edits=(
        (f"{{document: {_WRITE}}}", "update"),
        (f"{{document: {_WRITE.replace('Sid: Read, ', '')}}}", "update"),
        (f"{{document: {_READ}, description: What readers may}}", "replace"),
        (f"{{document: {_READ}, description: What readers may, path: /ci/}}", "replace"),
    ),
    drifts=(_another_version,),
    foreign=_foreign_policy,
)

ROLE = Case(
    "Role",
    f"{{trustPolicy: {_EC2_TRUST}}}",
    edits=(
        (f"{{trustPolicy: {_LAMBDA_TRUST}}}", "update"),
        (f"{{trustPolicy: {_LAMBDA_TRUST}, description: Workers}}", "update"),
        (
            f"{{trustPolicy: {_LAMBDA_TRUST}, description: Workers, maxSessionDuration: 7200, "
            f"managedPolicies: [{_READ_ONLY}, reader], permissionsBoundary: reader, "
            f"inlinePolicies: {{a: {_READ}, b: {_WRITE}}}}}",
            "update",
        ),
        (
            f"{{trustPolicy: {_LAMBDA_TRUST}, managedPolicies: [{_SSM_CORE}], "
            f"inlinePolicies: {{a: {_WRITE}}}, permissionsBoundary: {_READ_ONLY}}}",
            "update",
        ),
        (f"{{trustPolicy: {_EC2_TRUST}}}", "update"),
        (f"{{trustPolicy: {_EC2_TRUST}, path: /ci/}}", "replace"),
    ),
    drifts=(
        _iam("update_role", RoleName="ci-one", MaxSessionDuration=7200),
        _iam("update_role", RoleName="ci-one", Description="Mine now"),
        _iam("attach_role_policy", RoleName="ci-one", PolicyArn=_READ_ONLY),
        _iam(
            "put_role_policy",
            RoleName="ci-one",
            PolicyName="x",
            PolicyDocument=_foreign_trust().replace('"Principal": {"AWS": "*"}', '"Resource": "*"'),
        ),
        _iam("put_role_permissions_boundary", RoleName="ci-one", PermissionsBoundary=_READ_ONLY),
        _iam("update_assume_role_policy", RoleName="ci-one", PolicyDocument=_foreign_trust()),
        _iam("delete_role", RoleName="ci-one"),
    ),
    foreign=_iam("create_role", RoleName="ci-one", AssumeRolePolicyDocument=_foreign_trust()),
    around=(document("Policy", "reader", f"{{document: {_READ}}}"),),
)

INSTANCE_PROFILE = Case(
    "InstanceProfile",
    "{role: worker}",
    edits=(
        ("{role: other}", "update"),
        ("{}", "update"),
        ("{role: worker, path: /ci/}", "replace"),
    ),
    drifts=(
        _iam(
            "remove_role_from_instance_profile",
            InstanceProfileName="ci-one",
            RoleName="ci-worker",
        ),
    ),
    foreign=_iam("create_instance_profile", InstanceProfileName="ci-one"),
    around=tuple(
        document("Role", name, f"{{trustPolicy: {_EC2_TRUST}}}") for name in ("worker", "other")
    ),
)

_ONE = "arn:aws:iam::123456789012:oidc-provider/one"

OIDC_PROVIDER = Case(
    "OIDCProvider",
    f"{{audiences: [sts.amazonaws.com], thumbprints: [{'AB' * 20}]}}",
    edits=(
        (f"{{audiences: [sts.amazonaws.com, 'https://ci'], thumbprints: [{'ab' * 20}]}}", "update"),
        (f"{{audiences: [sts.amazonaws.com], thumbprints: [{'cd' * 20}, {'AB' * 20}]}}", "update"),
        ("{audiences: []}", "update"),
        ("{audiences: [two, one]}", "update"),
        (f"{{audiences: [one, two], thumbprints: [{'ef' * 20}]}}", "update"),
    ),
    drifts=(
        _iam(
            "add_client_id_to_open_id_connect_provider",
            OpenIDConnectProviderArn=_ONE,
            ClientID="theirs",
        ),
        _iam(
            "remove_client_id_from_open_id_connect_provider",
            OpenIDConnectProviderArn=_ONE,
            ClientID="sts.amazonaws.com",
        ),
        _iam(
            "update_open_id_connect_provider_thumbprint",
            OpenIDConnectProviderArn=_ONE,
            ThumbprintList=["ab" * 20, "00" * 20],
        ),
        _iam("delete_open_id_connect_provider", OpenIDConnectProviderArn=_ONE),
    ),
    foreign=_iam("create_open_id_connect_provider", Url="https://one"),
)

PARAMETER = Case(
    "Parameter",
    "{value: first}",
    edits=(
        ("{value: second}", "update"),
        ("{value: second, description: Which one}", "update"),
        ("{value: second, allowedPattern: '^[a-z]+$'}", "update"),
        ("{value: second, tier: Advanced}", "update"),
        (
            "{value: second, tier: Advanced, policies: [{Type: NoChangeNotification, "
            "Attributes: {After: '20', Unit: Days}}]}",
            "update",
        ),
        ("{value: second, tier: Advanced}", "update"),
        ("{value: second}", "replace"),
        ('{value: ami-0123456789abcdef0, dataType: "aws:ec2:image"}', "replace"),
        ("{values: [a, b, a]}", "replace"),
        ("{values: [b, a, a]}", "update"),
        ("{secret: {env: TOKEN}}", "replace"),
        ("{secret: {env: TOKEN}, keyId: alias/ours}", "update"),
    ),
    drifts=(
        _ssm("put_parameter", Name="ci-one", Value="third", Overwrite=True),
        _ssm("put_parameter", Name="ci-one", Value="first", Description="Mine", Overwrite=True),
        _ssm("delete_parameter", Name="ci-one"),
    ),
    foreign=_ssm("put_parameter", Name="ci-one", Type="String", Value="first"),
)

DOCUMENT = Case(
    "Document",
    f"{{content: {_SCRIPT % 'echo 1'}}}",
    edits=(
        (f"{{content: {_SCRIPT % 'echo 2'}}}", "update"),
        (f"{{content: {_SCRIPT % 'echo 3'}, versionName: third}}", "update"),
        (f"{{content: {_SCRIPT % 'echo 4'}, format: YAML}}", "update"),
        (f"{{content: {_SCRIPT % 'echo 4'}, format: YAML, defaultVersion: 2}}", "update"),
        (f"{{content: {_SCRIPT % 'echo 5'}, format: YAML, defaultVersion: 2}}", "update"),
        (f"{{content: {_SCRIPT % 'echo 5'}, format: YAML}}", "update"),
        (f"{{content: {_SCRIPT % 'echo 5'}, targetType: /AWS::EC2::Instance}}", "update"),
        (f"{{content: {_SCRIPT % 'echo 5'}, displayName: Five}}", "replace"),
        (f"{{content: {_SCRIPT % 'echo 6'}, displayName: Six}}", "update"),
        (f"{{content: {_SCRIPT % 'echo 6'}}}", "replace"),
        (f"{{content: {_SCRIPT % 'echo 7'}, displayName: Seven}}", "update"),
        (f"{{content: {_SCRIPT % 'echo 8'}}}", "replace"),
    ),
    drifts=(_another_document, _ssm("delete_document", Name="ci-one")),
    foreign=_foreign_document,
)

_QUEUE = "arn:aws:sqs:eu-central-1:123456789012:ci-one"
_MAY_SEND = (
    '{Version: "2012-10-17", Statement: [{Sid: Send, Effect: Allow, '
    f'Principal: {{AWS: "123456789012"}}, Action: "SQS:SendMessage", Resource: "{_QUEUE}"}}]}}'
)


def _sqs(operation: str, **arguments: Any) -> Deed:
    def deed(aws: Clients) -> None:
        url = aws("sqs").get_queue_url(QueueName="ci-one")["QueueUrl"]
        getattr(aws("sqs"), operation)(QueueUrl=url, **arguments)

    return deed


def _anybody_may(queue: str) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "SQS:*", "Resource": queue}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


QUEUE = Case(
    "Queue",
    "{}",
    edits=(
        (
            "{visibilityTimeout: 60, messageRetentionPeriod: 3600, delaySeconds: 5, "
            f"maximumMessageSize: 2048, eventRules: [news], policy: {_MAY_SEND}}}",
            "update",
        ),
        (
            "{receiveMessageWaitTimeSeconds: 20, deadLetters: {queue: dead, maxReceiveCount: 3}, "
            "contentBasedDeduplication: false, deduplicationScope: queue, "
            "fifoThroughputLimit: perQueue, encryption: KMS, keyId: alias/ours}",
            "update",
        ),
        ("{eventRules: [news], encryption: KMS}", "update"),
        (f"{{deadLetters: {{queue: dead}}, eventRules: [news], policy: {_MAY_SEND}}}", "update"),
    ),
    drifts=(
        _sqs("set_queue_attributes", Attributes={"VisibilityTimeout": "0"}),
        _sqs("set_queue_attributes", Attributes={"Policy": _anybody_may(_QUEUE)}),
        _sqs("delete_queue"),
    ),
    foreign=lambda aws: aws("sqs").create_queue(QueueName="ci-one"),
    around=(
        document("Queue", "dead", "{}"),
        document("EventRule", "news", "{eventPattern: {source: [acme]}}"),
    ),
)


def _events(operation: str, **arguments: Any) -> Deed:
    return lambda aws: getattr(aws("events"), operation)(**arguments)


def _rule_goes(aws: Clients) -> None:
    targets = aws("events").list_targets_by_rule(Rule="ci-one")["Targets"]
    aws("events").remove_targets(Rule="ci-one", Ids=[target["Id"] for target in targets])
    aws("events").delete_rule(Name="ci-one")


_ANOTHER_TARGET = {"Id": "x", "Arn": "arn:aws:lambda:eu-central-1:123456789012:function:x"}

EVENT_RULE = Case(
    "EventRule",
    "{eventPattern: {source: [aws.ec2], detail: {size: [{numeric: ['>', 0, '<=', 5]}]}}, "
    "targets: [{queue: news}]}",
    edits=(
        ("{eventPattern: {source: [aws.ec2]}, description: All of it}", "update"),
        ("{schedule: rate(5 minutes), enabled: false, targets: [{queue: more}]}", "update"),
        (
            "{schedule: rate(1 hour), eventPattern: {source: [acme]}, "
            "targets: [{queue: more, inputPath: $.detail}, {queue: news}]}",
            "update",
        ),
    ),
    drifts=(
        _events("disable_rule", Name="ci-one"),
        _events("put_targets", Rule="ci-one", Targets=[_ANOTHER_TARGET]),
        _rule_goes,
    ),
    foreign=_events("put_rule", Name="ci-one", EventPattern='{"source": ["theirs"]}'),
    around=(document("Queue", "news", "{}"), document("Queue", "more", "{}")),
)

CASES = (
    KEY_PAIR,
    SECURITY_GROUP,
    POLICY,
    ROLE,
    INSTANCE_PROFILE,
    OIDC_PROVIDER,
    PARAMETER,
    DOCUMENT,
    QUEUE,
    EVENT_RULE,
)
DRIFTS = [(case, number) for case in CASES for number in range(len(case.drifts))]
