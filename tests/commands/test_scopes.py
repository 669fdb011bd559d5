"""An estate in several accounts and regions: each scope by itself, and all of them side by side."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto.sts.models import sts_backends
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from reconciler.sandbox import Sandbox
from tests.laws.cases import BYSTANDER, Clients, document
from tests.world import world

HERE, THERE, NOWHERE = "123456789012", "210987654321", "999999999999"
REGIONS = ("eu-central-1", "us-west-2")
GROUP = document("SecurityGroup", "web", "{description: A}")
POLICY = BYSTANDER


def estate(*accounts: str, regions: tuple[str, ...] = REGIONS) -> str:
    listed = "".join(f"  - {account}\n" for account in accounts)
    return (
        "apiVersion: reconciler/v1\nkind: Estate\nmetadata: {name: acme}\n"
        f"spec:\n  prefix: ci-\n  regions: [{', '.join(regions)}]\n  accounts:\n{listed}"
    )


OURS = f"'{HERE}'"
BY_ROLE = f"{{id: '{THERE}', role: ci/reconcile, readOnlyRole: look, externalId: key-of-acme}}"
LOST = f"'{NOWHERE}'"


def only_in(where: str, text: str) -> str:
    return text.replace("tags: {}", f"tags: {{}}, {where}")


def groups(aws: Clients) -> dict[tuple[str, str], set[str]]:
    """The names of all groups, by account and region."""
    return {
        (account, region): set(world(seen_from(account, region))["SecurityGroup"])
        for account in (HERE, THERE)
        for region in REGIONS
    }


def seen_from(account: str, region: str) -> Clients:
    if account == HERE:
        return lambda service: boto3.client(service, region_name=region)
    role = f"arn:aws:iam::{account}:role/test"
    got = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return lambda service: boto3.client(
        service,
        region_name=region,
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
    )


def test_what_says_nothing_of_places_is_wanted_in_every_account_and_region(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(GROUP, POLICY, estate=estate(OURS, BY_ROLE))
    applied = reconcile("apply", "--yes")
    assert applied.status == 0, applied
    assert "6 created" in applied.out
    assert set(map(frozenset, groups(aws).values())) == {frozenset({"ci-web"})}
    assert "ci-bystander" in world(seen_from(THERE, REGIONS[0]))["Policy"]
    assert "us-west-2 of 210987654321" in applied.out
    assert reconcile("plan", "--detailed-exitcode").status == 0


def test_a_document_may_say_where_it_is_wanted(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    somewhere = only_in(f"accounts: ['{THERE}'], regions: [us-west-2]", GROUP)
    rest = only_in(f"accounts: ['{HERE}'], regions: [eu-central-1]", GROUP)
    desired(
        somewhere, rest.replace("description: A", "description: B"), estate=estate(OURS, BY_ROLE)
    )
    assert reconcile("apply", "--yes").status == 0
    assert groups(aws) == {
        (HERE, "eu-central-1"): {"ci-web"},
        (HERE, "us-west-2"): set(),
        (THERE, "eu-central-1"): set(),
        (THERE, "us-west-2"): {"ci-web"},
    }
    assert reconcile("plan", "--detailed-exitcode").status == 0
    desired(POLICY, somewhere, estate=estate(OURS, BY_ROLE))
    assert "- delete SecurityGroup/web" in reconcile("apply", "--yes").out
    assert groups(aws)[HERE, "eu-central-1"] == set()
    assert groups(aws)[THERE, "us-west-2"] == {"ci-web"}


def test_an_account_that_is_not_reached_is_told_of_and_nothing_of_it_is_planned(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(GROUP, POLICY, estate=estate(OURS, BY_ROLE))
    reconcile("apply", "--yes")
    second = document("SecurityGroup", "db", "{description: A}")
    desired(second, POLICY, estate=estate(OURS, f"'{THERE}'"))
    planned = reconcile("plan", "--detailed-exitcode")
    assert planned.status == 1
    why = f"account {THERE} could not be read, and nothing of it is planned: the credentials lead"
    assert why in planned.out
    assert planned.out.count("- delete SecurityGroup/web") == 2
    assert planned.out.count("+ create SecurityGroup/db") == 2
    assert "1 unchanged, 1 not reached" in planned.out
    assert reconcile("apply", "--yes").status == 1
    assert groups(aws) == {
        (HERE, "eu-central-1"): {"ci-db"},
        (HERE, "us-west-2"): {"ci-db"},
        (THERE, "eu-central-1"): {"ci-web"},
        (THERE, "us-west-2"): {"ci-web"},
    }
    assert reconcile("status").status == 1
    assert reconcile("destroy", "--yes").status == 1
    assert groups(aws)[THERE, "us-west-2"] == {"ci-web"}


def test_a_region_that_is_not_reached_leaves_the_others_alone(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    # The second region has no VPC by these tags, so nobody can tell which group is meant there.
    boto3.client("ec2").create_tags(
        Resources=[boto3.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]],
        Tags=[{"Key": "Name", "Value": "main"}],
    )
    tagged = document("SecurityGroup", "web", "{description: A, vpc: {tags: {Name: main}}}")
    desired(document("Parameter", "kept", "{value: x}"), POLICY, estate=estate(OURS))
    assert reconcile("apply", "--yes").status == 0
    desired(tagged, POLICY, estate=estate(OURS))
    for form in ("text", "markdown", "html"):
        shown = reconcile("plan", "--format", form)
        assert shown.status == 1
        assert f"us-west-2 of account {HERE} could not be read" in shown.out
    assert json.loads(reconcile("plan", "--format", "json").out)["unreached"][0]["region"] == (
        "us-west-2"
    )
    assert reconcile("apply", "--yes").status == 1
    assert groups(aws)[HERE, "eu-central-1"] == {"ci-web"}
    # What could be read there is not taken for what there is.
    left = {region: world(seen_from(HERE, region))["Parameter"].keys() for region in REGIONS}
    assert left == {"eu-central-1": set(), "us-west-2": {"ci-kept"}}


def test_a_saved_plan_is_stale_where_what_it_touches_can_t_be_read_any_more(
    aws: Clients, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired(GROUP, estate=estate(OURS, BY_ROLE))
    assert reconcile("plan", "--out", "plan.json").status == 0
    desired(GROUP, estate=estate(OURS, f"'{THERE}'"))
    stale = reconcile("apply", "plan.json", "--yes")
    assert stale.status == 5
    assert "could not be read this time" in stale.err
    assert set(map(frozenset, groups(aws).values())) == {frozenset()}


def test_a_look_takes_the_read_only_role_and_a_change_the_other(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(GROUP, estate=estate(OURS, BY_ROLE))
    for command, role in ((["plan"], "look"), (["apply", "--yes"], "ci/reconcile")):
        sts_backends[THERE]["aws"].assumed_roles.clear()
        assert reconcile(*command).status == 0
        taken = sts_backends[THERE]["aws"].assumed_roles
        assert {one.role_arn for one in taken} == {f"arn:aws:iam::{THERE}:role/{role}"}
        assert {one.external_id for one in taken} == {"key-of-acme"}
        assert {one.session_name for one in taken} == {"reconcile-acme"}


def test_nothing_is_done_where_no_account_is_reached(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(GROUP, estate=estate(LOST))
    planned = reconcile("plan")
    assert planned.status == 1
    assert planned.out == ""
    assert f"account {NOWHERE}: the credentials lead to account {HERE}" in planned.err


MANY = (
    *("eu-west-1", "eu-west-2", "eu-central-1", "eu-north-1", "us-east-1", "us-east-2"),
    *("us-west-1", "us-west-2", "ap-south-1", "sa-east-1"),
)


def test_forty_scopes_are_read_side_by_side(
    sandbox: Sandbox, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = (OURS, *(f"{{id: '{number}00000000000', role: a}}" for number in (1, 2, 3)))
    desired(GROUP, estate=estate(*accounts, regions=MANY))
    with none_before_all(sandbox, 40, b"DescribeSecurityGroups") as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        planned = reconcile("plan")
    assert planned.status == 0, planned
    assert "40 to create" in planned.out


def test_twenty_scopes_are_changed_side_by_side(
    sandbox: Sandbox, desired: Callable[..., None], reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired(GROUP, estate=estate(OURS, BY_ROLE, regions=MANY))
    with none_before_all(sandbox, 20, b"CreateSecurityGroup") as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        applied = reconcile("apply", "--yes")
    assert applied.status == 0, applied
    assert "Applied: 20 created." in applied.out


@contextmanager
def none_before_all(sandbox: Sandbox, scopes: int, operation: bytes) -> Iterator[str]:
    """An AWS that does not do this in any scope before it has been asked to in so many."""
    everybody = threading.Barrier(scopes, timeout=20)
    signed = re.compile("Credential=([^/]+)/[0-9]+/([^/]+)/ec2/")
    seen: set[tuple[str, ...]] = set()

    def answer(request: Request) -> Response:
        body = request.get_data()
        who = signed.search(request.headers.get("Authorization", ""))
        if who and operation in body and who.groups() not in seen:
            seen.add(who.groups())
            everybody.wait()
        asked = urllib.request.Request(
            sandbox.endpoint + request.full_path, body, dict(request.headers)
        )
        with urllib.request.urlopen(asked) as told:
            return Response(told.read(), told.status, dict(told.headers))

    server = make_server("127.0.0.1", 0, Request.application(answer), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
