"""EC2's answers read by lxml where botocore lets parsers be replaced, and no more than is used.

A thousand instances are ten megabytes of XML, of which this program needs a twentieth; botocore
makes objects of all of it, and takes ten times as long as the reading of XML has to.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.session import Session

PLAIN = "RECONCILE_PLAIN_PARSER"
"""With this variable set to anything, all is left to botocore's own parser."""


def quickened(core: Session) -> None:
    """Let a session's clients read EC2's answers so, unless that is turned off or can't be."""
    if os.environ.get(PLAIN):
        return
    try:
        from reconciler.aws.parsing.factory import Factory
    except ImportError:
        # A botocore without the classes that ours are made of.
        return
    core.register_component("response_parser_factory", Factory())
