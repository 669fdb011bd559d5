"""What is done on a machine, step by step."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.fields.included import IncludedText
from reconciler.fields.plain import Bool, InOrder, Int, NonEmpty, text
from reconciler.spec import Refers, Spec

StepName = Annotated[
    str, text(r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", "a step's name: letters, digits, spaces, ._-", 64)
]
# https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
LONGEST = 172_800


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
