"""Secrets that are known again wherever they come out, in whatever spelling."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.laws.cases import Clients

_AROUND = " \"'<&\\/+é\n="
"""Every spelling has other words for one of these, and all leave letters and digits alone."""


def canary(place: str) -> str:
    """A secret of a place; only what is around its middle is spelled in many ways."""
    return f"{_AROUND}{middle(place)}{_AROUND}".strip()


def middle(place: str) -> str:
    return f"canary{place}7f3kq9"


def spellings(secret: str) -> list[re.Pattern[str]]:
    """What to look for: a secret's middle as it is, in base64 and in hexadecimal digits."""
    raw = secret.encode()
    # Where it begins in a text decides which of three ways base64 spells it.
    shifted = (b64encode(b"\0" * shift + raw).decode()[4:-4] for shift in range(3))
    return [re.compile(re.escape(form), re.I) for form in (secret, raw.hex(), *shifted)]


def found(secrets: Mapping[str, str], texts: Mapping[str, str]) -> list[str]:
    """Which secrets came out, and where."""
    return [
        f"{name} in {place}: …{text[max(0, hit.start() - 60) : hit.start()]}…"
        for name, secret in secrets.items()
        for form in spellings(secret)
        for place, text in texts.items()
        if (hit := form.search(text))
    ]


def files(folder: Path, besides: Iterable[Path] = ()) -> dict[str, str]:
    """All that stands in files, but for those that were made to hold a secret."""
    kept = {path.resolve() for path in besides}
    return {
        str(file): file.read_bytes().decode("utf-8", "replace")
        for file in folder.rglob("*")
        if file.is_file() and file.resolve() not in kept
    }


def told_to_aws(aws: Clients, group: str) -> dict[str, str]:
    """What others can read there: a log group's events, and the tags and words of everything."""
    events = aws("logs").filter_log_events(logGroupName=group)["events"]
    parameters = aws("ssm").describe_parameters()["Parameters"]
    tags = aws("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    documents = [
        aws("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=one["Name"])
        for one in parameters
    ]
    told = {"events": events, "parameters": parameters, "tags": tags, "their tags": documents}
    return {name: json.dumps(one, default=str) for name, one in told.items()}


class Deaf(Exception):
    """What nobody has foreseen, with a secret in its text."""


@contextmanager
def answering(how: Callable[[str, Any], Exception | None]) -> Iterator[None]:
    """AWS answers as it does, or raises what `how` gives for an operation and what was sent."""
    really = BaseClient._make_api_call

    def call(client: Any, operation: str, parameters: Any) -> Any:
        if client.meta.config.user_agent_appid == "reconcile" and (
            no := how(operation, parameters)
        ):
            raise no
        return really(client, operation, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        yield


_LET_BE = ("CreateLogStream", "PutLogEvents", "CreateKeyPair", "DeleteParameter")


def repeating(operation: str, parameters: Any) -> Exception | None:
    """AWS refuses each change by repeating all that it was sent, as JSON and as it is."""
    if operation.startswith(("Describe", "Get", "List", "Filter", "Lookup", "Assume")):
        return None
    # The lock and the journal are let be: without them nothing else is ever sent.
    if operation in _LET_BE or "/reconciler/" in str(parameters.get("Name")):
        return None
    said = f"{json.dumps(parameters, default=str)} {' '.join(map(str, parameters.values()))}"
    said_no: Exception = ClientError(
        {"Error": {"Code": "ValidationException", "Message": said}}, operation
    )
    return said_no


def unforeseen(secret: str) -> Callable[[str, Any], Exception | None]:
    """A mistake of the program's comes up while it changes something."""

    def how(operation: str, parameters: Any) -> Exception | None:
        no = repeating(operation, parameters)
        return Deaf(f"{secret} {parameters}") if no else None

    return how
