"""How many calls of AWS a look at an account's region takes: what is paged grows, nothing else."""

from __future__ import annotations

from collections import Counter
from math import ceil

Call = tuple[str, str]

ONCE: tuple[Call, ...] = (
    ("ec2", "DescribeImages"),  # those that worker types name
    ("ec2", "DescribeInstanceTypeOfferings"),
    ("ec2", "DescribeSpotInstanceRequests"),
    ("iam", "GetAccountAuthorizationDetails"),
    ("resourcegroupstaggingapi", "GetResources"),  # what there is in the region
    ("resourcegroupstaggingapi", "GetResources"),  # and of IAM's
    ("sts", "GetCallerIdentity"),
)
"""Of these one page is enough where there is little but worker types, of up to 200 images and as
many instance types."""


def reads(instances: int, templates: int, prices: int, on_demand: int) -> Counter[Call]:
    """The calls for so many instances, launch templates and changes of spot prices.

    `on_demand` is how many instance types may be bought so: the loop asks for these once a day.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplates.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
    """
    return Counter(
        {
            **Counter(ONCE),
            ("ec2", "DescribeInstances"): _pages(instances, 1000),
            ("ec2", "DescribeLaunchTemplates"): _pages(templates, 200),
            ("ec2", "DescribeLaunchTemplateVersions"): _pages(templates, 200),
            ("ec2", "DescribeSpotPriceHistory"): _pages(prices, 1000),
            **({("pricing", "GetProducts"): on_demand} if on_demand else {}),
        }
    )


def _pages(things: int, size: int) -> int:
    return max(1, ceil(things / size))
