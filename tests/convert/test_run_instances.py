"""The parameters of AWS's RunInstances, in our words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.convert.conftest import Convert
from tests.convert.definitions import worker_type


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"KeyName": "k"}, {"keyPair": "k"}),
        ({"SecurityGroups": ["a"], "SecurityGroupIds": ["sg-01234567"]},
         {"securityGroups": ["a", "sg-01234567"]}),
        ({"IamInstanceProfile": {"Name": "p"}}, {"instanceProfile": "p"}),
        ({"IamInstanceProfile": {"Arn": "arn:aws:iam::1:instance-profile/p"}},
         {"instanceProfile": "arn:aws:iam::1:instance-profile/p"}),
        ({"NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False,
                                 "Groups": ["sg-01234567"], "DeleteOnTermination": True}]},
         {"securityGroups": ["sg-01234567"], "publicIp": False}),
        ({"BlockDeviceMappings": [
            {"DeviceName": "xvdb", "VirtualName": "ephemeral0"},
            {"DeviceName": "/dev/xvda", "Ebs": {
                "VolumeSize": 9, "VolumeType": "gp3", "Iops": 3000, "Throughput": 125,
                "Encrypted": False, "SnapshotId": "snap-01234567", "KmsKeyId": "alias/k",
                "DeleteOnTermination": False}}]},
         {"blockDevices": {
             "xvdb": {"ephemeral": "ephemeral0"},
             "/dev/xvda": {"size": 9, "type": "gp3", "iops": 3000, "throughput": 125,
                           "encrypted": False, "snapshot": "snap-01234567", "kmsKey": "alias/k",
                           "deleteOnTermination": False}}}),
        ({"MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "optional",
                              "HttpPutResponseHopLimit": 2, "InstanceMetadataTags": "enabled"}},
         {"metadataOptions": {"tokens": "optional", "hopLimit": 2, "tags": True}}),
        ({"Monitoring": {"Enabled": True}}, {"detailedMonitoring": True}),
        ({"MonitoringEnabled": False}, {"detailedMonitoring": False}),
        ({"TagSpecifications": [{"ResourceType": "instance",
                                 "Tags": [{"Key": "a", "Value": "b"}]}]}, {"tags": {"a": "b"}}),
        ({"InstanceInitiatedShutdownBehavior": "terminate"}, {}),
    ],
)  # fmt: skip
def test_parameters_of_run_instances(
    convert: Convert, given: dict[str, Any], said: dict[str, Any]
) -> None:
    made = convert(worker_type(launchSpec=given))
    assert made.spec["launch"] == {**said, "userData": {"config": {}}}
    assert not made.about("left out")
    names = [*said.get("securityGroups", []), said.get("instanceProfile"), said.get("keyPair")]
    assert len(made.about("must be declared")) == len({"a", "k", "p"} & {*names})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"KernelId": "aki-1"}, "launchSpec.KernelId: 'aki-1' has no place"),
        ({"Placement": {"Tenancy": "host"}}, "launchSpec.Placement.Tenancy: 'host' has no place"),
        ({"BlockDeviceMappings": [{"DeviceName": "xvdb"}, {"DeviceName": "xvdb", "NoDevice": "x"}]},
         "BlockDeviceMappings.1: xvdb stands here twice"),
        ({"NetworkInterfaces": [{"DeviceIndex": 1}]}, "NetworkInterfaces.0.DeviceIndex: 1 has"),
        ({"NetworkInterfaces": [{}, {"DeviceIndex": 1}]}, "NetworkInterfaces.1.DeviceIndex: 1 has"),
        ({"InstanceInitiatedShutdownBehavior": "stop"}, "Behavior: 'stop' has no place"),
        ({"MetadataOptions": {"HttpEndpoint": "disabled"}}, "'disabled' has no place"),
        ({"TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}]},
         "they are not the same for instances and volumes"),
        ({"InstanceType": "m5.large"}, "InstanceType: 'm5.large' can't be said at this level"),
    ],
)  # fmt: skip
def test_what_of_run_instances_can_not_be_said(
    convert: Convert, given: dict[str, Any], told: str
) -> None:
    assert convert(worker_type(launchSpec=given)).about(told)
