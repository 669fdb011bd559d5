"""What AWS does with OpenID Connect providers."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest

URL = "https://ci.example.org/group/A_1"
ARN = "arn:aws:iam::123456789012:oidc-provider/ci.example.org/group/A_1"
NOWHERE = "arn:aws:iam::123456789012:oidc-provider/none.example.org"


@pytest.fixture
def iam(client: Any) -> Any:
    return client("iam")


def made(iam: Any, url: str = URL, **more: Any) -> str:
    answer = iam.create_open_id_connect_provider(Url=url, **more)
    return str(answer["OpenIDConnectProviderArn"])


def shown(iam: Any, arn: str = ARN) -> Any:
    return iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def listed(iam: Any) -> list[str]:
    found = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return [provider["Arn"] for provider in found]


def test_a_provider_is_known_by_its_issuer_without_https(iam: Any) -> None:
    assert made(iam, ClientIDList=["one"], ThumbprintList=["ab" * 20]) == ARN
    assert listed(iam) == [ARN]
    provider = shown(iam)
    assert provider["Url"] == URL.removeprefix("https://")
    assert (provider["ClientIDList"], provider["ThumbprintList"]) == (["one"], ["ab" * 20])


def test_an_issuer_has_one_provider_and_a_slash_makes_another_issuer(
    iam: Any, refused: Any
) -> None:
    made(iam)
    with refused("EntityAlreadyExists") as told:
        made(iam)
    assert f"Provider with url {URL} already exists." in str(told.value)
    assert made(iam, f"{URL}/") == f"{ARN}/"


@pytest.mark.parametrize(
    ("url", "code"), [("http://ci.example.org", "InvalidInput"), ("example", "ValidationError")]
)
def test_an_issuer_is_given_by_https(url: str, code: str, iam: Any, refused: Any) -> None:
    with refused(code):
        made(iam, url)
    assert listed(iam) == []


def test_a_thumbprint_is_found_where_none_is_given(iam: Any) -> None:
    (found,) = shown(iam, made(iam))["ThumbprintList"]
    assert re.fullmatch("[0-9a-f]{40}", found)


def test_an_issuer_that_can_t_be_reached_needs_a_thumbprint(iam: Any, refused: Any) -> None:
    with refused("OpenIdIdpCommunicationError"):
        made(iam, "https://ci.invalid/a")
    assert listed(iam) == []
    made(iam, "https://ci.invalid/a", ThumbprintList=["ab" * 20])


def test_thumbprints_are_one_to_five_and_shown_small(iam: Any, refused: Any) -> None:
    six = [f"{n}" * 40 for n in range(6)]
    with refused("InvalidInput"):
        made(iam, ThumbprintList=six)
    made(iam, ThumbprintList=["AB" * 20])
    assert shown(iam)["ThumbprintList"] == ["ab" * 20]
    update = partial(iam.update_open_id_connect_provider_thumbprint, OpenIDConnectProviderArn=ARN)
    for wrong in ([], six):
        with refused("InvalidInput"):
            update(ThumbprintList=wrong)
    update(ThumbprintList=["CD" * 20, *six[:4]])
    assert shown(iam)["ThumbprintList"] == ["cd" * 20, *six[:4]]


def test_audiences_come_and_go_and_twice_is_once(iam: Any) -> None:
    made(iam, ClientIDList=["one"])
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=ARN, ClientID="two")
    assert shown(iam)["ClientIDList"] == ["one", "two"]
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(
            OpenIDConnectProviderArn=ARN, ClientID="one"
        )
    assert shown(iam)["ClientIDList"] == ["two"]


def test_a_provider_has_a_hundred_audiences_at_most(iam: Any, refused: Any) -> None:
    made(iam, ClientIDList=[f"{n}" for n in range(100)])
    add = partial(iam.add_client_id_to_open_id_connect_provider, OpenIDConnectProviderArn=ARN)
    with refused("LimitExceeded"):
        add(ClientID="more")
    add(ClientID="7")


def test_a_tag_s_key_is_known_by_its_case_as_well(iam: Any) -> None:
    made(iam, Tags=[{"Key": "Team", "Value": "a"}])
    iam.tag_open_id_connect_provider(
        OpenIDConnectProviderArn=ARN, Tags=[{"Key": "team", "Value": "b"}]
    )
    iam.tag_open_id_connect_provider(
        OpenIDConnectProviderArn=ARN, Tags=[{"Key": "Team", "Value": "c"}]
    )
    tags = [{"Key": "Team", "Value": "c"}, {"Key": "team", "Value": "b"}]
    assert shown(iam)["Tags"] == tags
    answer = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=ARN)
    assert answer["Tags"] == tags
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=ARN, TagKeys=["Team", "none"])
    assert shown(iam)["Tags"] == tags[1:]


def test_what_is_not_there_can_t_be_asked_for_anything(iam: Any, refused: Any) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    for call in (
        iam.get_open_id_connect_provider,
        iam.delete_open_id_connect_provider,
        partial(iam.add_client_id_to_open_id_connect_provider, ClientID="a"),
        partial(iam.remove_client_id_from_open_id_connect_provider, ClientID="a"),
        partial(iam.update_open_id_connect_provider_thumbprint, ThumbprintList=["ab" * 20]),
        partial(iam.tag_open_id_connect_provider, Tags=tags),
        partial(iam.untag_open_id_connect_provider, TagKeys=["team"]),
        iam.list_open_id_connect_provider_tags,
    ):
        with refused("NoSuchEntity"):
            call(OpenIDConnectProviderArn=NOWHERE)


def test_a_deleted_provider_is_gone(iam: Any) -> None:
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=made(iam))
    assert listed(iam) == []


def test_the_tagging_api_finds_it(client: Any, iam: Any) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    made(iam, Tags=tags)
    made(iam, "https://other.example.org")
    answer = client("resourcegroupstaggingapi").get_resources(
        ResourceTypeFilters=["iam:oidc-provider"]
    )
    assert answer["ResourceTagMappingList"] == [{"ResourceARN": ARN, "Tags": tags}]
