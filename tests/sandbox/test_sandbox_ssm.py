"""What AWS does with parameters and documents."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest

TAGS = [{"Key": "team", "Value": "ci"}]
POLICY = {
    "Type": "NoChangeNotification",
    "Version": "1.0",
    "Attributes": {"After": "20", "Unit": "Days"},
}


@pytest.fixture
def ssm(client: Any) -> Any:
    return client("ssm")


def put(ssm: Any, name: str = "setting", value: str = "on", **more: Any) -> Any:
    return ssm.put_parameter(Name=name, Value=value, **({"Type": "String"} | more))


def shown(ssm: Any, name: str = "setting") -> Any:
    by_name = [{"Key": "Name", "Values": [name]}]
    (found,) = ssm.describe_parameters(ParameterFilters=by_name)["Parameters"]
    return found


def test_a_description_of_a_parameter_has_everything_but_its_value(ssm: Any) -> None:
    put(
        ssm,
        Type="SecureString",
        Description="what for",
        Tier="Advanced",
        AllowedPattern="^o",
        DataType="text",
        KeyId="alias/mine",
        Policies=json.dumps([POLICY]),
    )
    found = shown(ssm)
    told = {key: found[key] for key in ("Type", "Description", "Tier", "AllowedPattern")}
    assert told == {
        "Type": "SecureString",
        "Description": "what for",
        "Tier": "Advanced",
        "AllowedPattern": "^o",
    }
    assert (found["Version"], found["DataType"], found["KeyId"]) == (1, "text", "alias/mine")
    (policy,) = found["Policies"]
    assert json.loads(policy["PolicyText"]) == POLICY
    assert policy["PolicyType"] == "NoChangeNotification"


def test_an_empty_policy_takes_the_policies_away(ssm: Any) -> None:
    put(ssm, Tier="Advanced", Policies=json.dumps([POLICY]))
    put(ssm, Tier="Advanced", Policies="[{}]", Overwrite=True)
    assert shown(ssm)["Policies"] == []


def test_a_description_and_a_pattern_are_emptied(ssm: Any) -> None:
    put(ssm, Description="what for", AllowedPattern="^on$")
    put(ssm, value="off", Description="", AllowedPattern="", Overwrite=True)
    found = shown(ssm)
    assert (found.get("Description", ""), found.get("AllowedPattern", "")) == ("", "")


def test_a_name_is_taken_unless_it_is_overwritten(ssm: Any, refused: Any) -> None:
    put(ssm)
    with refused("ParameterAlreadyExists"):
        put(ssm)
    assert put(ssm, Overwrite=True)["Version"] == 2


def test_tags_and_overwrite_are_not_taken_together(ssm: Any, refused: Any) -> None:
    with refused("ValidationException"):
        put(ssm, Tags=TAGS, Overwrite=True)


def test_a_value_must_fit_its_pattern(ssm: Any, refused: Any) -> None:
    with refused("ParameterPatternMismatchException"):
        put(ssm, value="maybe", AllowedPattern="^(on|off)$")
    put(ssm, value="on", AllowedPattern="^(on|off)$")
    with refused("ParameterPatternMismatchException"):
        put(ssm, value="maybe", Overwrite=True)
    put(ssm, value="maybe", AllowedPattern="", Overwrite=True)


def test_a_path_must_begin_with_a_slash(ssm: Any, refused: Any) -> None:
    with refused("ValidationException"):
        put(ssm, "team/setting")
    put(ssm, "/team/setting")


def test_a_parameter_keeps_its_type(ssm: Any, refused: Any) -> None:
    put(ssm)
    with refused("HierarchyTypeMismatchException"):
        put(ssm, Type="SecureString", Overwrite=True)


def test_an_advanced_parameter_stays_advanced(ssm: Any, refused: Any) -> None:
    put(ssm, Tier="Advanced")
    with refused("ValidationException"):
        put(ssm, Tier="Standard", Overwrite=True)
    assert put(ssm, Tier="Intelligent-Tiering", Overwrite=True)["Tier"] == "Advanced"


@pytest.mark.parametrize(
    ("size", "policies", "tier"), [(4096, [], "Standard"), (4097, [], "Advanced")]
)
def test_intelligent_tiering_is_answered_as_what_it_chose(
    ssm: Any, size: int, policies: Any, tier: str
) -> None:
    put(ssm, value="x" * size, Tier="Intelligent-Tiering", Policies=json.dumps(policies))
    assert shown(ssm)["Tier"] == tier


def test_a_large_value_and_policies_need_the_advanced_tier(ssm: Any, refused: Any) -> None:
    with refused("ValidationException"):
        put(ssm, value="x" * 4097)
    with refused("ValidationException"):
        put(ssm, Policies=json.dumps([POLICY]))
    with refused("ValidationException"):
        put(ssm, value="x" * 8193, Tier="Advanced")


def test_parameters_come_as_many_as_asked_for(ssm: Any, refused: Any) -> None:
    for n in range(27):
        put(ssm, f"/n/{n:02}")
    for size, wanted in ((50, [27]), (25, [25, 2]), (9, [9, 9, 9])):
        pages = ssm.get_paginator("describe_parameters").paginate(
            PaginationConfig={"PageSize": size}
        )
        names = [[one["Name"] for one in page["Parameters"]] for page in pages]
        assert [len(page) for page in names] == wanted
        assert list(chain(*names)) == [f"/n/{n:02}" for n in range(27)]
    assert len(ssm.describe_parameters()["Parameters"]) == 10
    with refused("InvalidNextToken"):
        ssm.describe_parameters(NextToken="mine")


def test_parameters_are_found_by_fifty_tags_or_names(ssm: Any) -> None:
    for n in range(3):
        put(ssm, f"/n/{n}", Tags=[{"Key": "n", "Value": str(n)}])
    for key, values in (("tag:n", range(1, 51)), ("Name", [f"/n/{n}" for n in range(1, 51)])):
        wanted = [{"Key": key, "Values": [str(value) for value in values]}]
        found = ssm.describe_parameters(ParameterFilters=wanted, MaxResults=50)["Parameters"]
        assert [one["Name"] for one in found] == ["/n/1", "/n/2"]


def content(what: str) -> str:
    step = {"action": "aws:runShellScript", "name": "one", "inputs": {"runCommand": [what]}}
    return json.dumps({"schemaVersion": "2.2", "description": what, "mainSteps": [step]})


def create(ssm: Any, name: str = "document", **more: Any) -> Any:
    made = ssm.create_document(Name=name, DocumentType="Command", Content=content("ls"), **more)
    return made["DocumentDescription"]


def update(ssm: Any, what: str, **more: Any) -> Any:
    made = ssm.update_document(
        Name="document", Content=content(what), DocumentVersion="$LATEST", **more
    )
    return made["DocumentDescription"]


def listed(ssm: Any) -> Any:
    mine = [{"Key": "Owner", "Values": ["Self"]}]
    return ssm.list_documents(Filters=mine)["DocumentIdentifiers"]


def test_a_listing_of_documents_tells_of_the_default_version(ssm: Any) -> None:
    given = {"TargetType": "/AWS::EC2::Instance", "DisplayName": "List", "VersionName": "one"}
    create(ssm, Tags=TAGS, DocumentFormat="JSON", **given)
    update(ssm, "pwd", VersionName="two", DisplayName="Where")
    (found,) = listed(ssm)
    assert {key: found[key] for key in given} == given
    assert (found["DocumentVersion"], found["DocumentFormat"]) == ("1", "JSON")
    assert found["Tags"] == TAGS
    ssm.update_document_default_version(Name="document", DocumentVersion="2")
    (found,) = listed(ssm)
    told = [found[key] for key in ("DocumentVersion", "VersionName", "DisplayName")]
    assert told == ["2", "two", "Where"]


def test_a_new_version_keeps_the_display_name_when_none_is_given(ssm: Any) -> None:
    assert create(ssm, DisplayName="List")["DisplayName"] == "List"
    assert update(ssm, "pwd")["DisplayName"] == "List"
    described = ssm.describe_document(Name="document", DocumentVersion="2")["Document"]
    assert described["DisplayName"] == "List"


def test_documents_come_as_many_as_asked_for(ssm: Any) -> None:
    for n in range(12):
        create(ssm, f"document-{n}")
    pages = ssm.get_paginator("list_documents").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["DocumentIdentifiers"]) for page in pages] == [5, 5, 2]


def test_the_same_content_is_no_new_version(ssm: Any, refused: Any) -> None:
    create(ssm)
    with refused("DuplicateDocumentContent"):
        update(ssm, "ls")


def test_the_name_of_a_version_is_taken_once(ssm: Any, refused: Any) -> None:
    create(ssm, VersionName="one")
    with refused("DuplicateDocumentVersionName"):
        update(ssm, "pwd", VersionName="one")


@pytest.mark.parametrize(
    ("version", "number", "what"),
    [("$LATEST", "2", "pwd"), ("$DEFAULT", "1", "ls"), ("1", "1", "ls"), (None, "1", "ls")],
)
def test_a_document_is_read_by_version(
    ssm: Any, version: str | None, number: str, what: str
) -> None:
    create(ssm)
    update(ssm, "pwd")
    asked = {"DocumentVersion": version} if version else {}
    answer = ssm.get_document(Name="document", **asked)
    assert (answer["DocumentVersion"], answer["Content"]) == (number, content(what))


def test_a_version_that_is_not_there_is_called_that(ssm: Any, refused: Any) -> None:
    create(ssm)
    for call in (
        ssm.get_document,
        ssm.describe_document,
        ssm.update_document_default_version,
    ):
        with refused("InvalidDocumentVersion"):
            call(Name="document", DocumentVersion="9")
        with refused("InvalidDocument"):
            call(Name="another", DocumentVersion="9")


def test_the_versions_of_a_document_are_listed(ssm: Any, refused: Any) -> None:
    create(ssm, VersionName="one")
    update(ssm, "pwd")
    versions = ssm.list_document_versions(Name="document")["DocumentVersions"]
    told = [(v["DocumentVersion"], v.get("VersionName"), v["IsDefaultVersion"]) for v in versions]
    assert told == [("2", None, False), ("1", "one", True)]
    with refused("InvalidDocument"):
        ssm.list_document_versions(Name="another")
