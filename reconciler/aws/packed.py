"""EC2's answers come packed: a page of a thousand instances is a twentieth of its size then.

EC2 packs what it is asked to, and botocore neither asks nor unpacks.
https://github.com/aws/aws-sdk-java/pull/256
https://github.com/boto/botocore/issues/1255
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.session import Session


_GZIP = zlib.MAX_WBITS | 16
"""How zlib is told that it is gzip's format. https://docs.python.org/3/library/zlib.html"""


def packed(core: Session) -> None:
    """Let the answers to a session's clients come so."""
    # Not before the request is signed: a proxy may change this header, and must be free to.
    core.register("before-send.ec2", _ask)
    core.register("before-parse.ec2", _unpack)


def _ask(request: Any, **_: object) -> None:
    request.headers["Accept-Encoding"] = "gzip"


def _unpack(response_dict: dict[str, Any], **_: object) -> None:
    if response_dict["headers"].get("Content-Encoding") == "gzip":
        response_dict["body"] = zlib.decompress(response_dict["body"], _GZIP)
