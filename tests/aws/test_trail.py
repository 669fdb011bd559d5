"""Who changed a resource last: the one who did, or nobody, and never somebody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from reconciler.aws.changing_calls import CALLS
from reconciler.aws.session import Aws, connect
from reconciler.aws.trail import MOST_LOOKUPS, PACE_SECONDS, Deed, Traced, Wanted, last_deeds
from reconciler.fields.tags import RESOURCE
from reconciler.kinds import STANDING
from reconciler.kinds.kind import Sought
from reconciler.model import Account, Estate, Scope
from reconciler.sandbox import Sandbox, trail
from tests.effort import examples
from tests.laws.cases import BYSTANDER, CASES, DRIFTS, Case, document
from tests.world import Clients, tag

ACCOUNT = "123456789012"
pytestmark = pytest.mark.usefixtures("case_alone")
ESTATE = Estate("acme", "ci-", (Account(ACCOUNT),), ("eu-central-1",))
READING = ("Describe", "Get", "List")


@pytest.fixture(autouse=True)
def time_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event of the sandbox is a second later than the one before."""
    seconds, start = count(), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr(trail, "now", lambda: start + timedelta(seconds=next(seconds)))


@pytest.fixture
def here(aws: Clients) -> Aws:
    """Our own way to AWS."""
    return connect(ESTATE).at(Scope(ACCOUNT, "eu-central-1"))


def traced(aws: Aws, *wanted: Wanted) -> Traced:
    return last_deeds(aws, wanted, lambda _: None)


def deed(aws: Aws, wanted: Wanted) -> str | None:
    """What was done last to one resource."""
    found = traced(aws, wanted)
    assert found.notes == ()
    return found.deeds[wanted].what if wanted in found.deeds else None


@pytest.fixture
def ours(here: Aws, desired: Any, reconcile: Any) -> Callable[[Case], Wanted]:
    """Makes what a case is about by a run of ours, and gives it as a plan sees it."""

    def made(case: Case) -> Wanted:
        desired(BYSTANDER, *case.around, document(case.kind, "one", case.spec))
        assert reconcile("apply", "--yes").status == 0
        observed = STANDING[case.kind].observe(here, Sought("acme", {}))
        one = next(seen for seen in observed if seen.tags.get(RESOURCE) == f"{case.kind}/one")
        return Wanted(case.kind, one.name, one.id)

    return made


