"""Where a session's clients get their parsers: for EC2 one that lets ours read what is long."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.parsers import EC2QueryParser, ResponseParserFactory

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
        return ours.parse(response, shape) if ours else super().parse(response, shape)


@cache
def quick() -> EC2QueryParser | None:
    """Our parser, or None where it has nothing to read with, or may not fit the botocore here."""
    try:
        from reconciler.aws.parsing.quick import Parser, known
    except ImportError:
        return None
    return Parser() if known() else None
