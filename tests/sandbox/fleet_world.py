"""A small world to launch into: an image, a key, a group, a profile and a template of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from reconciler.sandbox import Sandbox

A, B, C = "us-east-1a", "us-east-1b", "us-east-1c"
_TOKENS = count()


class World:
    def __init__(self, sandbox: Sandbox, client: Callable[[str], Any]) -> None:
        sandbox.reset()
        self.sandbox, self.client, self.ec2 = sandbox, client, client("ec2")
        self.image = self.ec2.register_image(Name="worker")["ImageId"]
        self.key = self.ec2.create_key_pair(KeyName="key", KeyType="ed25519")["KeyName"]
        self.group = self.ec2.create_security_group(GroupName="group", Description="d")["GroupId"]
        profile = client("iam").create_instance_profile(InstanceProfileName="profile")
        self.profile = profile["InstanceProfile"]["Arn"]
        self.subnets = {
            one["AvailabilityZone"]: one["SubnetId"]
            for one in self.ec2.describe_subnets()["Subnets"]
        }
        self.template = self.made_template("template")

    def made_template(self, name: str, **more: Any) -> str:
        data = {
            "ImageId": self.image,
            "KeyName": self.key,
            "SecurityGroupIds": [self.group],
            "IamInstanceProfile": {"Arn": self.profile},
            "UserData": "aGVsbG8=",
            "InstanceInitiatedShutdownBehavior": "terminate",
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            "BlockDeviceMappings": [
                {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 40, "VolumeType": "gp3"}},
                {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 100}},
            ],
            "TagSpecifications": [tags("instance", Of="template", Only="template")],
            **more,
        }
        made = self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        return str(made["LaunchTemplate"]["LaunchTemplateId"])

    def fleet(self, *overrides: dict[str, Any], wanted: int = 1, **more: Any) -> Any:
        """CreateFleet's answer; spot, with a token of its own, if nothing else is said."""
        asked = {
            "Type": "instant",
            "ClientToken": f"token-{next(_TOKENS)}",
            "LaunchTemplateConfigs": [self.config(*overrides)],
            "TargetCapacitySpecification": {
                "TotalTargetCapacity": wanted,
                "DefaultTargetCapacityType": "spot",
            },
        }
        return self.ec2.create_fleet(**{**asked, **more})

    def config(self, *overrides: dict[str, Any], **template: Any) -> dict[str, Any]:
        named = template or {"LaunchTemplateId": self.template}
        return {
            "LaunchTemplateSpecification": {"Version": "1", **named},
            "Overrides": list(overrides),
        }

    def described(self, ids: list[str]) -> list[dict[str, Any]]:
        answer = self.ec2.describe_instances(InstanceIds=ids)
        return [one for several in answer["Reservations"] for one in several["Instances"]]

    def count(self) -> int:
        answer = self.ec2.describe_instances()
        return sum(len(several["Instances"]) for several in answer["Reservations"])

    @contextmanager
    def scarce(self, left: dict[tuple[str, str, str], int]) -> Iterator[None]:
        self.sandbox.scarce(left)
        try:
            yield
        finally:
            self.sandbox.scarce({})


def tags(of: str, **them: str) -> dict[str, Any]:
    return {"ResourceType": of, "Tags": [{"Key": k, "Value": v} for k, v in them.items()]}


def on_demand(wanted: int) -> dict[str, Any]:
    return {
        "TargetCapacitySpecification": {
            "TotalTargetCapacity": wanted,
            "DefaultTargetCapacityType": "on-demand",
        }
    }


def ids(answer: Any) -> list[str]:
    return [id_ for one in answer["Instances"] for id_ in one["InstanceIds"]]


def codes(answer: Any) -> list[str]:
    return [error["ErrorCode"] for error in answer["Errors"]]


def mapping(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