@pytest.mark.parametrize(("case", "number"), DRIFTS, ids=lambda v: getattr(v, "kind", v))
def test_what_others_do_to_a_resource_of_ours_is_their_deed(
    case: Case, number: int, aws: Clients, sandbox: Sandbox, here: Aws, ours: Any
) -> None:
    wanted = ours(case)
    assert traced(here, wanted) == Traced({}, ())
    before = len(sandbox.requests)
    case.drifts[number](aws)
    calls = [call for _, call in sandbox.requests[before:] if not call.startswith(READING)]
    found = traced(here, wanted)
    assert found.notes == ()
    assert found.deeds[wanted].what == calls[-1]
    assert found.deeds[wanted].who == aws("sts").get_caller_identity()["Arn"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_a_tag_that_others_put_on_it_is_their_deed_too(
    case: Case, aws: Clients, here: Aws, ours: Any
) -> None:
    wanted = ours(case)
    tag(aws, case.kind, "billing", "x")
    assert "Tag" in str(deed(here, wanted))


def test_every_call_by_which_we_change_something_counts_as_a_deed(
    sandbox: Sandbox, desired: Any, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "nobody's business")
    around = [BYSTANDER, *(some for case in CASES for some in case.around)]
    for number in range(4):
        # As many edits as there are, the last one again after that.
        edits = [(case, case.edits[: number + 1][-1][0]) for case in CASES]
        specs = [(case.kind, spec) for case, spec in edits if "tags: {Name" not in spec]
        desired(*around, *(document(kind, "one", spec) for kind, spec in specs))
        applied = reconcile("apply", "--yes", "--allow-deletes", "9")
        assert applied.status == 0, applied
    made = {call for _, call in sandbox.requests if not call.startswith(READING)}
    assert len(made) > 25
    assert made <= {name for calls in CALLS.values() for name in calls.names}


@pytest.mark.parametrize("kind", CALLS)
def test_the_calls_are_aws_s_and_name_the_resource_so(kind: str) -> None:
    calls = CALLS[kind]
    service = botocore.session.get_session().get_service_model(calls.source.partition(".")[0])
    subjects = {*calls.subjects, "resources"}
    for name in calls.names:
        call = service.operation_model(name)
        shapes = [shape.members for shape in (call.input_shape, call.output_shape) if shape]
        parameters = {part[:1].lower() + part[1:] for members in shapes for part in members}
        assert parameters & subjects, name


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_all_kinds_together_are_not_too_many(region: str) -> None:
    history = History([])
    history.region = region
    assert history.deeds(*(Wanted(kind, "n", "i") for kind in STANDING)) == Traced({}, ())
    assert len(history.asked) > 40


def test_an_oidc_provider_s_change_is_found(aws: Clients, here: Aws) -> None:
    arn = aws("iam").create_open_id_connect_provider(
        Url="https://ci.example.com", ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    provider = Wanted("OIDCProvider", "ci.example.com", arn)
    assert deed(here, provider) == "CreateOpenIDConnectProvider"
    aws("iam").add_client_id_to_open_id_connect_provider(
        OpenIDConnectProviderArn=arn, ClientID="sts.amazonaws.com"
    )
    assert deed(here, provider) == "AddClientIDToOpenIDConnectProvider"


def test_what_others_did_before_our_own_last_change_is_undone_and_not_told(
    aws: Clients, here: Aws
) -> None:
    parameter = Wanted("Parameter", "/p", "/p")
    aws("ssm").put_parameter(Name="/p", Type="String", Value="theirs")
    here.client("ssm").put_parameter(Name="/p", Value="ours", Overwrite=True)
    assert deed(here, parameter) is None
    aws("ssm").add_tags_to_resource(
        ResourceType="Parameter", ResourceId="/p", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert deed(here, parameter) == "AddTagsToResource"


def test_in_one_second_the_deed_is_the_others(
    aws: Clients, here: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr(trail, "now", lambda: now)
    here.client("ssm").put_parameter(Name="/p", Type="String", Value="x")
    aws("ssm").delete_parameter(Name="/p")
    (theirs,) = traced(here, Wanted("Parameter", "/p", "/p")).deeds.values()
    assert (theirs.what, theirs.when) == ("DeleteParameter", "2026-01-02T03:04:05Z")


def test_what_was_refused_or_only_tried_is_no_deed(aws: Clients, here: Aws) -> None:
    ec2 = aws("ec2")
    group = ec2.create_security_group(GroupName="g", Description="d")["GroupId"]
    for asked in ({"GroupId": group, "DryRun": True}, {"GroupName": "no such"}):
        with pytest.raises(ClientError):
            ec2.delete_security_group(**asked)
    assert deed(here, Wanted("SecurityGroup", "g", group)) == "CreateSecurityGroup"


def test_whoever_uses_a_resource_has_not_changed_it(aws: Clients, here: Aws) -> None:
    ec2, iam = aws("ec2"), aws("iam")
    group = ec2.create_security_group(GroupName="g", Description="d")["GroupId"]
    other = ec2.create_security_group(GroupName="o", Description="d")["GroupId"]
    key = ec2.create_key_pair(KeyName="k")["KeyPairId"]
    ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, KeyName="k", SecurityGroupIds=[group]
    )
    pairs = [{"GroupId": group}]
    ec2.authorize_security_group_ingress(
        GroupId=other, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": pairs}]
    )
    assert deed(here, Wanted("SecurityGroup", "g", group)) == "CreateSecurityGroup"
    assert deed(here, Wanted("KeyPair", "k", key)) == "CreateKeyPair"

    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.create_role(RoleName="same", AssumeRolePolicyDocument=trust)
    iam.create_instance_profile(InstanceProfileName="other")
    iam.attach_role_policy(RoleName="same", PolicyArn=policy)
    iam.add_role_to_instance_profile(InstanceProfileName="other", RoleName="same")
    assert deed(here, Wanted("Role", "same", "")) == "AttachRolePolicy"
    assert deed(here, Wanted("InstanceProfile", "same", "")) is None
    assert deed(here, Wanted("Policy", "ReadOnlyAccess", policy)) is None


def test_namesakes_are_told_apart(aws: Clients, here: Aws) -> None:
    ec2, ssm = aws("ec2"), aws("ssm")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d")["GroupId"]
    ec2.create_tags(Resources=[group], Tags=[{"Key": "a", "Value": "b"}])
    ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)
    assert deed(here, Wanted("SecurityGroup", "g", group)) == "CreateTags"
    ssm.put_parameter(Name="name", Type="String", Value="x")
    steps = [{"action": "aws:runShellScript", "name": "a", "inputs": {"runCommand": ["date"]}}]
    content = json.dumps({"schemaVersion": "2.2", "mainSteps": steps})
    ssm.create_document(Name="name", DocumentType="Command", Content=content)
    ssm.add_tags_to_resource(
        ResourceType="Parameter", ResourceId="name", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert deed(here, Wanted("Document", "name", "name")) == "CreateDocument"
    assert deed(here, Wanted("Parameter", "name", "name")) == "AddTagsToResource"


# What the sandbox can't do is done here: answers in small pages, odd events, refusals.


def event(
    name: str,
    second: int,
    asked: dict[str, Any],
    who: dict[str, str] | None = None,
    source: str = "ssm",
    **more: Any,
) -> dict[str, Any]:
    return {
        "eventName": name,
        "eventSource": f"{source}.amazonaws.com",
        "eventTime": f"2026-01-02T03:{second // 60:02}:{second % 60:02}Z",
        "userIdentity": who or {"arn": "arn:aws:iam::123456789012:user/ann"},
        "userAgent": "aws-cli/2.31",
        "requestParameters": asked,
        "responseElements": None,
        **more,
    }


class History:
    """One region of which these are the events, and what was asked of it."""

    home, region = "us-east-1", "eu-central-1"

    def __init__(self, events: Iterable[dict[str, Any]], size: int = 50) -> None:
        self.events = sorted(events, key=lambda event: event["eventTime"], reverse=True)
        self.size = size
        self.asked: list[str] = []
        self.slept: list[float] = []

    def client(self, service: str, region: str) -> History:
        self.asked_of = (service, region)
        return self

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        name = asked["LookupAttributes"][0]["AttributeValue"]
        self.asked.append(name)
        start = int(asked.get("NextToken", 0))
        found = [event for event in self.events if event["eventName"] == name]
        some = found[start : start + self.size]
        more = start + self.size < len(found)
        return {
            "Events": [{"CloudTrailEvent": json.dumps(event)} for event in some],
            **({"NextToken": str(start + self.size)} if more else {}),
        }

    def deeds(self, *wanted: Wanted) -> Traced:
        return last_deeds(cast(Aws, self), wanted, self.slept.append)


OURS = "Boto3/1.44 md/Botocore#1.44 cfg/retry-mode#standard app/reconcile Botocore/1.44"
PARAMETER = Wanted("Parameter", "/p", "/p")
GROUP = Wanted("SecurityGroup", "g", "sg-1")


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        ({"type": "Root", "arn": "arn:aws:iam::1:root"}, "arn:aws:iam::1:root"),
        (
            {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/r/ann", "principalId": "A"},
            "arn:aws:sts::1:assumed-role/r/ann",
        ),
        ({"type": "AWSService", "invokedBy": "ssm.amazonaws.com"}, "ssm.amazonaws.com"),
        ({"type": "SAMLUser", "userName": "ann", "principalId": "x:ann"}, "ann"),
        ({"type": "AWSAccount", "principalId": "AIDA1"}, "AIDA1"),
        ({"type": "Unknown"}, "somebody unnamed"),
    ],
)
def test_who_did_it_is_told_as_well_as_it_is_known(identity: dict[str, str], who: str) -> None:
    history = History([event("PutParameter", 1, {"name": "/p"}, identity)])
    told = Deed(who, "2026-01-02T03:00:01Z", "PutParameter")
    assert history.deeds(PARAMETER) == Traced({PARAMETER: told}, ())


@pytest.mark.parametrize("agent", [OURS, f"[{OURS}]"])
def test_we_are_known_by_our_user_agent(agent: str) -> None:
    history = History([event("PutParameter", 1, {"name": "/p"}, userAgent=agent)])
    assert history.deeds(PARAMETER).deeds == {}


@pytest.mark.parametrize("agent", ["app/reconciler", "lib/app/reconcile", "", None])
def test_nobody_else_is_taken_for_us(agent: str | None) -> None:
    history = History([event("PutParameter", 1, {"name": "/p"}, userAgent=agent)])
    assert PARAMETER in history.deeds(PARAMETER).deeds


@pytest.mark.parametrize(
    ("wanted", "made"),
    [
        (
            GROUP,
            event(
                "ModifySecurityGroupRules",
                1,
                {"ModifySecurityGroupRulesRequest": {"GroupId": "sg-1", "SecurityGroupRule": {}}},
                source="ec2",
            ),
        ),
        (
            GROUP,
            event(
                "AuthorizeSecurityGroupIngress",
                1,
                {"groupName": "g", "ipPermissions": {}},
                source="ec2",
                responseElements={"securityGroupRuleSet": {"items": [{"groupId": "sg-1"}]}},
            ),
        ),
        (
            Wanted("KeyPair", "k", "key-1"),
            event("DeleteTags", 1, {"resourcesSet": {"items": [{"resourceId": "key-1"}]}}, None)
            | {"eventSource": "ec2.amazonaws.com"},
        ),
        (PARAMETER, event("DeleteParameters", 1, {"names": ["/o", "/p"]})),
    ],
)
def test_a_resource_is_known_however_the_event_names_it(
    wanted: Wanted, made: dict[str, Any]
) -> None:
    assert [*History([made]).deeds(wanted).deeds] == [wanted]


@pytest.mark.parametrize(
    "made",
    [
        event("PutParameter", 1, {"name": "/other"}),
        event("PutParameter", 1, {"name": "/p"}, errorCode="AccessDenied"),
        event("AddTagsToResource", 1, {"resourceId": "/p"}, source="rds"),
        event("AddTagsToResource", 1, {"resourceId": "/p", "resourceType": "Document"}),
        event("PutParameter", 1, {}, requestParameters=None),
        event("DeleteParameters", 1, {"names": []}),
    ],
)
def test_what_is_about_something_else_is_no_deed(made: dict[str, Any]) -> None:
    assert History([made]).deeds(PARAMETER) == Traced({}, ())


def test_iam_is_asked_about_in_its_own_region() -> None:
    history = History([])
    history.deeds(Wanted("Role", "r", ""))
    assert history.asked_of == ("cloudtrail", "us-east-1")
    history.deeds(PARAMETER)
    assert history.asked_of == ("cloudtrail", "eu-central-1")


def test_the_lookups_grow_with_the_kinds_and_not_with_the_resources() -> None:
    history = History([event("PutParameter", n, {"name": f"/{n}"}) for n in range(30)])
    wanted = [Wanted("Parameter", f"/{n}", f"/{n}") for n in range(30)]
    assert len(history.deeds(*wanted).deeds) == 30
    assert len(history.asked) == len(set(history.asked)) == 5


def test_lookups_keep_the_pace_that_cloudtrail_allows() -> None:
    history = History([])
    history.deeds(PARAMETER)
    assert history.slept == [PACE_SECONDS] * (len(history.asked) - 1)
    assert PACE_SECONDS >= 1 / 2


def test_older_pages_are_read_until_the_last_change_is_found() -> None:
    others = [event("PutParameter", n, {"name": "/busy"}) for n in range(10, 20)]
    history = History([event("PutParameter", 1, {"name": "/p"}), *others], size=2)
    assert history.deeds(PARAMETER).deeds[PARAMETER].when == "2026-01-02T03:00:01Z"


def test_pages_older_than_what_was_found_are_not_read() -> None:
    others = [event("PutParameter", n, {"name": "/busy"}) for n in range(10)]
    history = History([event("DeleteParameter", 30, {"name": "/p"}), *others], size=2)
    assert history.deeds(PARAMETER).deeds[PARAMETER].what == "DeleteParameter"
    assert history.asked.count("PutParameter") == 1


def test_a_history_without_end_is_left_with_a_note() -> None:
    busy = [event("CreateTags", n, {"resourcesSet": {}}, source="ec2") for n in range(500)]
    history = History(
        [event("AuthorizeSecurityGroupIngress", 0, {"groupId": "sg-1"}, source="ec2"), *busy],
        size=2,
    )
    found = history.deeds(GROUP, PARAMETER)
    assert len(history.asked) == MOST_LOOKUPS
    assert found.deeds == {}
    (note,) = found.notes
    assert "one resource in eu-central-1" in note
    assert f"{MOST_LOOKUPS} lookups" in note


def test_the_busy_history_of_one_event_hides_nothing_that_is_newer() -> None:
    busy = [event("CreateTags", n, {"resourcesSet": {}}, source="ec2") for n in range(500)]
    newer = event("AuthorizeSecurityGroupIngress", 501, {"groupId": "sg-1"}, source="ec2")
    found = History([newer, *busy], size=2).deeds(GROUP)
    assert found.deeds[GROUP].what == "AuthorizeSecurityGroupIngress"
    assert found.notes == ()


def denied() -> ClientError:
    said = {"Code": "AccessDeniedException", "Message": "not authorized: cloudtrail:LookupEvents"}
    return ClientError({"Error": said}, "LookupEvents")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (denied(), "not authorized: cloudtrail:LookupEvents"),
        (EndpointConnectionError(endpoint_url="https://cloudtrail"), "https://cloudtrail"),
    ],
)
def test_a_region_that_does_not_tell_is_one_note_and_is_asked_no_more(
    error: Exception, why: str
) -> None:
    asked = []

    class Silent(History):
        def lookup_events(self, **wanted: Any) -> dict[str, Any]:
            asked.append(self.asked_of)
            if self.asked_of[1] == self.home:
                raise error
            return super().lookup_events(**wanted)

    history = Silent([event("PutParameter", 1, {"name": "/p"})])
    found = history.deeds(Wanted("Role", "r", ""), Wanted("Policy", "p", "arn"), PARAMETER)
    assert asked.count(("cloudtrail", "us-east-1")) == 1
    assert [*found.deeds] == [PARAMETER]
    (note,) = found.notes
    assert note.startswith("who changed things in us-east-1 is not known: ")
    assert why in note


