"""What people's commands need of IAM: bound to the estate's tag alone, whatever is declared.

All of these actions know the tags of what they are about, whatever its name and its region.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

from reconciler.aws.grants import PASS_ROLE, Condition, Grant, looks, spot_role, tag_launched
from reconciler.fields.tags import ESTATE, RESOURCE

_OURS: Condition = {"StringEquals": {f"aws:ResourceTag/{ESTATE}": ("{estate}",)}}
_SSM = "arn:{partition}:ssm:*:{account}:"

_OUTPUT = "arn:{partition}:logs:*:{account}:log-group:/reconciler/{estate}"

PEOPLE = (
    looks(
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstances",
        "ec2:DescribeRegions",
        "ec2:DescribeSpotPriceHistory",
        "pricing:GetProducts",
        "ssm:DescribeInstanceInformation",
        "ssm:DescribeParameters",
        "ssm:GetCommandInvocation",
        "ssm:ListCommandInvocations",
        "ssm:ListTagsForResource",
        "tag:GetResources",
    ),
    Grant("PublicParameters", ("ssm:GetParameters",), ("arn:{partition}:ssm:*::parameter/aws/*",)),
    Grant(
        "Launch",
        ("ec2:RunInstances",),
        ("arn:{partition}:ec2:*:{account}:instance/*",),
        {"StringEquals": {f"aws:RequestTag/{ESTATE}": ("{estate}",)}},
    ),
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html
    Grant(
        "LaunchWith",
        ("ec2:RunInstances",),
        (
            *(f"arn:{{partition}}:ec2:*::{sort}/*" for sort in ("image", "snapshot")),
            *(
                f"arn:{{partition}}:ec2:*:{{account}}:{sort}/*"
                for sort in (
                    "key-pair",
                    "network-interface",
                    "security-group",
                    "spot-instances-request",
                    "subnet",
                    "volume",
                )
            ),
        ),
    ),
    tag_launched("*", "RunInstances"),
    PASS_ROLE,
    spot_role("spot.amazonaws.com"),
    Grant(
        "Output",
        (
            "logs:CreateLogGroup",
            "logs:DescribeLogStreams",
            "logs:GetLogEvents",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
        ),
        (_OUTPUT, f"{_OUTPUT}:*"),
    ),
    Grant("Terminate", ("ec2:TerminateInstances",), ("*",), _OURS),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command-setting-up.html
    Grant(
        "CommandMachines",
        ("ssm:SendCommand",),
        ("arn:{partition}:ec2:*:{account}:instance/*",),
        {"StringEquals": {f"ssm:resourceTag/{ESTATE}": ("{estate}",)}},
    ),
    Grant("CommandDocuments", ("ssm:SendCommand",), (f"{_SSM}document/*",), _OURS),
    # AWS's own documents belong to no account.
    Grant("CommandAws", ("ssm:SendCommand",), ("arn:{partition}:ssm:*::document/*",)),
    # IAM knows no command by itself: whoever may cancel may cancel those of others too.
    Grant("CancelCommand", ("ssm:CancelCommand",)),
    # A private half carries its key pair's tags, and no other secret says that it is one.
    Grant(
        "PrivateHalves",
        ("ssm:GetParameter",),
        (f"{_SSM}parameter/*",),
        {**_OURS, "StringLike": {f"aws:ResourceTag/{RESOURCE}": ("KeyPair/*",)}},
    ),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-examples.html
    Grant(
        "Sessions",
        ("ssm:StartSession",),
        ("arn:{partition}:ec2:*:{account}:instance/*",),
        {"StringEquals": {f"ssm:resourceTag/{ESTATE}": ("{estate}",)}},
    ),
    Grant("Shell", ("ssm:StartSession",), (f"{_SSM}document/SSM-SessionManagerRunShell",)),
    Grant(
        "OwnSessions",
        ("ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel"),
        (f"{_SSM}session/${{aws:userid}}-*",),
    ),
)
"""For exec, terminate, keys, ssh and ssm run."""

PURGE = (
    looks(
        "ec2:DescribeImages",
        "ec2:DescribeRegions",
        "ec2:DescribeSnapshots",
        "ec2:DescribeVolumes",
        "logs:ListTagsForResource",
    ),
    Grant(
        "Purge",
        (
            "ec2:DeleteKeyPair",
            "ec2:DeleteLaunchTemplate",
            "ec2:DeleteSecurityGroup",
            "ec2:DeleteSnapshot",
            "ec2:DeleteVolume",
            "ec2:DeregisterImage",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:TerminateInstances",
            "events:DeleteRule",
            "events:RemoveTargets",
            "iam:DeleteInstanceProfile",
            "iam:DeleteOpenIDConnectProvider",
            "iam:DeletePolicy",
            "iam:DeletePolicyVersion",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:ListPolicyVersions",
            "iam:RemoveRoleFromInstanceProfile",
            "logs:DeleteLogGroup",
            "sqs:DeleteQueue",
            "ssm:DeleteDocument",
            "ssm:DeleteParameter",
        ),
        ("*",),
        _OURS,
    ),
    # What AWS made for an image of ours becomes ours before that image goes.
    Grant(
        "PurgeSnapshots",
        ("ec2:CreateTags",),
        ("arn:{partition}:ec2:*::snapshot/*",),
        {
            "StringEquals": {f"aws:RequestTag/{ESTATE}": ("{estate}",)},
            "Null": {f"aws:ResourceTag/{ESTATE}": ("true",)},
        },
    ),
)
"""For purge, beside what all kinds read."""

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_BUCKET = Grant("Bucket", ("s3:ListBucket",), ("arn:{partition}:s3:::{bucket}",))
_PASSING = "arn:{partition}:s3:::{bucket}/reconciler/{estate}/*"
BUCKET = {
    "people": (
        _BUCKET,
        Grant(
            "Files",
            ("s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"),
            (_PASSING,),
        ),
    ),
    "purge": (_BUCKET, Grant("Files", ("s3:DeleteObject", "s3:GetObjectTagging"), (_PASSING,))),
}
"""For the estate's bucket, where it has one, by whom."""
