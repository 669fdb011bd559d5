"""Which images are meant: by id, by a parameter of SSM, or the newest of a name and an owner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.aws.ec2 import in_filters
from reconciler.aws.session import Aws

_PARAMETERS_A_CALL = 10


class Found(NamedTuple):
    """An image that is there, and what AWS calls the product that it runs."""

    id: str
    product: str


def by_id(aws: Aws, ids: Sequence[str]) -> dict[str, Found]:
    """Those of the images that are there and can be launched.

    Asked for by a filter, since one unknown id would fail a call that names it.
    """
    images = [
        image
        for some in in_filters(sorted(set(ids)))
        for image in aws.pages(
            "ec2",
            "describe_images",
            "Images",
            Filters=[{"Name": "image-id", "Values": some}],
            IncludeDeprecated=True,
        )
    ]
    return {image["ImageId"]: _found(image) for image in images if _is_available(image)}


def newest(aws: Aws, name: str, owner: str, architecture: str | None) -> Found | None:
    """The newest image of a name, or None where there is none."""
    filters = [{"Name": "name", "Values": [name]}, {"Name": "state", "Values": ["available"]}]
    if architecture:
        filters.append({"Name": "architecture", "Values": [architecture]})
    images = aws.pages("ec2", "describe_images", "Images", Owners=[owner], Filters=filters)
    # Two may have been made in the same second.
    ordered = sorted(images, key=lambda image: (image.get("CreationDate", ""), image["ImageId"]))
    return _found(ordered[-1]) if ordered else None


def in_parameters(aws: Aws, names: Iterable[str]) -> dict[str, str]:
    """What those of the parameters hold that are there."""
    wanted = sorted(set(names))
    answers = [
        aws.client("ssm").get_parameters(Names=wanted[at : at + _PARAMETERS_A_CALL])
        for at in range(0, len(wanted), _PARAMETERS_A_CALL)
    ]
    return {one["Name"]: one["Value"] for answer in answers for one in answer["Parameters"]}


def _is_available(image: Mapping[str, Any]) -> bool:
    return bool(image.get("State") == "available")


def _found(image: Mapping[str, Any]) -> Found:
    # The history of spot prices calls products by the same words as an image's platform details.
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html
    return Found(image["ImageId"], image.get("PlatformDetails") or "Linux/UNIX")
