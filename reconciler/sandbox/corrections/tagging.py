"""The tagging API: every type of thing that a fleet has, in full pages."""

from __future__ import annotations

from collections.abc import Iterator

from moto.core.resource_tagging import (
    TaggedResource,
    iter_taggable_backends,
    make_tag_matcher,
    match_resource_type,
)

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.paging import page
from reconciler.sandbox.wire import Answer, Parameters

_HOME = "us-east-1"


def tagged_resources_of_every_kind_are_found(
    call: Call, parameters: Parameters, _: Onward
) -> Answer:
    """moto's IAM takes no part, nor do its event rules, key pairs and launch templates, and its
    pages end early.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    wanted = make_tag_matcher(parameters.get("TagFilters"))
    arns = parameters.get("ResourceARNList")
    found = [
        {"ResourceARN": one.arn, "Tags": [{"Key": k, "Value": v} for k, v in one.tags.items()]}
        for one in _resources(call)
        if one.tags
        and wanted(one.tags)
        and match_resource_type(one.resource_type, parameters.get("ResourceTypeFilters"))
        and (not arns or one.arn in arns)
    ]
    size, token = parameters.get("ResourcesPerPage", 50), parameters.get("PaginationToken")
    some, more = page(found, size, token, "PaginationTokenExpiredException")
    return {"ResourceTagMappingList": some, "PaginationToken": more}


def _resources(call: Call) -> Iterator[TaggedResource]:
    for backend in iter_taggable_backends(call.account, call.region):
        yield from backend.iter_tagged_resources()
    yield from _event_rules(call)
    yield from _of_ec2(call)
    if call.region == _HOME:
        yield from _of_iam(call)


def _event_rules(call: Call) -> Iterator[TaggedResource]:
    """Those of the default bus."""
    events = call.world("events")
    for rule in events.event_buses["default"].rules.values():
        tags = events.tagger.get_tag_dict_for_resource(rule.arn)
        yield TaggedResource(rule.arn, tags, "events:rule")


def _of_ec2(call: Call) -> Iterator[TaggedResource]:
    ec2 = call.world("ec2")
    for type_, ids in (
        ("key-pair", [pair.id for pair in ec2.key_pairs.values()]),
        ("launch-template", [*ec2.launch_templates]),
    ):
        for id_ in ids:
            arn = f"arn:{ec2.partition}:ec2:{call.region}:{call.account}:{type_}/{id_}"
            yield TaggedResource(arn, dict(ec2.tags.get(id_, {})), f"ec2:{type_}")


def _of_iam(call: Call) -> Iterator[TaggedResource]:
    """The types that a fleet has; only this region knows them, and roles and users are in none.

    https://docs.aws.amazon.com/ARG/latest/userguide/supported-resources.html
    """
    iam = call.world("iam")
    for policy in iam.managed_policies.values():
        yield TaggedResource(policy.arn, _mapping(policy.get_tags()), "iam:policy")
    for profile in iam.instance_profiles.values():
        yield TaggedResource(profile.arn, _mapping(profile.tags), "iam:instance-profile")
    for provider in iam.open_id_providers.values():
        yield TaggedResource(provider.arn, _mapping(provider.get_tags()), "iam:oidc-provider")


def _mapping(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
