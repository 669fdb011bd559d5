"""Images: only those that are there, of what product, and each as old as its name says."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from moto.backends import get_backend

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.found import no_image
from reconciler.sandbox.wire import Answer, Parameters

# Amazon's names have the day of their making: 2023.12.20260930.0, 2017.10.13, 2.0.20230119.1
_DAY = re.compile(r"(20\d\d)[.-]?(0[1-9]|1[0-2])[.-]?([0-2]\d|3[01])(?!\d)")


def images_are_there_and_as_old_as_their_names(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto makes them all when it starts, and asked for several ids is content with one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html
    """
    for id_ in parameters.get("ImageIds") or ():
        if id_ not in call.world("ec2").amis:
            raise no_image(id_)
    answer = onward({n: p for n, p in parameters.items() if n not in ("MaxResults", "NextToken")})
    return {"Images": [_aged(call, _with_product(image)) for image in answer["Images"]]}


def register(account: str, region: str, name: str, created: datetime, architecture: str) -> str:
    """An image as AWS has them today, in moto's region; its id."""
    ec2: Any = get_backend("ec2")[account][region]
    image = ec2.register_image(name, "")
    image.creation_date, image.architecture = created, architecture
    image.virtualization_type, image.root_device_type = "hvm", "ebs"
    return str(image.id)


def _with_product(image: dict[str, Any]) -> dict[str, Any]:
    """What is paid for beside the machine; moto knows no more of it than whether it is Windows.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html
    """
    windows = image.get("Platform") == "windows"
    return {**image, "PlatformDetails": "Windows" if windows else "Linux/UNIX"}


def _aged(call: Call, image: dict[str, Any]) -> dict[str, Any]:
    day = _DAY.search(image.get("Name", ""))
    if image["OwnerId"] == call.account or not day:
        return image
    return {**image, "CreationDate": "{}-{}-{}T00:00:00.000Z".format(*day.groups())}
