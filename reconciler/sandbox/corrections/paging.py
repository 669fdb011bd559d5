"""Pages of what moto gives in one piece, however much is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from reconciler.sandbox.call import Call, Correction, Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

T = TypeVar("T")


def ec2_pages(result: str) -> Correction:
    """https://docs.aws.amazon.com/AWSEC2/latest/DevGuide/pagination.html"""

    def in_pages(_: Call, parameters: Parameters, onward: Onward) -> Answer:
        answer = onward(parameters)
        return {**answer, **paged(result, answer[result], parameters)}

    return in_pages


def paged(
    result: str, items: Sequence[T], parameters: Parameters, least: int = 5, most: int = 1000
) -> Answer:
    """An answer of EC2's: some of the items, or all of them where no size is asked for."""
    size = parameters.get("MaxResults")
    if size is None:
        return {result: list(items)}
    if not least <= size <= most:
        told = f"Value ( {size} ) for parameter maxResults is invalid. "
        raise AwsError("InvalidParameterValue", f"{told}Expecting {least} to {most}.")
    some, token = page(items, size, parameters.get("NextToken"), "InvalidNextToken")
    return {result: some, **({"NextToken": token} if token else {})}


def iam_pages(result: str) -> Correction:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html"""

    def in_pages(_: Call, parameters: Parameters, onward: Onward) -> Answer:
        answer = onward(parameters)
        items, marker = iam_page(answer[result], parameters)
        return {**answer, result: items, **marker}

    return in_pages


def iam_page(items: Sequence[T], parameters: Parameters) -> tuple[list[T], Answer]:
    """Some of the items, and how IAM says whether there are more: a hundred if nobody says."""
    size = parameters.get("MaxItems", 100)
    some, marker = page(items, size, parameters.get("Marker"), "ValidationError")
    return some, {"IsTruncated": bool(marker), **({"Marker": marker} if marker else {})}


def page(items: Sequence[T], size: int, token: str | None, refusal: str) -> tuple[list[T], str]:
    """Some of the items, and the token of the next page, which is "" after the last."""
    start = offset(token, refusal)
    end = start + size
    return list(items[start:end]), str(end) if end < len(items) else ""


def offset(token: str | None, refusal: str) -> int:
    """How many items came before: that is what tokens here are."""
    if token and not token.isdigit():
        raise AwsError(refusal, f"{token} is no token of ours")
    return int(token or 0)
