"""What CloudTrail keeps of calls that change something: who asked for what, and when.

Kept are EC2's, EventBridge's, IAM's, SQS's and SSM's, at once and for good. AWS spells the
parameters of each event by a table of its own; here they follow a few rules, and so does which
resources an event names.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.sandbox import wire
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.spelling import asked, told

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response

    from reconciler.sandbox.call import Call

Event = dict[str, Any]
"""https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html"""

_KEPT = ("ec2", "events", "iam", "sqs", "ssm")
_READING = ("Describe", "Generate", "Get", "List", "Search", "Simulate")
# What goes through queues and buses is kept only by who pays for it.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
_DATA = ("ChangeMessage", "DeleteMessage", "PutEvents", "ReceiveMessage", "SendMessage")
_HOME = "us-east-1"


def keep(call: Call, request: Request, response: Response) -> None:
    """Remember a call that changes something, or that was refused it."""
    if (
        call.service in _KEPT
        and not call.operation.startswith((*_READING, *_DATA))
        and wire.knows(call.service, call.operation)
    ):
        events(call).append(_event(call, request, response))


def events(call: Call) -> list[Event]:
    """The events of the call's account and region, oldest first; a reset of moto forgets them."""
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
    place = replace(call, region=_HOME) if call.service == "iam" else call
    kept: list[Event] = vars(place.world("cloudtrail")).setdefault("sandbox_events", [])
    return kept


def now() -> datetime:
    """CloudTrail tells whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def _event(call: Call, request: Request, response: Response) -> Event:
    who, identity = _caller(call)
    when = now()
    source, number = f"{call.service}.amazonaws.com", str(uuid.uuid4())
    parameters = asked(call, wire.read_request(call.service, call.operation, request))
    answered = _answered(call, response)
    record = {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source,
        "eventName": call.operation,
        "awsRegion": _HOME if call.service == "iam" else call.region,
        "sourceIPAddress": request.remote_addr,
        "userAgent": request.user_agent.string,
        "requestParameters": parameters,
        "responseElements": None,
        **answered,
        "eventID": number,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.account,
    }
    return {
        "EventId": number,
        "EventName": call.operation,
        "ReadOnly": "false",
        "AccessKeyId": call.access_key,
        "EventTime": when,
        "EventSource": source,
        "Username": who,
        "Resources": _resources(call, parameters, record["responseElements"]),
        "CloudTrailEvent": json.dumps(record),
    }


def _answered(call: Call, response: Response) -> dict[str, Any]:
    try:
        answer = wire.read_response(call.service, call.operation, response)
    except AwsError as error:
        code = f"Client.{error.code}" if call.service == "ec2" else error.code
        return {"errorCode": code, "errorMessage": error.message}
    return {"responseElements": told(call, answer)}


def _caller(call: Call) -> tuple[str, dict[str, Any]]:
    """The caller's name, and userIdentity, of whom STS calls so.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    number, arn, account = call.world("sts").get_caller_identity(call.access_key, call.region)
    what, *names = arn.split(":", 5)[5].split("/")
    identity = {
        "type": "IAMUser",
        "principalId": number,
        "arn": arn,
        "accountId": account,
        "accessKeyId": call.access_key,
    }
    if what != "assumed-role":
        return names[-1], identity | {"userName": names[-1]}
    issuer = {"type": "Role", "accountId": account, "userName": names[0]}
    session = {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}}
    return names[-1], identity | {"type": "AssumedRole", "sessionContext": session}


# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-supported-resource-types.html
_TYPES = {
    "ec2": {
        "groupId": "AWS::EC2::SecurityGroup",
        "groupName": "AWS::EC2::SecurityGroup",
        "imageId": "AWS::EC2::Ami",
        "instanceId": "AWS::EC2::Instance",
        "keyName": "AWS::EC2::KeyPair",
        "subnetId": "AWS::EC2::Subnet",
        "vpcId": "AWS::EC2::VPC",
    },
    "iam": {
        "groupName": "AWS::IAM::Group",
        "instanceProfileName": "AWS::IAM::InstanceProfile",
        "openIDConnectProviderArn": "AWS::IAM::OpenIDConnectProvider",
        "policyArn": "AWS::IAM::Policy",
        "roleName": "AWS::IAM::Role",
        "userName": "AWS::IAM::User",
    },
    "events": {},
    "sqs": {},
    "ssm": {},
}


def _resources(call: Call, *parts: Any) -> list[dict[str, str]]:
    """What is named anywhere in what was asked and answered: a launch names its groups and key."""
    types = _TYPES[call.service]
    named = {
        (types[name], value): None
        for part in parts
        for name, value in _pairs(part)
        if name in types and isinstance(value, str) and value
    }
    return [{"ResourceType": of, "ResourceName": name} for of, name in named]


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield name, part
            yield from _pairs(part)
    elif isinstance(value, list):
        for part in value:
            yield from _pairs(part)
