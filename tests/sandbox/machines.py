"""Running instances with an agent, and what is asked of them."""

from __future__ import annotations

import json
import os
import select
from typing import Any

import boto3
from botocore.config import Config

from reconciler.sandbox import Sandbox

REGION = "us-east-1"
SHELL = "AWS-RunShellScript"
# Far longer than anything here takes, for whatever never ends.
PATIENCE = 30


class Machines:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.ec2, self.ssm, iam, self.logs = map(self.client, ("ec2", "ssm", "iam", "logs"))
        sandbox.reset()
        sandbox.agent.delay(0)
        iam.create_instance_profile(InstanceProfileName="profile")
        self.image = self.ec2.register_image(Name="worker")["ImageId"]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.sandbox.endpoint,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def launch(self, count: int = 1, behaviour: str = "terminate", **more: Any) -> list[str]:
        asked = {"IamInstanceProfile": {"Name": "profile"}, **more}
        answer = self.ec2.run_instances(
            ImageId=self.image,
            InstanceType="m5.large",
            MinCount=count,
            MaxCount=count,
            InstanceInitiatedShutdownBehavior=behaviour,
            **asked,
        )
        return [one["InstanceId"] for one in answer["Instances"]]

    def send(self, ids: list[str], *lines: str, **more: Any) -> str:
        asked = {"DocumentName": SHELL, "Parameters": {"commands": [*lines]}, **more}
        answer = self.ssm.send_command(**({"InstanceIds": ids} if ids else {}), **asked)
        self.sandbox.turn(1)
        return str(answer["Command"]["CommandId"])

    def ran(self, id_: str, *lines: str, **more: Any) -> dict[str, Any]:
        """What one machine says of a command once that has ended."""
        command = self.send([id_], *lines, **more)
        self.sandbox.agent.settle()
        return self.told(command, id_)

    def told(self, command: str, id_: str, **more: Any) -> dict[str, Any]:
        answer = self.ssm.get_command_invocation(CommandId=command, InstanceId=id_, **more)
        return dict(answer)

    def details(self, command: str) -> list[str]:
        answer = self.ssm.list_command_invocations(CommandId=command)
        return [one["StatusDetails"] for one in answer["CommandInvocations"]]

    def pings(self, **more: Any) -> dict[str, str]:
        answer = self.ssm.describe_instance_information(**more)
        return {one["InstanceId"]: one["PingStatus"] for one in answer["InstanceInformationList"]}

    def state(self, id_: str) -> tuple[str, str]:
        answer = self.ec2.describe_instances(InstanceIds=[id_])
        (instance,) = answer["Reservations"][0]["Instances"]
        return instance["State"]["Name"], instance.get("StateReason", {}).get("Code", "")

    def document(self, *steps: dict[str, Any], **parameters: Any) -> str:
        content = {"schemaVersion": "2.2", "parameters": parameters, "mainSteps": [*steps]}
        self.ssm.create_document(
            Name="own-document", DocumentType="Command", Content=json.dumps(content)
        )
        return "own-document"


def is_running(process: int) -> bool:
    return not _ended(process, 0)


def ends(process: int) -> bool:
    """Whether it does; who is killed may take a moment to go."""
    return _ended(process, PATIENCE)


def _ended(process: int, most: float) -> bool:
    try:
        watched = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    with open(watched):
        return bool(select.select([watched], [], [], most)[0])