NAMES = ("PutParameter", "DeleteParameter", "AddTagsToResource")
SUBJECTS = {"PutParameter": "name", "DeleteParameter": "name", "AddTagsToResource": "resourceId"}


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Events of distinct seconds about three parameters, some ours, some refused."""
    made = []
    for second in draw(st.lists(st.integers(0, 3000), unique=True, max_size=25)):
        name = draw(st.sampled_from(NAMES))
        more: dict[str, Any] = draw(
            st.sampled_from([{}, {}, {"errorCode": "No"}, {"userAgent": OURS}])
        )
        about = draw(st.sampled_from(["/a", "/b", "/c"]))
        made.append(event(name, second, {SUBJECTS[name]: about}, **more))
    return made


@given(histories(), st.integers(1, 4))
@examples(150)
def test_the_deed_is_the_newest_of_all_events_however_they_come_in_pages(
    made: Sequence[dict[str, Any]], size: int
) -> None:
    wanted = [Wanted("Parameter", name, name) for name in ("/a", "/b", "/c")]
    found = History(made, size).deeds(*wanted)
    assert found.notes == ()
    for one in wanted:
        about = [
            event
            for event in made
            if one.name in event["requestParameters"].values() and "errorCode" not in event
        ]
        newest = max(about, key=lambda event: str(event["eventTime"]), default=None)
        if newest is None or newest["userAgent"] == OURS:
            assert one not in found.deeds
        else:
            assert found.deeds[one][1:] == (newest["eventTime"], newest["eventName"])
