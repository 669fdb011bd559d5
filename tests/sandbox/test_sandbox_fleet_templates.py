"""Launch templates, as they are kept and listed."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.sandbox.fleet_world import mapping, tags


@pytest.fixture(scope="module")
def ec2(server: Sandbox, clients: Any) -> Any:
    server.reset()
    made = clients("ec2")
    for n in range(8):
        made.create_launch_template(
            LaunchTemplateName=f"template-{n}",
            LaunchTemplateData={"InstanceType": "m5.large", "KeyName": f"key-{n}"},
            TagSpecifications=[tags("launch-template", Estate="acme" if n < 7 else "other")],
        )
    return made


OURS = [{"Name": "tag:Estate", "Values": ["acme"]}]


def listed(ec2: Any, operation: str, result: str, **asked: Any) -> list[list[Any]]:
    pages = ec2.get_paginator(operation).paginate(**asked)
    return [page[result] for page in pages]


def test_templates_come_in_pages_and_by_tag(ec2: Any, refused: Any) -> None:
    pages = listed(
        ec2,
        "describe_launch_templates",
        "LaunchTemplates",
        Filters=OURS,
        PaginationConfig={"PageSize": 3},
    )
    names = [[one["LaunchTemplateName"] for one in page] for page in pages]
    assert [len(page) for page in names] == [3, 3, 1]
    assert sorted(name for page in names for name in page) == [f"template-{n}" for n in range(7)]
    assert mapping(pages[0][0]["Tags"]) == {"Estate": "acme"}
    with refused("InvalidParameterValue"):
        ec2.describe_launch_templates(MaxResults=201)


def test_what_a_template_says_is_what_it_was_given(ec2: Any) -> None:
    """Its own tags are none of its instances'."""
    answer = ec2.describe_launch_template_versions(LaunchTemplateName="template-3")
    (version,) = answer["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"] == {"InstanceType": "m5.large", "KeyName": "key-3"}
    assert (version["VersionNumber"], version["DefaultVersion"]) == (1, True)


def test_the_default_versions_of_all_templates_come_in_pages(ec2: Any) -> None:
    pages = listed(
        ec2,
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        Versions=["$Default"],
        PaginationConfig={"PageSize": 5},
    )
    assert [len(page) for page in pages] == [5, 3]
    keys = sorted(one["LaunchTemplateData"]["KeyName"] for page in pages for one in page)
    assert keys == [f"key-{n}" for n in range(8)]


def test_who_is_asked_for_and_missing_is_an_error(ec2: Any, refused: Any) -> None:
    with refused("InvalidLaunchTemplateId.NotFound"):
        ec2.describe_launch_templates(LaunchTemplateIds=["lt-00000000000000000"])
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        ec2.describe_launch_templates(LaunchTemplateNames=["gone"])
    with refused("InvalidLaunchTemplateId.VersionNotFound"):
        ec2.describe_launch_template_versions(LaunchTemplateName="template-3", Versions=["9"])
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        ec2.delete_launch_template(LaunchTemplateName="gone")
    with refused("InvalidLaunchTemplateId.NotFound"):
        ec2.delete_launch_template(LaunchTemplateId="lt-00000000000000000")


def test_a_version_begins_with_what_its_source_says(ec2: Any) -> None:
    made = ec2.create_launch_template_version(
        LaunchTemplateName="template-4",
        SourceVersion="1",
        LaunchTemplateData={"InstanceType": "c5.large"},
    )["LaunchTemplateVersion"]
    assert made["VersionNumber"] == 2
    assert made["LaunchTemplateData"] == {"InstanceType": "c5.large", "KeyName": "key-4"}
    alone = ec2.create_launch_template_version(
        LaunchTemplateName="template-4", LaunchTemplateData={"InstanceType": "c5.large"}
    )["LaunchTemplateVersion"]
    assert alone["LaunchTemplateData"] == {"InstanceType": "c5.large"}
