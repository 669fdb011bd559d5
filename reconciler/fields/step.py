"""What is done on a machine, step by step."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from reconciler.fields.included import IncludedText
from reconciler.fields.plain import Bool, InOrder, Int, NonEmpty, text
from reconciler.spec import Refers, Spec

StepName = Annotated[
    str, text(r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", "a step's name: letters, digits, spaces, ._-", 64)
]
# https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
LONGEST = 172_800


# With a machine's own end, and in the words of mail, it must fit into 16 KiB of user data.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
_MOST_AT_BOOT = 10_000


def _short(script: str) -> str:
    size = len(script.encode())
    if size > _MOST_AT_BOOT:
        raise PydanticCustomError(
            "too_long_at_boot",
            "{size} bytes, and {most} at most: do the rest in a step",
            {"size": f"{size:,}", "most": f"{_MOST_AT_BOOT:,}"},
        )
    return script


FirstBoot = Annotated[IncludedText, AfterValidator(_short)]
"""A script that comes with the machine."""


class StepSpec(Spec):
    """One thing that is done on the machine: a script, or a document of SSM."""

    exactly_one: ClassVar = (("script", "document"),)
    only_with: ClassVar = {"parameters": ("document", ())}

    name: StepName
    """What its output and its mistakes are told under."""
    script: IncludedText | None = None
    """For root's sh or, on Windows, PowerShell; or `file:` and where it stands. It fails with an
    exit status other than 0; with 194 (Windows: 3010) the machine is restarted, and it runs again.
    """
    document: Annotated[str | None, Refers("Document")] = None
    """One that is declared, or one of AWS's own, such as AWS-ConfigureAWSPackage."""
    parameters: dict[NonEmpty, InOrder[str]] | None = None
    """Of the document; secrets by the names that SSM keeps them under."""
    timeout: Annotated[Int, Field(ge=30, le=LONGEST)] = 3600
    """In seconds."""
    reboot: Bool = False
    """Whether the machine is restarted afterwards, before the next step."""
