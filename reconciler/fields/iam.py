"""Names, paths and descriptions as IAM takes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reconciler.fields.plain import text

NAME = r"^[A-Za-z0-9_+=,.@-]+$"

IamPath = Annotated[
    str, text(r"^/([!-.0-~]+/)*$", "an IAM path, which begins and ends with /", 512)
]
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
IamDescription = Annotated[str, Field(max_length=1000, pattern="^[\\t\\n\\r -~¡-ÿ]*$")]
InlineName = Annotated[str, text(NAME, "an IAM name: letters, digits and _+=,.@-", 128)]
PolicyReference = Annotated[
    str,
    text(
        r"^(arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+|[A-Za-z0-9_+=,.@-]+)$",
        "the name of a Policy, or the ARN of one",
    ),
]
RoleReference = Annotated[
    str,
    text(
        r"^(arn:aws[a-z-]*:iam::[0-9]{12}:role/.+|[A-Za-z0-9_+=,.@-]+)$",
        "the name of a Role, or the ARN of one",
    ),
]
