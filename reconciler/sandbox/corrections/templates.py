"""Launch templates: found by id or name, listed in pages, and kept as they were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.filters import matching
from reconciler.sandbox.corrections.found import Data
from reconciler.sandbox.corrections.launch import merged
from reconciler.sandbox.corrections.paging import paged
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplates.html
_MOST = 200
_ALL = {"MaxResults": 10**6}


def version_of(call: Call, named: Mapping[str, Any]) -> Any:
    """moto's version that a LaunchTemplateSpecification names.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and, for the names,
    https://github.com/aws/karpenter-provider-aws/blob/v1.8.8/pkg/errors/errors.go
    """
    template = _template(call, named)
    number = str(named.get("Version") or "$Default")
    numbers = {
        "$Default": template.default_version_number,
        "$Latest": template.latest_version_number,
    }
    for version in template.versions:
        if str(version.number) == str(numbers.get(number, number)):
            return version
    told = f"Could not find the specified version {number} for the launch template {template.id}."
    raise AwsError("InvalidLaunchTemplateId.VersionNotFound", told)


def _template(call: Call, named: Mapping[str, Any]) -> Any:
    ec2 = call.world("ec2")
    name, id_ = named.get("LaunchTemplateName"), named.get("LaunchTemplateId")
    if name:
        id_ = ec2.launch_template_name_to_ids.get(name)
        if not id_:
            raise _no_name(name)
    if id_ not in ec2.launch_templates:
        raise _no_id(str(id_))
    return ec2.launch_templates[id_]


def _no_name(name: str) -> AwsError:
    told = f"The specified launch template, with template name {name}, does not exist."
    return AwsError("InvalidLaunchTemplateName.NotFoundException", told)


def _no_id(id_: str) -> AwsError:
    told = f"The specified launch template, with template ID {id_}, does not exist."
    return AwsError("InvalidLaunchTemplateId.NotFound", told)


def tags(version: Any) -> dict[str, str]:
    """What EC2 writes on the instances that are launched from it."""
    return {
        "aws:ec2launchtemplate:id": version.template.id,
        "aws:ec2launchtemplate:version": str(version.number),
    }


def a_template_s_own_tags_are_not_its_instances(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto writes the tags of the template itself into what the template says.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html
    """
    answer = onward(parameters)
    version = version_of(call, answer["LaunchTemplate"])
    version.data = _data(parameters["LaunchTemplateData"])
    return answer


def a_version_begins_with_its_source(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html"""
    version_of(call, {**parameters, "Version": None})
    source: Data = {}
    if number := parameters.get("SourceVersion"):
        source = version_of(call, {**parameters, "Version": number}).data
    said = {**source, **parameters["LaunchTemplateData"]}
    return onward({**parameters, "LaunchTemplateData": _data(said)})


def _data(said: Mapping[str, Any]) -> Data:
    return {name: part for name, part in said.items() if part is not None}


def only_a_template_that_is_there_is_deleted(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto finds that a parameter is missing.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteLaunchTemplate.html
    """
    _template(call, parameters)
    return onward(parameters)


def templates_are_described_in_pages(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplates.html

    A missing name or id: https://github.com/floci-io/floci/pull/3245
    """
    for id_ in parameters.get("LaunchTemplateIds") or ():
        _template(call, {"LaunchTemplateId": id_})
    for name in parameters.get("LaunchTemplateNames") or ():
        _template(call, {"LaunchTemplateName": name})
    answer = onward({**parameters, **_ALL, "Filters": []})
    paths = {"launch-template-name": "LaunchTemplateName", "create-time": "CreateTime"}
    found = matching(answer["LaunchTemplates"], parameters, paths)
    return _page("LaunchTemplates", found, parameters)


def versions_are_described_in_pages(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html"""
    if parameters.get("LaunchTemplateId") or parameters.get("LaunchTemplateName"):
        for number in parameters.get("Versions") or (None,):
            version_of(call, {**parameters, "Version": number})
    answer = onward({**parameters, **_ALL, "Filters": []})
    found = matching(answer["LaunchTemplateVersions"], parameters, _PATHS)
    return _page("LaunchTemplateVersions", found, parameters)


_PATHS = {
    "is-default-version": "DefaultVersion",
    "create-time": "CreateTime",
    "image-id": "LaunchTemplateData.ImageId",
    "instance-type": "LaunchTemplateData.InstanceType",
}


def _page(result: str, found: list[Data], parameters: Parameters) -> Answer:
    return paged(result, found, {"MaxResults": _MOST, **parameters}, 1, _MOST)


def with_template(call: Call, asked: Parameters) -> tuple[Data, dict[str, str]]:
    """What RunInstances is to launch, with its template's part, and the tags that this brings."""
    named = asked.get("LaunchTemplate")
    if not named:
        return merged({}, asked), {}
    version = version_of(call, named)
    return merged(version.data, asked), tags(version)
