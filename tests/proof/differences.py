"""One real difference at a time: what a document may say otherwise, and what others may do in AWS.

Each is made so that it is one; that the program's own comparison finds it is what is to be shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from reconciler.fields.tags import RESOURCE
from tests.proof import policies
from tests.proof.lot import Lot
from tests.proof.policies import ACCOUNT
from tests.proof.specs import PREFIX, REGION, Around, Declared, Spec, public_key
from tests.world import Clients

Change = Callable[[Lot, Spec, Around, str], Spec | None]
"""The spec of this name with the field as it was not, or None where it can't be otherwise."""

_FRESH_RULE = {"protocol": "udp", "ports": "7-9", "cidrs": ["203.0.113.0/24"]}
_FRESH_ROLE = f"arn:aws:iam::{ACCOUNT}:role/fresh"
_FRESH_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/fresh"
_FRESH_QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:fresh"
_FRESH_EVENT_RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/fresh"


def _number(field: str, default: int, most: int, spec: Spec) -> Spec:
    had = spec.get(field, default)
    return {**spec, field: had + 1 if had < most else had - 1}


def _longer(field: str, spec: Spec) -> Spec:
    return {**spec, field: spec.get(field, "") + "x"}


def _other(field: str, values: Sequence[Any], spec: Spec, default: Any = None) -> Spec:
    """The first of the values that it is not."""
    had = spec.get(field, default)
    return {**spec, field: next(value for value in values if value != had)}


def _listed(field: str, fresh: Any, lot: Lot, spec: Spec) -> Spec:
    """One more, or none at all."""
    had = spec.get(field, [])
    return {**spec, field: [] if had and lot.likely(0.3) else [*had, fresh]}


def _within(field: str, lot: Lot, spec: Spec) -> Spec | None:
    """Another policy."""
    return {**spec, field: policies.otherwise(lot, spec[field])} if field in spec else None


def _managed(lot: Lot, spec: Spec) -> Spec:
    """Another document, of the one version that IAM takes there."""
    said = policies.otherwise(lot, spec["document"])
    same = said["Version"] == spec["document"]["Version"]
    return {**spec, "document": said if same else {**spec["document"], "Id": "Fresh"}}


def _without(spec: Spec, *fields: str) -> Spec:
    return {field: value for field, value in spec.items() if field not in fields}


