"""The embedded SQS and EventBridge where moto's differ from AWS's."""

from __future__ import annotations

import json
from typing import Any

from reconciler.sandbox import Sandbox

TAGS = [{"Key": "team", "Value": "ci"}]


def attributes(sqs: Any, url: str) -> Any:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_a_policy_outlives_a_change_of_something_else_and_goes_when_told(client: Any) -> None:
    sqs = client("sqs")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    said = {"Policy": json.dumps(policy)}
    url = sqs.create_queue(QueueName="one", Attributes=said)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    assert json.loads(attributes(sqs, url)["Policy"]) == policy
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert not attributes(sqs, url).get("Policy")


def test_a_queue_is_encrypted_in_one_way_at_a_time(client: Any, refused: Any) -> None:
    sqs = client("sqs")
    by_kms = {"KmsMasterKeyId": "alias/aws/sqs"}
    url = sqs.create_queue(QueueName="one", Attributes=by_kms)["QueueUrl"]
    assert attributes(sqs, url)["SqsManagedSseEnabled"] == "false"
    with refused("InvalidAttributeValue"):
        both = {**by_kms, "SqsManagedSseEnabled": "true"}
        sqs.set_queue_attributes(QueueUrl=url, Attributes=both)
    owned = {"KmsMasterKeyId": "", "SqsManagedSseEnabled": "true"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=owned)
    assert "KmsMasterKeyId" not in attributes(sqs, url)


def test_queues_and_event_rules_are_found_by_their_tags(client: Any) -> None:
    events = client("events")
    client("sqs").create_queue(QueueName="one", tags={"team": "ci"})
    events.put_rule(Name="one", ScheduleExpression="rate(1 day)", Tags=TAGS)
    events.put_rule(Name="two", ScheduleExpression="rate(1 day)")
    found = client("resourcegroupstaggingapi").get_resources(
        ResourceTypeFilters=["sqs", "events:rule"], TagFilters=[{"Key": "team"}]
    )["ResourceTagMappingList"]
    assert {one["ResourceARN"]: one["Tags"] for one in found} == {
        "arn:aws:sqs:us-east-1:123456789012:one": TAGS,
        "arn:aws:events:us-east-1:123456789012:rule/one": TAGS,
    }


def test_the_trail_has_what_changes_queues_and_rules_and_not_what_goes_through_them(
    client: Any,
) -> None:
    sqs, events = client("sqs"), client("events")
    url = sqs.create_queue(QueueName="one")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.receive_message(QueueUrl=url)
    events.put_rule(Name="one", ScheduleExpression="rate(1 day)")
    events.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])
    sqs.delete_queue(QueueUrl=url)
    told = client("cloudtrail").lookup_events()["Events"]
    assert sorted(event["EventName"] for event in told) == ["CreateQueue", "DeleteQueue", "PutRule"]
    (deleted,) = [event for event in told if event["EventName"] == "DeleteQueue"]
    assert json.loads(deleted["CloudTrailEvent"])["requestParameters"] == {"queueUrl": url}


def test_late_a_deleted_queue_s_name_rests_for_a_minute(
    sandbox: Sandbox, client: Any, refused: Any
) -> None:
    sqs = client("sqs")
    sandbox.weather("late")
    url = sqs.create_queue(QueueName="one")["QueueUrl"]
    sqs.delete_queue(QueueUrl=url)
    with refused("AWS.SimpleQueueService.QueueDeletedRecently"):
        sqs.create_queue(QueueName="one")
    sqs.create_queue(QueueName="two")
    sandbox.turn(60)
    sqs.create_queue(QueueName="one")


def test_late_a_change_and_a_deletion_show_after_a_while(sandbox: Sandbox, client: Any) -> None:
    sqs = client("sqs")
    late = 0
    for seed in range(8):
        sandbox.weather("late", seed)
        url = sqs.create_queue(QueueName=f"q{seed}")["QueueUrl"]
        sandbox.turn(100)
        before = attributes(sqs, url)
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
        late += attributes(sqs, url) == before
        sandbox.turn(100)
        assert attributes(sqs, url)["VisibilityTimeout"] == "5"
        sqs.delete_queue(QueueUrl=url)
        late += url in sqs.list_queues().get("QueueUrls", ())
        sandbox.turn(100)
        assert url not in sqs.list_queues().get("QueueUrls", ())
    assert 0 < late < 16
