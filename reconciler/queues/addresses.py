"""Addresses that a queue may be asked at: what is said there is private, or never leaves us."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from reconciler.fields.plain import text

_HOST = r"(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?"
_WHERE = "https, or http to this machine itself, and without a password"

RootUrl = Annotated[
    str, text(rf"^{_HOST}/?$", f"the address of a service, with no path: {_WHERE}", 300)
]
Url = Annotated[str, text(rf"^{_HOST}/[!-\x22$-~]*$", f"an address with a path: {_WHERE}", 2000)]


def shown(url: str) -> str:
    """An address without its query, in which people put tokens."""
    return url.partition("?")[0]


def proxy(url: str) -> str | None:
    """The proxy that the environment asks for, and none on the way to this machine itself."""
    from urllib.request import getproxies, proxy_bypass

    host = urlsplit(url).hostname or ""
    if not url.startswith("https:") or proxy_bypass(host):
        return None
    return getproxies().get("https")
