"""What `reconcile permissions` prints: no more than the documents need, and all of that."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from reconciler.aws.changing_calls import CALLS
from reconciler.kinds import STANDING
from tests.laws.cases import BYSTANDER, document
from tests.permissions.allowed import every_kind

EXAMPLE = Path(__file__).parents[2] / "desired"
HERE, THERE = "123456789012", "210987654321"
TRUST = (
    '{Version: "2012-10-17", Statement: {Effect: Allow, Action: "sts:AssumeRole", '
    "Principal: {Service: ec2.amazonaws.com}}}"
)
SCRIPT = (
    '{schemaVersion: "2.2", mainSteps: [{action: "aws:runShellScript", name: a, '
    "inputs: {runCommand: [date]}}]}"
)
LOOKS = {"AssumeRoles", "JournalRead", "Look", "NoticesRead", "Values"}
Statements = Mapping[str, Mapping[str, Any]]


def estate(accounts: str = f"'{HERE}'", regions: str = "eu-central-1", more: str = "") -> str:
    return (
        "apiVersion: reconciler/v1\nkind: Estate\nmetadata: {name: acme}\n"
        f"spec: {{prefix: ci-, accounts: [{accounts}], regions: [{regions}]{more}}}\n"
    )


@pytest.fixture
def printed(reconcile: Any) -> Callable[..., Statements]:
    """The statements that the command prints, by Sid."""

    def run(*options: str) -> Statements:
        ran = reconcile("permissions", *options)
        assert ran.status == 0, ran
        policy = json.loads(ran.out)
        assert policy["Version"] == "2012-10-17"
        assert {one["Effect"] for one in policy["Statement"]} == {"Allow"}
        sids = [one["Sid"] for one in policy["Statement"]]
        assert sids == sorted(set(sids))
        return {one["Sid"]: one for one in policy["Statement"]}

    return run


def listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def actions(statements: Statements) -> set[str]:
    return {action for one in statements.values() for action in listed(one["Action"])}


def test_everything_fits_into_one_managed_policy_that_we_would_take_ourselves(
    reconcile: Any, tmp_path: Path, desired: Callable[..., None]
) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    every_kind(folder)
    for path, options in (
        (folder, []),
        (folder, ["--read-only"]),
        (folder, ["--account", THERE]),
        (EXAMPLE, []),
        (EXAMPLE, ["--read-only"]),
    ):
        told = reconcile("permissions", str(path), *options)
        assert "characters" not in told.err
        assert reconcile("permissions", str(path), *options) == told
        # Validating holds the actions, the ARNs, the conditions and the size to AWS's rules.
        desired(document("Policy", "self", f"{{document: {json.dumps(json.loads(told.out))}}}"))
        assert reconcile("validate").status == 0


def test_every_action_is_one_of_aws_s(tmp_path: Path, printed: Any) -> None:
    every_kind(tmp_path)
    services = {"tag": "resourcegroupstaggingapi"}
    session = botocore.session.get_session()
    for action in actions(printed(str(tmp_path))) - {"iam:PassRole"}:
        prefix, operation = action.split(":")
        model = session.get_service_model(services.get(prefix, prefix))
        assert operation in model.operation_names, action


def test_a_look_changes_nothing(tmp_path: Path, printed: Any) -> None:
    every_kind(tmp_path)
    looks = printed(str(tmp_path), "--read-only")
    assert set(looks) == LOOKS
    operations = {action.split(":")[1] for action in actions(looks)} - {"AssumeRole"}
    # A message that was received stays in its queue.
    reading = ("Describe", "Filter", "Get", "List", "Lookup", "Receive")
    assert all(one.startswith(reading) for one in operations)
    whole = printed(str(tmp_path))
    assert {sid: whole[sid] for sid in LOOKS - {"AssumeRoles"}} == {
        sid: looks[sid] for sid in LOOKS - {"AssumeRoles"}
    }


def test_only_what_is_declared_can_be_changed_and_everything_can_be_seen(
    desired: Callable[..., None], printed: Any
) -> None:
    desired(BYSTANDER)
    statements = printed()
    assert set(statements) == {"Lock", "Look", "Policies", "Values"}
    desired(document("Parameter", "one", "{value: a}"))
    others = printed()
    assert set(others) == {"Lock", "Look", "Parameters", "Values"}
    assert others["Look"] == statements["Look"]


def test_names_are_known_by_the_prefix_and_others_one_by_one(
    desired: Callable[..., None], printed: Any
) -> None:
    named = "name: one, annotations: {reconciler/name: %s}"
    desired(
        document("Role", "one", f"{{path: /a/, trustPolicy: {TRUST}}}"),
        document("Parameter", "two/three", "{value: a}"),
        document("Parameter", "one", "{value: a}").replace("name: one", named % "/by/hand"),
        document("Document", "one", f"{{content: {SCRIPT}}}").replace(
            "name: one", named % "By.Hand"
        ),
        document("KeyPair", "one", "{generate: {parameter: /keys/mine}}").replace(
            "name: one", named % "'a * is ${b} ?'"
        ),
        document("OIDCProvider", "ci.example.com/a", "{audiences: []}"),
    )
    found = printed()
    assert found["Roles"]["Resource"] == [
        f"arn:aws:iam::{HERE}:role/*/ci-*",
        f"arn:aws:iam::{HERE}:role/ci-*",
    ]
    ssm = f"arn:aws:ssm:eu-central-1:{HERE}"
    assert found["Values"]["Resource"] == [f"{ssm}:parameter/by/hand", f"{ssm}:parameter/ci-*"]
    assert found["Documents"]["Resource"] == [f"{ssm}:document/By.Hand", f"{ssm}:document/ci-*"]
    mine = "a ${*} is ${$}{b} ${?}"
    assert set(found["Parameters"]["Resource"]) == {
        f"{ssm}:parameter/by/hand",
        f"{ssm}:parameter/ci-*",
        f"{ssm}:parameter/ec2/keypair/ci-*",
        f"{ssm}:parameter/ec2/keypair/{mine}",
        f"{ssm}:parameter/keys/mine",
    }
    assert found["Ec2Create"]["Resource"] == [
        f"arn:aws:ec2:eu-central-1:{HERE}:key-pair/{mine}",
        f"arn:aws:ec2:eu-central-1:{HERE}:key-pair/ci-*",
    ]
    assert (
        found["OidcProviders"]["Resource"] == f"arn:aws:iam::{HERE}:oidc-provider/ci.example.com/a"
    )
    both = [f"{ssm}:parameter/reconciler/{sort}/acme" for sort in ("lock", "loop")]
    assert found["Lock"]["Resource"] == both


def test_in_ec2_what_is_not_the_estate_s_can_be_adopted_and_nothing_else(
    desired: Callable[..., None], printed: Any
) -> None:
    desired(document("SecurityGroup", "one", "{description: A}"))
    found = printed()
    group = f"arn:aws:ec2:eu-central-1:{HERE}:security-group/*"
    on_it, asked_for = "aws:ResourceTag/reconciler:estate", "aws:RequestTag/reconciler:estate"
    assert {sid: one["Condition"] for sid, one in found.items() if one["Resource"] == group} == {
        "Ec2Create": {"StringEquals": {asked_for: "acme"}},
        "Ec2Change": {"StringEquals": {on_it: "acme"}},
        "Ec2Tag": {"StringEqualsIfExists": {on_it: "acme", asked_for: "acme"}},
    }
    assert found["Ec2Tag"]["Action"] == "ec2:CreateTags"
    assert "ec2:DeleteTags" in found["Ec2Change"]["Action"]


def test_a_profile_s_role_can_be_passed_and_no_other(
    desired: Callable[..., None], printed: Any
) -> None:
    theirs = f"arn:aws:iam::{HERE}:role/theirs"
    desired(document("InstanceProfile", "one", f"{{role: '{theirs}'}}"))
    assert printed()["PassRole"]["Resource"] == [
        f"arn:aws:iam::{HERE}:role/*/ci-*",
        f"arn:aws:iam::{HERE}:role/ci-*",
        theirs,
    ]


def test_keys_of_ours_are_for_ssm_alone_and_for_who_writes_secrets(
    desired: Callable[..., None], printed: Any
) -> None:
    there = f"arn:aws:kms:eu-central-1:{THERE}:key/1-2"
    shared = f"arn:aws:kms:eu-central-1:{THERE}:"
    keys = ("alias/aws/ssm", "alias/ours", f"{shared}alias/b", "3-4", there)
    desired(
        *(
            document("Parameter", f"p{n}", f"{{secret: {{env: TOKEN}}, keyId: '{key}'}}")
            for n, key in enumerate(keys)
        ),
        document("KeyPair", "one", "{generate: {keyId: alias/pairs}}"),
    )
    found = printed()
    by_ssm = {"StringLike": {"kms:ViaService": "ssm.*"}}
    assert found["KmsAliases"]["Condition"] == {
        **by_ssm,
        "ForAnyValue:StringEquals": {
            "kms:ResourceAliases": ["alias/b", "alias/ours", "alias/pairs"]
        },
    }
    ours = f"arn:aws:kms:eu-central-1:{HERE}:"
    assert found["KmsAliases"]["Resource"] == [f"{ours}key/*", f"{shared}key/*"]
    assert found["KmsKeys"]["Condition"] == by_ssm
    assert found["KmsKeys"]["Resource"] == [f"{ours}key/3-4", there]
    assert not any(sid.startswith("Kms") for sid in printed("--read-only"))
    desired(document("Parameter", "one", "{secret: {env: TOKEN}}"))
    assert not any(sid.startswith("Kms") for sid in printed())


def test_who_writes_an_image_s_id_is_let_to_look_at_images(
    desired: Callable[..., None], printed: Any
) -> None:
    desired(document("Parameter", "one", "{value: a}"))
    assert "Images" not in printed()
    image = '{value: ami-0123456789abcdef0, dataType: "aws:ec2:image"}'
    desired(document("Parameter", "one", image))
    assert printed()["Images"]["Action"] == "ec2:DescribeImages"
    assert "Images" not in printed("--read-only")


def test_several_regions_are_asked_for_by_name(desired: Callable[..., None], printed: Any) -> None:
    desired(
        document("SecurityGroup", "one", "{description: A}"),
        BYSTANDER,
        estate=estate(regions="eu-central-1, us-west-2"),
    )
    found = printed()
    regions = {"aws:RequestedRegion": ["eu-central-1", "us-west-2"]}
    for sid in ("Ec2Change", "Ec2Create", "Ec2Vpc", "Values"):
        assert regions.items() <= found[sid]["Condition"]["StringEquals"].items(), sid
        assert all(arn.split(":")[3] == "*" for arn in listed(found[sid]["Resource"]))
    # What an account or an estate has once is asked about in one region.
    for sid in ("Lock", "Look", "Policies"):
        assert "Condition" not in found[sid]


ROLE = f"{{id: '{THERE}', role: ci/reconcile, readOnlyRole: look}}"


def test_who_assumes_roles_may_assume_those_and_each_role_has_a_policy_of_its_own(
    desired: Callable[..., None], printed: Any, reconcile: Any
) -> None:
    desired(
        BYSTANDER,
        document("SecurityGroup", "one", "{description: A}").replace(
            "tags: {}", f"accounts: ['{THERE}']"
        ),
        estate=estate(f"'{HERE}', {ROLE}"),
    )
    look, role = f"arn:aws:iam::{THERE}:role/look", f"arn:aws:iam::{THERE}:role/ci/reconcile"
    assert printed("--read-only")["AssumeRoles"]["Resource"] == look
    own = printed()
    # Whoever may apply also plans, and that assumes the other one.
    assert own.pop("AssumeRoles")["Resource"] == [role, look]
    assert set(own) == {"Lock", "Look", "Policies", "Values"}
    assert own == printed("--account", HERE)
    theirs = printed("--account", THERE)
    assert {"Ec2Change", "Ec2Create", "Ec2Tag", "Look", "Policies", "Values"} < set(theirs)
    assert "Lock" not in theirs
    assert theirs["Policies"]["Resource"][1] == f"arn:aws:iam::{THERE}:policy/ci-*"
    assert f"`reconcile permissions --account {THERE}`" in reconcile("permissions").err
    hint = f"role look of account {THERE} needs a policy of its own: `reconcile permissions --read-"
    assert hint in reconcile("permissions", "--read-only").err


def test_where_every_account_has_a_role_nothing_else_is_needed_than_to_assume_them(
    desired: Callable[..., None], printed: Any
) -> None:
    desired(BYSTANDER, estate=estate(ROLE))
    assert set(printed()) == set(printed("--read-only")) == {"AssumeRoles"}
    assert set(printed("--account", THERE)) == {"Lock", "Look", "Policies", "Values"}


def test_another_account_is_a_mistake(desired: Callable[..., None], reconcile: Any) -> None:
    desired(BYSTANDER)
    ran = reconcile("permissions", "--account", "123456789013")
    assert (ran.status, ran.out) == (1, "")
    assert "none of the Estate's: 123456789012" in ran.err


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_arns_are_of_the_partition(
    region: str, partition: str, desired: Callable[..., None], printed: Any
) -> None:
    desired(BYSTANDER, estate=estate(f"'{HERE}', {ROLE}", region))
    found = printed()
    arns = [arn for one in found.values() for arn in listed(one["Resource"]) if arn != "*"]
    assert {arn.split(":")[1] for arn in arns} == {partition}


def test_the_journal_s_group_is_read_and_written_to(
    desired: Callable[..., None], printed: Any
) -> None:
    desired(BYSTANDER, estate=estate(more=", journal: {logGroup: /fleet/j}"))
    group = f"arn:aws:logs:eu-central-1:{HERE}:log-group:/fleet/j:*"
    for options, sids in (([], {"Journal", "JournalRead"}), (["--read-only"], {"JournalRead"})):
        found = printed(*options)
        assert {sid for sid, one in found.items() if one["Resource"] == group} == sids


def test_the_queue_of_notices_is_read_by_all_and_emptied_by_who_changes_things(
    desired: Callable[..., None], printed: Any
) -> None:
    where = "name: notices, annotations: {reconciler/name: By_Hand}"
    desired(
        document("Queue", "notices", "{}").replace("name: notices", where),
        document("Queue", "other", "{}"),
        estate=estate(more=", notices: {queue: notices}"),
    )
    found, looks = printed(), printed("--read-only")
    queue = f"arn:aws:sqs:eu-central-1:{HERE}:By_Hand"
    assert (found["Notices"]["Action"], found["Notices"]["Resource"]) == (
        "sqs:DeleteMessage",
        queue,
    )
    assert looks["NoticesRead"] == found["NoticesRead"]
    assert (looks["NoticesRead"]["Action"], looks["NoticesRead"]["Resource"]) == (
        "sqs:ReceiveMessage",
        queue,
    )
    assert "Notices" not in looks
    desired(document("Queue", "notices", "{}"))
    assert not {"Notices", "NoticesRead"} & {*printed()}


def test_what_no_managed_policy_takes_is_said_to_be_too_long(
    desired: Callable[..., None], reconcile: Any
) -> None:
    desired(
        *(
            document("Parameter", f"p{n}", "{value: a}").replace(
                "tags: {}", f"annotations: {{reconciler/name: /by/hand/number-{n}}}"
            )
            for n in range(60)
        )
    )
    ran = reconcile("permissions")
    assert ran.status == 0
    size = len(json.dumps(json.loads(ran.out), separators=(",", ":")))
    assert size > 6144
    assert f"it has {size} characters, and a managed policy takes 6144" in ran.err
    assert "characters" not in reconcile("permissions", "--read-only").err


@pytest.mark.parametrize("kind", list(STANDING))
def test_what_a_kind_says_that_changes_it_counts_as_its_change_in_the_trail(kind: str) -> None:
    source = CALLS[kind].source.removesuffix(".amazonaws.com")
    said = {
        a for grant in STANDING[kind].writes for a in grant.actions if a.startswith(f"{source}:")
    }
    calls = {action.split(":")[1] for action in said} - {"PassRole"}
    assert {one for one in calls if not one.startswith("List")} <= set(CALLS[kind].names)
