"""What AWS holds, told by boto3 alone: the tests' own eyes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Clients = Callable[[str], Any]
World = dict[str, dict[str, Any]]


def world(aws: Clients, kinds: Iterable[str] = ()) -> World:
    """Everything of these kinds, or of all, that somebody made, by kind and by AWS's name."""
    return {
        kind: read(aws(service))
        for kind, (service, read) in _READ.items()
        if not kinds or kind in kinds
    }


def tags(aws: Clients, kind: str, name: str = "ci-one") -> dict[str, str]:
    """The tags of one thing."""
    return {tag["Key"]: tag["Value"] for tag in world(aws)[kind][name].get("Tags") or ()}


def tag(aws: Clients, kind: str, key: str, value: str, name: str = "ci-one") -> None:
    """Put a tag on one thing, as anybody could."""
    pairs = [{"Key": key, "Value": value}]
    there = world(aws)[kind][name]
    match kind:
        case "KeyPair":
            aws("ec2").create_tags(Resources=[there["KeyPairId"]], Tags=pairs)
        case "SecurityGroup":
            aws("ec2").create_tags(Resources=[there["GroupId"]], Tags=pairs)
        case "Policy":
            aws("iam").tag_policy(PolicyArn=there["Arn"], Tags=pairs)
        case "Role":
            aws("iam").tag_role(RoleName=name, Tags=pairs)
        case "InstanceProfile":
            aws("iam").tag_instance_profile(InstanceProfileName=name, Tags=pairs)
        case "OIDCProvider":
            aws("iam").tag_open_id_connect_provider(
                OpenIDConnectProviderArn=there["Arn"], Tags=pairs
            )
        case "Queue":
            aws("sqs").tag_queue(QueueUrl=there["QueueUrl"], Tags={key: value})
        case "EventRule":
            aws("events").tag_resource(ResourceARN=there["Arn"], Tags=pairs)
        case _:
            aws("ssm").add_tags_to_resource(ResourceType=kind, ResourceId=name, Tags=pairs)


def _key_pairs(ec2: Any) -> dict[str, Any]:
    return {pair["KeyName"]: pair for pair in ec2.describe_key_pairs()["KeyPairs"]}


def _security_groups(ec2: Any) -> dict[str, Any]:
    groups = ec2.describe_security_groups()["SecurityGroups"]
    return {group["GroupName"]: group for group in groups if group["GroupName"] != "default"}


def _policies(iam: Any) -> dict[str, Any]:
    found = {}
    for listed in iam.list_policies(Scope="Local")["Policies"]:
        arn = listed["Arn"]
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        found[listed["PolicyName"]] = {
            **iam.get_policy(PolicyArn=arn)["Policy"],
            "Versions": [
                iam.get_policy_version(PolicyArn=arn, VersionId=version["VersionId"])[
                    "PolicyVersion"
                ]
                for version in versions
            ],
        }
    return found


def _roles(iam: Any) -> dict[str, Any]:
    found = {}
    for listed in iam.list_roles()["Roles"]:
        name = listed["RoleName"]
        found[name] = {
            **iam.get_role(RoleName=name)["Role"],
            "Inline": {
                policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
            },
            "Attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
        }
        found[name].pop("RoleLastUsed", None)
    return found


def _profiles(iam: Any) -> dict[str, Any]:
    names = [p["InstanceProfileName"] for p in iam.list_instance_profiles()["InstanceProfiles"]]
    return {n: iam.get_instance_profile(InstanceProfileName=n)["InstanceProfile"] for n in names}


def _providers(iam: Any) -> dict[str, Any]:
    """By AWS's names with the prefix that all others have and these have not."""
    arns = [p["Arn"] for p in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    details = (
        {"Arn": arn, **iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)}
        for arn in arns
    )
    return {f"ci-{detail['Url']}": {**detail, "ResponseMetadata": None} for detail in details}


def _parameters(ssm: Any) -> dict[str, Any]:
    pages = ssm.get_paginator("describe_parameters").paginate()
    return {
        listed["Name"]: {
            **listed,
            "Value": ssm.get_parameter(Name=listed["Name"], WithDecryption=True)["Parameter"][
                "Value"
            ],
            "Tags": _ssm_tags(ssm, "Parameter", listed["Name"]),
        }
        for page in pages
        for listed in page["Parameters"]
    }


def _documents(ssm: Any) -> dict[str, Any]:
    own = [{"Key": "Owner", "Values": ["Self"]}]
    return {
        listed["Name"]: {
            **ssm.describe_document(Name=listed["Name"])["Document"],
            "Content": ssm.get_document(Name=listed["Name"])["Content"],
            "Tags": _ssm_tags(ssm, "Document", listed["Name"]),
        }
        for listed in ssm.list_documents(Filters=own)["DocumentIdentifiers"]
    }


def _ssm_tags(ssm: Any, kind: str, name: str) -> Any:
    return ssm.list_tags_for_resource(ResourceType=kind, ResourceId=name)["TagList"]


def _queues(sqs: Any) -> dict[str, Any]:
    return {url.rpartition("/")[2]: _queue(sqs, url) for url in _all(sqs, "list_queues")}


def _queue(sqs: Any, url: str) -> dict[str, Any]:
    held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    tags = sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
    return {
        **{name: value for name, value in held.items() if not name.endswith("Timestamp")},
        "QueueUrl": url,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
    }


def _rules(events: Any) -> dict[str, Any]:
    return {rule["Name"]: _rule(events, rule) for rule in _all(events, "list_rules")}


def _rule(events: Any, rule: dict[str, Any]) -> dict[str, Any]:
    return {
        **rule,
        "Targets": events.list_targets_by_rule(Rule=rule["Name"])["Targets"],
        "Tags": events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"],
    }


def _all(client: Any, listing: str) -> list[Any]:
    """Everything of a listing, whose answer has one list."""
    pages = client.get_paginator(listing).paginate(PaginationConfig={"PageSize": 100})
    return [
        one for page in pages for part in page.values() if isinstance(part, list) for one in part
    ]


_READ = {
    "KeyPair": ("ec2", _key_pairs),
    "SecurityGroup": ("ec2", _security_groups),
    "Policy": ("iam", _policies),
    "Role": ("iam", _roles),
    "InstanceProfile": ("iam", _profiles),
    "OIDCProvider": ("iam", _providers),
    "Parameter": ("ssm", _parameters),
    "Document": ("ssm", _documents),
    "Queue": ("sqs", _queues),
    "EventRule": ("events", _rules),
}
