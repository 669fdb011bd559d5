"""User data as cloud-init takes it, and EC2Launch on Windows: which scripts it has, and when.

https://docs.cloud-init.io/en/latest/explanation/format.html
https://docs.aws.amazon.com/AWSEC2/latest/WindowsGuide/ec2-windows-user-data.html
"""

from __future__ import annotations

import gzip
import re
from base64 import b64decode
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any, NamedTuple

_HOOK, _SHEBANG = b"#cloud-boothook", b"#!"
_GZIP = b"\x1f\x8b"
_MESSAGE = (b"content-type:", b"mime-version:")
# Parts of these types are what their beginning says.
_TOLD_BY_BEGINNING = ("text/plain", "text/x-not-multipart")
_POWERSHELL = re.compile(rb"<powershell>(.*?)</powershell>", re.DOTALL | re.IGNORECASE)
_PERSIST = re.compile(rb"<persist>\s*true\s*</persist>", re.IGNORECASE)


class Part(NamedTuple):
    """A script for a shell, or for PowerShell on Windows."""

    text: bytes
    always: bool
    """Whether it is run at every boot; otherwise it is at the first one."""


def parts(instance: Any) -> list[Part]:
    """The scripts that moto's instance was given, in the order in which they run.

    Boothooks come first: cloud-init runs them as it reads, and scripts at the end of the boot.
    """
    if not instance.user_data:
        return []
    whole = _unpacked(b64decode(instance.user_data.as_bytes()))
    if instance.platform == "windows":
        always = bool(_PERSIST.search(whole))
        return [Part(text, always) for text in _POWERSHELL.findall(whole)]
    return sorted(_linux(whole), key=lambda part: not part.always)


def _linux(text: bytes, kind: str = _TOLD_BY_BEGINNING[0]) -> Iterator[Part]:
    """What is neither a boothook nor a script is for cloud-init alone, which is not here."""
    begins = text.lstrip()[:40].lower()
    if kind == "text/cloud-boothook" or (kind in _TOLD_BY_BEGINNING and begins.startswith(_HOOK)):
        yield Part(text.replace(b"\r\n", b"\n").strip().removeprefix(_HOOK).lstrip() + b"\n", True)
    elif kind == "text/x-shellscript" or (
        kind in _TOLD_BY_BEGINNING and begins.startswith(_SHEBANG)
    ):
        yield Part(text, False)
    elif begins.startswith(_MESSAGE):
        for part in message_from_bytes(text.lstrip()).walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield from _linux(_unpacked(payload), part.get_content_type())


def _unpacked(text: bytes) -> bytes:
    return gzip.decompress(text) if text.startswith(_GZIP) else text
