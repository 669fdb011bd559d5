"""Names, paths and descriptions as IAM takes them."""

from __future__ import annotations

from typing import Annotated

from reconciler.fields.plain import text

NAME = r"^[A-Za-z0-9_+=,.@-]+$"

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
IamPath = Annotated[str, text(r"^(/|/[!-~]+/)$", "an IAM path, which begins and ends with /", 512)]
IamDescription = Annotated[
    str, text("^[\\t\\n\\r -~¡-ÿ]*$", "a text of letters of western languages", 1000, shortest=0)
]
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
PolicyPath = Annotated[
    str,
    text(
        r"^(/[A-Za-z0-9.,+@=_-]+)*/$",
        "a policy's path, which begins and ends with / and has letters, digits and .,+@=_-",
        512,
    ),
]
PolicyDescription = Annotated[
    str,
    text(r"^[^\x00-\x1F\x7F-\x9F]*$", "a text on one line", 1000, shortest=0),
]
InlineName = Annotated[str, text(NAME, "an IAM name: letters, digits and _+=,.@-", 128)]
PolicyReference = Annotated[
    str,
    text(
        r"^(arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[!-~]+|[A-Za-z0-9_+=,.@-]+)$",
        "the name of a Policy, or the ARN of one",
    ),
]
RoleReference = Annotated[
    str,
    text(
        r"^(arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]+|[A-Za-z0-9_+=,.@-]+)$",
        "the name of a Role, or the ARN of one",
    ),
]
