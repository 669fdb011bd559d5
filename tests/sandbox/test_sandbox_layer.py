"""The embedded AWS itself: what it notes, forgets, and says of what it lacks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.sandbox import Sandbox


def test_calls_are_noted_by_service_and_operation(client: Any, sandbox: Sandbox) -> None:
    client("sts").get_caller_identity()
    client("ec2").describe_key_pairs()
    client("ssm").describe_parameters()
    client("resourcegroupstaggingapi").get_resources()
    assert sandbox.requests == [
        ("sts", "GetCallerIdentity"),
        ("ec2", "DescribeKeyPairs"),
        ("ssm", "DescribeParameters"),
        ("resourcegroupstaggingapi", "GetResources"),
    ]


def test_one_call_is_noted_once_however_often_moto_is_asked(client: Any, sandbox: Sandbox) -> None:
    ssm = client("ssm")
    for n in range(30):
        ssm.put_parameter(Name=f"p{n}", Type="String", Value="x")
    ssm.describe_parameters(MaxResults=50)
    assert sandbox.requests.count(("ssm", "DescribeParameters")) == 1


def test_a_reset_empties_the_world_and_the_notes(client: Any, sandbox: Sandbox) -> None:
    client("ssm").put_parameter(Name="p", Type="String", Value="x")
    sandbox.reset()
    assert sandbox.requests == []
    assert client("ssm").describe_parameters()["Parameters"] == []


def test_calls_side_by_side_are_answered_one_by_one(client: Any, sandbox: Sandbox) -> None:
    ec2 = client("ec2")

    def create(_: int) -> str:
        # Between its check of the name and its keeping of the key moto takes its time.
        try:
            return str(ec2.create_key_pair(KeyName="same")["KeyName"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(create, range(4)))
    assert answers == ["InvalidKeyPair.Duplicate"] * 3 + ["same"]
    assert sandbox.requests == [("ec2", "CreateKeyPair")] * 4


def test_waiting_for_a_message_holds_nobody_up(client: Any) -> None:
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    received: list[Any] = []
    waiting = threading.Thread(
        target=lambda: received.append(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20))
    )
    waiting.start()
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    waiting.join()
    assert received[0]["Messages"][0]["Body"] == "hello"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("ec2", "get_spot_placement_scores", {"TargetCapacity": 1}, "InvalidAction"),
        ("iam", "list_organizations_features", {}, "InvalidAction"),
        ("ssm", "describe_instance_information", {}, "UnknownOperationException"),
        ("pricing", "describe_services", {}, "UnknownOperationException"),
        ("accessanalyzer", "list_analyzers", {}, "UnknownOperationException"),
        ("lambda", "get_account_settings", {}, "UnknownOperationException"),
    ],
)
def test_an_operation_that_is_not_there_is_an_error_that_nobody_retries(
    client: Any, capfd: Any, service: str, operation: str, parameters: Any, code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(service), operation)(**parameters)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "the sandbox can't answer" in answer["Error"]["Message"]
    assert capfd.readouterr() == ("", "")


def test_a_failure_of_moto_s_is_told_in_one_line_and_not_retried(client: Any, capfd: Any) -> None:
    with pytest.raises(ClientError) as caught:
        # moto 5.2.5 takes any token for a number.
        client("ssm").get_parameters_by_path(Path="/", NextToken="mine")
    answer = caught.value.response
    assert answer["Error"]["Code"] == "InternalFailure"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "ValueError" in answer["Error"]["Message"]
    assert "\n" not in answer["Error"]["Message"]
    assert capfd.readouterr() == ("", "")


def test_bytes_go_through_unharmed(client: Any) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bytes")
    body = bytes(range(256)) * 512
    s3.put_object(Bucket="bytes", Key="k", Body=body)
    assert s3.get_object(Bucket="bytes", Key="k")["Body"].read() == body
