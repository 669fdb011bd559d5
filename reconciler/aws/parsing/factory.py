"""Where a session's clients get their parsers: for EC2 one that lets ours read what is long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.parsers import EC2QueryParser, ResponseParserFactory

Parse = Callable[[Mapping[str, Any], Any], Any]

LONG = 250_000
"""So many bytes botocore reads in about the time that it takes to load lxml."""


class Factory(ResponseParserFactory):  # type: ignore[misc]
    def create_parser(self, protocol_name: str) -> Any:
        # Whoever sets defaults wants values read otherwise than botocore does by itself.
        if protocol_name == "ec2" and not self._defaults:
            return ByLength()
        return super().create_parser(protocol_name)


class ByLength(EC2QueryParser):  # type: ignore[misc]
    """botocore's parser, which leaves the long answers to ours."""

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        ours = quick() if len(response.get("body") or b"") >= LONG else None
        return ours(response, shape) if ours else super().parse(response, shape)


@cache
def quick() -> Parse | None:
    """How ours reads, or None where it has nothing to read with, or may not fit this botocore."""
    try:
        from reconciler.aws.parsing.long import parse
        from reconciler.aws.parsing.quick import known
    except ImportError:
        return None
    return parse if known() else None
