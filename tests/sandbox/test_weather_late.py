"""late: what was made shows late, what was deleted shows still, and all of it comes right."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from reconciler.sandbox import Sandbox

SEEDS = range(7)
POWER = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
    }
)
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
CONTENT = json.dumps({"schemaVersion": "2.2", "mainSteps": []})
ACCOUNT = "123456789012"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/one"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/one.example.com"


class Ways(NamedTuple):
    """How a resource comes, is seen in a listing or by itself, and goes."""

    make: Callable[[Any], Any]
    listed: Callable[[Any], bool]
    got: Callable[[Any], Any]
    end: Callable[[Any], Any]
    missing: str


WAYS: dict[str, tuple[str, Ways]] = {
    "role": (
        "iam",
        Ways(
            lambda iam: iam.create_role(RoleName="one", AssumeRolePolicyDocument=TRUST),
            lambda iam: "one" in [role["RoleName"] for role in iam.list_roles()["Roles"]],
            lambda iam: iam.get_role(RoleName="one"),
            lambda iam: iam.delete_role(RoleName="one"),
            "NoSuchEntity",
        ),
    ),
    "role in the details": (
        "iam",
        Ways(
            lambda iam: iam.create_role(RoleName="one", AssumeRolePolicyDocument=TRUST),
            lambda iam: bool(
                iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
            ),
            lambda iam: iam.list_role_policies(RoleName="one"),
            lambda iam: iam.delete_role(RoleName="one"),
            "NoSuchEntity",
        ),
    ),
    "policy": (
        "iam",
        Ways(
            lambda iam: iam.create_policy(PolicyName="one", PolicyDocument=POWER),
            lambda iam: bool(iam.list_policies(Scope="Local")["Policies"]),
            lambda iam: iam.get_policy(PolicyArn=POLICY),
            lambda iam: iam.delete_policy(PolicyArn=POLICY),
            "NoSuchEntity",
        ),
    ),
    "profile": (
        "iam",
        Ways(
            lambda iam: iam.create_instance_profile(InstanceProfileName="one"),
            lambda iam: bool(iam.list_instance_profiles()["InstanceProfiles"]),
            lambda iam: iam.get_instance_profile(InstanceProfileName="one"),
            lambda iam: iam.delete_instance_profile(InstanceProfileName="one"),
            "NoSuchEntity",
        ),
    ),
    "provider": (
        "iam",
        Ways(
            lambda iam: iam.create_open_id_connect_provider(Url="https://one.example.com"),
            lambda iam: bool(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]),
            lambda iam: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER),
            lambda iam: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER),
            "NoSuchEntity",
        ),
    ),
    "key": (
        "ec2",
        Ways(
            lambda ec2: ec2.create_key_pair(KeyName="one"),
            lambda ec2: bool(ec2.describe_key_pairs()["KeyPairs"]),
            lambda ec2: ec2.describe_key_pairs(KeyNames=["one"]),
            lambda ec2: ec2.delete_key_pair(KeyName="one"),
            "InvalidKeyPair.NotFound",
        ),
    ),
    "parameter": (
        "ssm",
        Ways(
            lambda ssm: ssm.put_parameter(Name="/one", Type="String", Value="x"),
            lambda ssm: bool(ssm.describe_parameters()["Parameters"]),
            lambda ssm: ssm.get_parameter(Name="/one"),
            lambda ssm: ssm.delete_parameter(Name="/one"),
            "ParameterNotFound",
        ),
    ),
    "document": (
        "ssm",
        Ways(
            lambda ssm: ssm.create_document(Name="one", Content=CONTENT, DocumentType="Command"),
            lambda ssm: bool(
                ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])[
                    "DocumentIdentifiers"
                ]
            ),
            lambda ssm: ssm.get_document(Name="one"),
            lambda ssm: ssm.delete_document(Name="one"),
            "InvalidDocument",
        ),
    ),
}

each = pytest.mark.parametrize(("service", "ways"), WAYS.values(), ids=WAYS)


def code(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def works(call: Callable[[], Any]) -> bool:
    return not code(call)


def gone(call: Callable[[], Any]) -> bool:
    return code(call) == "NoSuchEntity"


def looks_until(seen: Callable[[], Any], most: int = 25) -> int:
    """How often one has to look."""
    return next(n for n in range(most) if seen())


@each
def test_what_was_made_shows_late_in_listings_and_in_gets(
    service: str, ways: Ways, client: Any, sandbox: Sandbox
) -> None:
    aws, listed, got = client(service), [], []
    for seed in SEEDS:
        sandbox.weather("late", seed)
        ways.make(aws)
        missing = code(lambda: ways.got(aws))
        assert missing in ("", ways.missing)
        got.append(bool(missing))
        listed.append(looks_until(lambda: ways.listed(aws)))
        looks_until(lambda: not code(lambda: ways.got(aws)))
        assert ways.listed(aws)
        sandbox.weather("fair")
        ways.end(aws)
    assert {bool(looks) for looks in listed} == set(got) == {True, False}


@each
def test_what_was_deleted_shows_still(
    service: str, ways: Ways, client: Any, sandbox: Sandbox
) -> None:
    aws, listed, got = client(service), [], []
    for seed in SEEDS:
        sandbox.weather("fair")
        ways.make(aws)
        sandbox.weather("late", seed)
        assert ways.listed(aws)
        ways.got(aws)
        ways.end(aws)
        got.append(code(lambda: ways.got(aws)))
        listed.append(looks_until(lambda: not ways.listed(aws)))
        looks_until(lambda: code(lambda: ways.got(aws)))
    assert {bool(looks) for looks in listed} == {True, False}
    # A listing by name is no answer of its own to remember.
    assert service == "ec2" or set(got) == {"", ways.missing}


def test_time_alone_brings_everything_too(client: Any, sandbox: Sandbox) -> None:
    iam, late = client("iam"), 0
    for name in [f"r{number}" for number in range(9)]:
        sandbox.weather("late")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        late += bool(code(partial(iam.get_role, RoleName=name)))
        sandbox.turn(90)
        iam.get_role(RoleName=name)
    assert 0 < late < 9


def test_a_role_that_is_not_known_yet_goes_into_no_profile(client: Any, sandbox: Sandbox) -> None:
    iam, looks = client("iam"), []
    for seed in SEEDS:
        names = {"InstanceProfileName": f"p{seed}", "RoleName": f"r{seed}"}
        sandbox.weather("fair")
        iam.create_instance_profile(InstanceProfileName=names["InstanceProfileName"])
        sandbox.weather("late", seed)
        iam.create_role(RoleName=names["RoleName"], AssumeRolePolicyDocument=TRUST)
        add = partial(iam.add_role_to_instance_profile, **names)
        looks.append(looks_until(partial(works, add)))
    assert {bool(n) for n in looks} == {True, False}


def test_a_user_s_name_and_password_may_not_be_changed_yet(client: Any, sandbox: Sandbox) -> None:
    iam, came = client("iam"), set()
    for seed in range(16):
        sandbox.weather("late", seed)
        user = {"UserName": f"u{seed}"}
        iam.create_user(**user)
        iam.create_login_profile(**user, Password="a long Passw0rd")
        rename = partial(iam.update_user, **user, NewPath="/x/")
        close = partial(iam.delete_login_profile, **user)
        came.add((code(rename), code(close)))
        assert code(partial(iam.get_user, **user)) == ""
        looks_until(partial(works, rename))
        looks_until(partial(gone, close))
    not_yet = "EntityTemporarilyUnmodifiable"
    assert {("", ""), (not_yet, ""), ("", not_yet)} <= came


def test_a_security_group_may_not_be_there_for_what_comes_next(
    client: Any, sandbox: Sandbox
) -> None:
    ec2, came = client("ec2"), set()
    for seed in range(16):
        sandbox.weather("late", seed)
        id_ = ec2.create_security_group(GroupName=f"g{seed}", Description="d")["GroupId"]
        tag = partial(ec2.create_tags, Resources=[id_], Tags=[{"Key": "k", "Value": "v"}])
        describe = partial(ec2.describe_security_groups, GroupIds=[id_])
        came.add((code(tag), code(describe)))
        looks_until(partial(works, describe))
        looks_until(partial(works, tag))
    missing = "InvalidGroup.NotFound"
    assert {("", ""), (missing, ""), ("", missing)} <= came


def test_the_tagging_api_hears_late_of_new_things_other_tags_and_ends(
    client: Any, sandbox: Sandbox
) -> None:
    ssm, tagging, late = client("ssm"), client("resourcegroupstaggingapi"), [0, 0, 0]

    def tags() -> list[str]:
        found = tagging.get_resources(ResourceTypeFilters=["ssm:parameter"])
        return [tag["Value"] for e in found["ResourceTagMappingList"] for tag in e["Tags"]]

    def tagged(value: str) -> list[dict[str, str]]:
        return [{"Key": "k", "Value": value}]

    for seed in range(12):
        sandbox.weather("late", seed)
        ssm.put_parameter(Name="/a/one", Type="String", Value="x", Tags=tagged("old"))
        late[0] += bool(looks_until(lambda: tags() == ["old"]))
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="/a/one", Tags=tagged("new"))
        late[1] += bool(looks_until(lambda: tags() == ["new"]))
        ssm.delete_parameter(Name="/a/one")
        late[2] += bool(looks_until(lambda: tags() == []))
    assert all(0 < times < 12 for times in late)


def test_what_changes_a_parameter_sees_it_at_once(client: Any, sandbox: Sandbox) -> None:
    ssm = client("ssm")
    for seed in SEEDS:
        sandbox.weather("late", seed)
        ssm.put_parameter(Name="p", Type="String", Value="x")
        ssm.add_tags_to_resource(
            ResourceType="Parameter", ResourceId="p", Tags=[{"Key": "k", "Value": "v"}]
        )
        ssm.delete_parameter(Name="p")


def test_a_sky_that_clears_shows_all_that_there_is(client: Any, sandbox: Sandbox) -> None:
    iam = client("iam")
    for seed in SEEDS:
        sandbox.weather("late", seed)
        iam.create_role(RoleName=f"r{seed}", AssumeRolePolicyDocument=TRUST)
        sandbox.weather("fair")
        assert len(iam.list_roles()["Roles"]) == seed + 1
