"""OIDC providers: one for an issuer, as trusting as git says, with what AWS finds by itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from reconciler.sandbox.corrections import CORRECTIONS
from tests.laws.cases import BYSTANDER, Clients, document
from tests.world import world

ISSUER = "ci.example.org/group/A_1/"
ARN = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
PLAIN = "{audiences: [sts.amazonaws.com]}"
TAGGING = ("resourcegroupstaggingapi", "GetResources")

Desired = Callable[..., None]
Answering = Callable[[str, str, dict[str, Any]], None]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """AWS gives one answer to an operation, as it does while it lags behind."""

    def answer(service: str, operation: str, always: dict[str, Any]) -> None:
        monkeypatch.setitem(CORRECTIONS[service], operation, [lambda *_: always])

    return answer


def trust(*providers: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": providers[0] if len(providers) == 1 else [*providers]},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def there(aws: Clients) -> Any:
    return world(aws)["OIDCProvider"][f"ci-{ISSUER}"]


def test_its_name_in_aws_is_the_issuer_to_the_letter_and_without_the_prefix(
    aws: Clients, converge: Any
) -> None:
    converge(("OIDCProvider", ISSUER, PLAIN))
    provider = there(aws)
    assert (provider["Arn"], provider["Url"]) == (ARN, ISSUER)
    assert provider["ClientIDList"] == ["sts.amazonaws.com"]


def test_a_thumbprint_that_aws_finds_is_no_difference_and_stays(
    aws: Clients, converge: Any
) -> None:
    converge(("OIDCProvider", ISSUER, PLAIN))
    found = there(aws)["ThumbprintList"]
    assert len(found) == 1
    converge(("OIDCProvider", ISSUER, "{audiences: [other]}"))
    assert there(aws)["ThumbprintList"] == found


def test_thumbprints_that_git_leaves_to_aws_again_stay(aws: Clients, converge: Any) -> None:
    given = f"{{audiences: [sts.amazonaws.com], thumbprints: [{'ab' * 20}]}}"
    converge(("OIDCProvider", ISSUER, given))
    assert "Nothing to do" in converge(("OIDCProvider", ISSUER, PLAIN)).out
    assert there(aws)["ThumbprintList"] == ["ab" * 20]


@pytest.mark.parametrize(
    "other",
    [
        f"{{audiences: [one, two], thumbprints: [{'AB' * 20}, {'cd' * 20}]}}",
        f"{{thumbprints: [{'CD' * 20}, {'aB' * 20}], audiences: [two, one]}}",
    ],
)
def test_order_and_the_case_of_hexadecimal_digits_are_no_difference(
    other: str, converge: Any, desired: Desired, reconcile: Any
) -> None:
    first = f"{{audiences: [two, one], thumbprints: [{'cd' * 20}, {'ab' * 20}]}}"
    converge(("OIDCProvider", ISSUER, first))
    desired(document("OIDCProvider", ISSUER, other))
    assert reconcile("plan", "--detailed-exitcode").status == 0


def test_as_many_audiences_as_aws_takes_can_all_be_exchanged_if_only_for_capitals(
    aws: Clients, converge: Any
) -> None:
    for word in ("ci", "CI"):
        audiences = [f"{word}-{n}" for n in range(100)]
        converge(("OIDCProvider", ISSUER, f"{{audiences: {audiences}}}"))
        assert sorted(there(aws)["ClientIDList"]) == sorted(audiences)


def test_only_what_differs_is_written(sandbox: Sandbox, converge: Any) -> None:
    converge(("OIDCProvider", ISSUER, "{audiences: [a, b, c]}"))
    before = len(sandbox.requests)
    converge(("OIDCProvider", ISSUER, "{audiences: [b, c, d]}"))
    calls = Counter(operation for _, operation in sandbox.requests[before:])
    assert calls["AddClientIDToOpenIDConnectProvider"] == 1
    assert calls["RemoveClientIDFromOpenIDConnectProvider"] == 1
    assert calls["UpdateOpenIDConnectProviderThumbprint"] == 0
    assert calls["TagOpenIDConnectProvider"] == 0


def test_only_what_concerns_us_is_read_one_by_one(
    sandbox: Sandbox, aws: Clients, converge: Any, reconcile: Any
) -> None:
    for n in range(5):
        aws("iam").create_open_id_connect_provider(Url=f"https://cluster-{n}.example.org")
    converge(("OIDCProvider", ISSUER, PLAIN))
    before = len(sandbox.requests)
    assert reconcile("plan", "--detailed-exitcode").status == 0
    calls = Counter(operation for _, operation in sandbox.requests[before:])
    assert calls["ListOpenIDConnectProviders"] == calls["GetOpenIDConnectProvider"] == 1
    assert calls["GetResources"] == 1


def test_what_is_declared_is_ours_before_the_tagging_api_knows_it(
    converge: Any, reconcile: Any, answering: Answering
) -> None:
    answering(*TAGGING, {"ResourceTagMappingList": []})
    converge(("OIDCProvider", ISSUER, PLAIN))
    converge(("OIDCProvider", ISSUER, "{audiences: [other]}"))


def test_what_was_ours_is_let_alone_though_the_tagging_api_still_says_so(
    aws: Clients, converge: Any, desired: Desired, reconcile: Any, answering: Answering
) -> None:
    converge(("OIDCProvider", ISSUER, PLAIN))
    stale = {"ResourceARN": ARN, "Tags": there(aws)["Tags"]}
    answering(*TAGGING, {"ResourceTagMappingList": [stale]})
    aws("iam").untag_open_id_connect_provider(
        OpenIDConnectProviderArn=ARN, TagKeys=["reconciler:estate"]
    )
    desired(BYSTANDER)
    assert "Plan: 1 to create" in reconcile("plan").out


def test_what_has_gone_and_is_listed_still_is_not_there(
    converge: Any, desired: Desired, reconcile: Any, answering: Answering
) -> None:
    answering("iam", "ListOpenIDConnectProviders", {"OpenIDConnectProviderList": [{"Arn": ARN}]})
    desired(document("OIDCProvider", ISSUER, PLAIN))
    assert "Plan: 1 to create" in reconcile("plan").out


def test_what_is_gone_when_it_is_to_go_is_fine(
    aws: Clients, converge: Any, desired: Desired, reconcile: Any, answering: Answering
) -> None:
    converge(("OIDCProvider", ISSUER, PLAIN))
    provider = there(aws)
    stale = {"ResourceARN": ARN, "Tags": provider["Tags"]}
    answering(*TAGGING, {"ResourceTagMappingList": [stale]})
    answering("iam", "ListOpenIDConnectProviders", {"OpenIDConnectProviderList": [{"Arn": ARN}]})
    answering("iam", "GetOpenIDConnectProvider", {**provider})
    aws("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=ARN)
    desired(BYSTANDER)
    applied = reconcile("apply", "--yes")
    assert (applied.status, f"OIDCProvider/{ISSUER} deleted" in applied.out) == (0, True)


def test_who_trusts_it_is_told_before_it_goes(
    aws: Clients, converge: Any, desired: Desired, reconcile: Any
) -> None:
    converge(("OIDCProvider", ISSUER, PLAIN))
    other = ARN.removesuffix("/")
    for name, providers in {"one": [ARN], "two": [other, ARN], "three": [other]}.items():
        aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(*providers))
    everyone = trust(ARN).replace(f'{{"Federated": "{ARN}"}}', '"*"')
    aws("iam").create_role(RoleName="four", AssumeRolePolicyDocument=everyone)
    desired(BYSTANDER)
    planned = reconcile("plan").out
    told = [line.strip() for line in planned.splitlines() if "in use by" in line]
    assert told == ["in use by role one", "in use by role two"]


def test_an_issuer_that_aws_can_t_reach_is_told_with_what_to_do(
    desired: Desired, reconcile: Any
) -> None:
    desired(document("OIDCProvider", "ci.invalid", PLAIN))
    applied = reconcile("apply", "--yes")
    assert applied.status == 1
    told = " ".join(applied.out.split())
    assert (
        "AWS can't reach https://ci.invalid for its certificate: correct the name, or give "
        "spec.thumbprints"
    ) in told
    desired(document("OIDCProvider", "ci.invalid", PLAIN[:-1] + f", thumbprints: [{'a' * 40}]}}"))
    assert reconcile("apply", "--yes").status == 0


def test_another_tag_key_in_other_letters_is_another_tag(
    aws: Clients, desired: Desired, reconcile: Any
) -> None:
    for key in ("team", "Team"):
        desired(document("OIDCProvider", ISSUER, PLAIN, f"{{{key}: a}}"))
        assert reconcile("apply", "--yes").status == 0
        assert reconcile("plan", "--detailed-exitcode").status == 0
        keys = [tag["Key"] for tag in there(aws)["Tags"]]
        assert [key for key in keys if ":" not in key] == [key]


@pytest.mark.parametrize(
    "name",
    [
        "https://ci.example.org",
        "CI.example.org",
        "ci.example.org:8443",
        "ci.example.org/a?b=c",
        "ci.example.org//a",
        "ci.example.org/a~b",
        "ci..example.org",
        "/a",
    ],
)
def test_a_name_that_is_no_issuer_is_told_with_what_one_is(
    name: str, desired: Desired, reconcile: Any
) -> None:
    desired(document("OIDCProvider", f'"{name}"', PLAIN))
    validated = reconcile("validate")
    assert validated.status == 1
    assert f"'{name}' is not an issuer without https:// and with a small host" in validated.err


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("{}", "`audiences` is missing"),
        ("{audiences: [a, a]}", "'a' stands here twice"),
        ("{audiences: ['']}", "it is empty"),
        (f"{{audiences: [{'a' * 256}]}}", "is too long: 255 at most"),
        (f"{{audiences: {[str(n) for n in range(101)]}}}", "is too long: 100 at most"),
        (f"{{audiences: [], thumbprints: [{'a' * 39}]}}", "is not a certificate's SHA-1"),
        (f"{{audiences: [], thumbprints: [{'g' * 40}]}}", "is not a certificate's SHA-1"),
        (f"{{audiences: [], thumbprints: {[c * 40 for c in 'abcdef']}}}", "too long: 5 at most"),
    ],
)
def test_what_aws_would_not_take_is_told_before(
    spec: str, told: str, desired: Desired, reconcile: Any
) -> None:
    desired(document("OIDCProvider", ISSUER, spec))
    validated = reconcile("validate")
    assert validated.status == 1
    assert told in validated.err


def test_the_longest_name_still_fits_the_tag_that_holds_it(
    converge: Any, desired: Desired, reconcile: Any
) -> None:
    longest = "ci.example.org/" + "a" * 228
    converge(("OIDCProvider", longest, PLAIN))
    desired(document("OIDCProvider", f"{longest}a", PLAIN))
    assert "is too long: 243 at most" in reconcile("validate").err