def _key(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    return {"publicKey": public_key(lot)} if "publicKey" in spec else None


def _generated(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    if "generate" not in spec:
        return None
    fresh = lot.choice([("keyId", "alias/fresh"), ("parameter", "/fresh/key")])
    return {"generate": {**spec["generate"], fresh[0]: fresh[1]}}


def _rules(field: str, lot: Lot, spec: Spec) -> Spec:
    rules = spec.get(field, [])
    if rules and "description" in rules[0] and lot.likely(0.3):
        return {**spec, field: [{**rules[0], "description": "fresh"}, *rules[1:]]}
    return _listed(field, _FRESH_RULE, lot, spec)


def _vpc(lot: Lot, spec: Spec, around: Around, name: str) -> Spec:
    return _without(spec, "vpc") if "vpc" in spec else {**spec, "vpc": {"id": around.vpc}}


def _inline(lot: Lot, spec: Spec, *_: Any) -> Spec:
    had = spec.get("inlinePolicies", {})
    if had and lot.likely():
        name = lot.choice([*had])
        return {**spec, "inlinePolicies": {**had, name: policies.otherwise(lot, had[name])}}
    return {**spec, "inlinePolicies": {**had, "fresh": policies.identity(lot)}}


def _value(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    if "value" not in spec or spec.get("dataType"):
        return None
    return {**spec, "value": spec["value"][:4000] + "x"}


def _values(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    if "values" not in spec:
        return None
    turned = spec["values"][::-1]
    return {**spec, "values": turned if turned != spec["values"] else [*turned, "x"]}


def _secret(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    """A variable whose value is another one."""
    return {**spec, "secret": {"env": "OTHER"}} if "secret" in spec else None


def _tier(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    match spec.get("tier", "Standard"):
        case "Standard":
            return {**spec, "tier": "Advanced"}
        case "Advanced":
            return None if spec.get("policies") else _without(spec, "tier", "policies")
    return None


def _parameter_policies(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    fresh = {"Type": "NoChangeNotification", "Attributes": {"After": "77", "Unit": "Days"}}
    allowed = spec.get("tier", "Standard") != "Standard"
    return _listed("policies", fresh, lot, spec) if allowed else None


def _key_id(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    return {**spec, "keyId": "alias/fresh"} if "secret" in spec else None


def _content(lot: Lot, spec: Spec, *_: Any) -> Spec:
    text = json.dumps(spec["content"])
    found = json.loads(text.replace('"runCommand": [', '"runCommand": ["fresh", ', 1))
    return {**spec, "content": found}


def _dead_letters(lot: Lot, spec: Spec, around: Around, name: str) -> Spec | None:
    if "deadLetters" not in spec:
        return None if name.endswith(".fifo") else {**spec, "deadLetters": {"queue": _FRESH_QUEUE}}
    had = spec["deadLetters"]
    return {**spec, "deadLetters": _number("maxReceiveCount", 10, 1000, had)}


def _encryption(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    if "keyId" in spec:
        return None
    return _other("encryption", ["none", "KMS", "SSE-SQS"], spec, "SSE-SQS")


def _queue_key(lot: Lot, spec: Spec, *_: Any) -> Spec | None:
    return {**spec, "keyId": "alias/fresh"} if spec.get("encryption") == "KMS" else None


def _of_fifo(field: str, values: Sequence[Any], name: str, spec: Spec) -> Spec | None:
    return _other(field, values, spec, values[0]) if name.endswith(".fifo") else None


def _pattern(lot: Lot, spec: Spec, *_: Any) -> Spec:
    return {**spec, "eventPattern": {**spec.get("eventPattern", {}), "account": ["fresh"]}}


def _targets(lot: Lot, spec: Spec, *_: Any) -> Spec:
    had = spec.get("targets", [])
    if had and (len(had) == 5 or lot.likely(0.4)):
        return {**spec, "targets": [{**had[0], "inputPath": "$.fresh"}, *had[1:]]}
    return {**spec, "targets": [*had, {"queue": _FRESH_QUEUE}]}


def _field(change: Callable[..., Spec | None], *first: Any) -> Change:
    return lambda lot, spec, around, name: change(*first, spec)


def _by_lot(change: Callable[..., Spec | None], *first: Any) -> Change:
    return lambda lot, spec, around, name: change(*first, lot, spec)


def _fifo(field: str, *values: Any) -> Change:
    return lambda lot, spec, around, name: _of_fifo(field, values, name, spec)


_PATH = _field(_other, "path", ["/fresh/"])
_DESCRIPTION = _field(_longer, "description")

IN_GIT: Mapping[str, Mapping[str, Change]] = {
    "KeyPair": {"publicKey": _key, "generate": _generated},
    "SecurityGroup": {
        "description": _DESCRIPTION,
        "vpc": _vpc,
        "ingress": _by_lot(_rules, "ingress"),
        "egress": _by_lot(_rules, "egress"),
    },
    "Policy": {
        "path": _PATH,
        "description": _DESCRIPTION,
        "document": _by_lot(_managed),
    },
    "Role": {
        "path": _PATH,
        "description": _DESCRIPTION,
        "trustPolicy": _by_lot(_within, "trustPolicy"),
        "managedPolicies": _by_lot(_listed, "managedPolicies", _FRESH_POLICY),
        "inlinePolicies": _inline,
        "permissionsBoundary": _field(_other, "permissionsBoundary", [_FRESH_POLICY]),
        "maxSessionDuration": _field(_number, "maxSessionDuration", 3600, 43200),
    },
    "InstanceProfile": {"path": _PATH, "role": _field(_other, "role", [_FRESH_ROLE])},
    "OIDCProvider": {
        "audiences": _by_lot(_listed, "audiences", "fresh"),
        "thumbprints": lambda lot, spec, *_: {**spec, "thumbprints": ["fe" * 20]},
    },
    "Parameter": {
        "value": _value,
        "values": _values,
        "secret": _secret,
        "description": _DESCRIPTION,
        "tier": _tier,
        "allowedPattern": _field(_other, "allowedPattern", [".?"]),
        "policies": _parameter_policies,
        "keyId": _key_id,
    },
    "Document": {
        "content": _content,
        "format": _field(_other, "format", ["YAML", "JSON"]),
        "targetType": _field(_other, "targetType", ["/AWS::SSM::ManagedInstance"]),
        "displayName": _field(_other, "displayName", ["fresh"]),
        "versionName": _field(_other, "versionName", ["fresh"]),
        "defaultVersion": _field(_other, "defaultVersion", [2]),
    },
    "Queue": {
        "visibilityTimeout": _field(_number, "visibilityTimeout", 30, 43200),
        "messageRetentionPeriod": _field(_number, "messageRetentionPeriod", 345600, 1209600),
        "delaySeconds": _field(_number, "delaySeconds", 0, 900),
        "maximumMessageSize": _field(_number, "maximumMessageSize", 1048576, 1048576),
        "receiveMessageWaitTimeSeconds": _field(_number, "receiveMessageWaitTimeSeconds", 0, 20),
        "deadLetters": _dead_letters,
        "encryption": _encryption,
        "keyId": _queue_key,
        "contentBasedDeduplication": _fifo("contentBasedDeduplication", False, True),
        "deduplicationScope": _fifo("deduplicationScope", "queue", "messageGroup"),
        "fifoThroughputLimit": _fifo("fifoThroughputLimit", "perQueue", "perMessageGroupId"),
        "policy": _by_lot(_within, "policy"),
        "eventRules": _by_lot(_listed, "eventRules", _FRESH_EVENT_RULE),
    },
    "EventRule": {
        "description": _DESCRIPTION,
        "eventPattern": _pattern,
        "schedule": _field(_other, "schedule", ["rate(77 days)"]),
        "enabled": _field(_other, "enabled", [False, True]),
        "targets": _targets,
    },
}
"""How each field of each kind may be otherwise."""


class Otherwise(NamedTuple):
    """A resource with one field that is another one, and the word of the field."""

    declared: Declared
    field: str


def otherwise(declared: Declared, lot: Lot, around: Around) -> Otherwise:
    """One field of it, or one tag, said otherwise."""
    changes = IN_GIT[declared.kind]
    for field in lot.sample([*changes, "tags"], len(changes) + 1):
        if field == "tags":
            return Otherwise(declared._replace(tags=_retagged(declared.tags, lot)), field)
        spec = changes[field](lot, declared.spec, around, declared.name)
        if spec is not None:
            return Otherwise(declared._replace(spec=spec), field)
    raise AssertionError("a tag can always be another one")


def _retagged(tags: Mapping[str, str], lot: Lot) -> dict[str, str]:
    if not tags or lot.likely(0.3):
        return {**tags, "fresh": ""}
    key = lot.choice([*tags])
    rest = {one: tags[one] for one in tags if one != key}
    return rest if lot.likely() else {**rest, key: tags[key] + "x"}


Deed = Callable[[Clients, str, Declared], object]
"""What somebody does to the resource that AWS calls so."""


def aws_name(declared: Declared) -> str:
    """What AWS calls it."""
    name = declared.name
    if declared.kind == "OIDCProvider":
        return name
    if declared.kind == "Parameter" and "/" in name:
        return f"/{PREFIX}{name.removeprefix('/')}"
    return PREFIX + name


def _call(service: str, operation: str, name: str = "", **more: Any) -> Deed:
    """A call that says by this parameter which resource is meant."""

    def deed(aws: Clients, called: str, _: Declared) -> None:
        getattr(aws(service), operation)(**({name: called} if name else {}), **more)

    return deed


_iam = partial(_call, "iam")
_ANYBODY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sts:AssumeRole",
            "Sid": "Fresh",
        },
    }
)
_ANYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "a:Fresh", "Resource": "*"}}
)
_AWSS = "arn:aws:iam::aws:policy/AdministratorAccess"


def _open(direction: str) -> Deed:
    def deed(aws: Clients, _: str, declared: Declared) -> None:
        this = [{"Name": f"tag:{RESOURCE}", "Values": [declared.key]}]
        group = aws("ec2").describe_security_groups(Filters=this)["SecurityGroups"][0]
        source = [{"CidrIp": "203.0.113.0/24"}]
        fresh = {"IpProtocol": "udp", "FromPort": 7, "ToPort": 9, "IpRanges": source}
        call = getattr(aws("ec2"), f"authorize_security_group_{direction}")
        call(GroupId=group["GroupId"], IpPermissions=[fresh])

    return deed


def _another_version(aws: Clients, called: str, declared: Declared) -> None:
    aws("iam").create_policy_version(
        PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy{declared.spec.get('path', '/')}{called}",
        PolicyDocument=_ANYTHING,
        SetAsDefault=True,
    )


def _another_role(aws: Clients, called: str, declared: Declared) -> None:
    profile = {"InstanceProfileName": called}
    held = aws("iam").get_instance_profile(**profile)["InstanceProfile"]["Roles"]
    for role in held:
        aws("iam").remove_role_from_instance_profile(**profile, RoleName=role["RoleName"])
    if not held:
        aws("iam").add_role_to_instance_profile(**profile, RoleName="theirs")


def _of_provider(operation: str, **more: Any) -> Deed:
    def deed(aws: Clients, called: str, _: Declared) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{called}"
        getattr(aws("iam"), operation)(OpenIDConnectProviderArn=arn, **more)

    return deed


def _another_value(aws: Clients, called: str, declared: Declared) -> None:
    ssm, ours = aws("ssm"), {"Key": "Name", "Values": [called]}
    told = ssm.describe_parameters(ParameterFilters=[ours])["Parameters"][0]
    kept = ("Type", "Description", "KeyId", "DataType", "Tier", "AllowedPattern")
    same = {word: told[word] for word in kept if word in told}
    ssm.put_parameter(Name=called, Value="bbb", Overwrite=True, **same)


def _another_content(aws: Clients, called: str, declared: Declared) -> None:
    content = {"schemaVersion": "2.2", "mainSteps": [{"action": "aws:fresh", "name": "x"}]}
    target = declared.spec.get("targetType")
    made = aws("ssm").update_document(
        Name=called,
        Content=json.dumps(content),
        DocumentVersion="$LATEST",
        DocumentFormat="JSON",
        **({"TargetType": target} if target else {}),
    )["DocumentDescription"]["DocumentVersion"]
    aws("ssm").update_document_default_version(Name=called, DocumentVersion=made)


def _attribute(**attributes: str) -> Deed:
    def deed(aws: Clients, called: str, _: Declared) -> None:
        url = aws("sqs").get_queue_url(QueueName=called)["QueueUrl"]
        aws("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)

    return deed


def _another_delay(aws: Clients, called: str, declared: Declared) -> None:
    delay = 898 if declared.spec.get("delaySeconds") == 899 else 899
    _attribute(DelaySeconds=str(delay))(aws, called, declared)


def _may_send(aws: Clients, called: str, declared: Declared) -> None:
    statement = {
        "Sid": "Theirs",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "SQS:SendMessage",
        "Resource": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{called}",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    _attribute(Policy=policy)(aws, called, declared)


def _turned(aws: Clients, called: str, declared: Declared) -> None:
    on = aws("events").describe_rule(Name=called)["State"] == "ENABLED"
    getattr(aws("events"), "disable_rule" if on else "enable_rule")(Name=called)


_KEYS = {"Key": "reconciler:tags", "Value": "theirs"}
"""One of the tags by which we know what is ours to change."""


def _queue_tag(aws: Clients, called: str, _: Declared) -> None:
    url = aws("sqs").get_queue_url(QueueName=called)["QueueUrl"]
    aws("sqs").tag_queue(QueueUrl=url, Tags={_KEYS["Key"]: _KEYS["Value"]})


_ANOTHER_TARGET = {"Id": "x", "Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:x"}

IN_AWS: Mapping[str, Mapping[str, tuple[Deed, tuple[str, ...]]]] = {
    "KeyPair": {"delete": (_call("ec2", "delete_key_pair", "KeyName"), ())},
    "SecurityGroup": {
        "ingress": (_open("ingress"), ("ingress",)),
        "egress": (_open("egress"), ("egress",)),
    },
    "Policy": {"document": (_another_version, ("document",))},
    "Role": {
        "description": (
            _iam("update_role_description", "RoleName", Description="theirs"),
            ("description",),
        ),
        "trustPolicy": (
            _iam("update_assume_role_policy", "RoleName", PolicyDocument=_ANYBODY),
            ("trustPolicy",),
        ),
        "managedPolicies": (
            _iam("attach_role_policy", "RoleName", PolicyArn=_AWSS),
            ("managedPolicies",),
        ),
        "inlinePolicies": (
            _iam("put_role_policy", "RoleName", PolicyName="x", PolicyDocument=_ANYTHING),
            ("inlinePolicies",),
        ),
        "tags": (_iam("tag_role", "RoleName", Tags=[_KEYS]), ("tags",)),
        "permissionsBoundary": (
            _iam("put_role_permissions_boundary", "RoleName", PermissionsBoundary=_AWSS),
            ("permissionsBoundary",),
        ),
    },
    "InstanceProfile": {"role": (_another_role, ("role",))},
    "OIDCProvider": {
        "audiences": (
            _of_provider("add_client_id_to_open_id_connect_provider", ClientID="theirs"),
            ("audiences",),
        ),
        "delete": (_of_provider("delete_open_id_connect_provider"), ()),
    },
    "Parameter": {
        "value": (_another_value, ("value", "values", "secret")),
        "delete": (_call("ssm", "delete_parameter", "Name"), ()),
        "tags": (
            _call(
                "ssm",
                "add_tags_to_resource",
                "ResourceId",
                ResourceType="Parameter",
                Tags=[_KEYS],
            ),
            ("tags",),
        ),
    },
    "Document": {
        "content": (_another_content, ("content", "format", "versionName", "defaultVersion")),
        "delete": (_call("ssm", "delete_document", "Name"), ()),
    },
    "Queue": {
        "delaySeconds": (_another_delay, ("delaySeconds",)),
        "policy": (_may_send, ("policy", "eventRules")),
        "tags": (_queue_tag, ("tags",)),
    },
    "EventRule": {
        "enabled": (_turned, ("enabled",)),
        "targets": (
            _call("events", "put_targets", "Rule", Targets=[_ANOTHER_TARGET]),
            ("targets",),
        ),
    },
}
"""What others do to each kind, and the fields in which that shows; none where the thing is gone."""


class Done(NamedTuple):
    """What somebody did to a resource, and where that must show."""

    declared: Declared
    what: str
    fields: tuple[str, ...]


def meddle(aws: Clients, declared: Declared, lot: Lot) -> Done:
    """Do one of these things to a resource that is there."""
    what = lot.choice([*IN_AWS[declared.kind]])
    deed, fields = IN_AWS[declared.kind][what]
    deed(aws, aws_name(declared), declared)
    return Done(declared, what, fields)
