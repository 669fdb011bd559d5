"""EC2's filters, over entries of an answer.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Parameters

Entry = dict[str, Any]


def matching(
    entries: Sequence[Entry], parameters: Parameters, paths: Mapping[str, str]
) -> list[Entry]:
    """The entries that all filters match; tags can always be asked for, what else `paths` says.

    A path is names with dots between them; it goes through lists, of which one value is enough.
    """
    tests = [_test(one, paths) for one in parameters.get("Filters") or ()]
    return [entry for entry in entries if all(test(entry) for test in tests)]


def _test(asked: Mapping[str, Any], paths: Mapping[str, str]) -> Callable[[Entry], bool]:
    name, wanted = asked["Name"], [_pattern(value) for value in asked.get("Values") or ()]
    if name != "tag-key" and not name.startswith("tag:") and name not in paths:
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")

    def test(entry: Entry) -> bool:
        if name.startswith("tag:"):
            found = [t["Value"] for t in entry.get("Tags", ()) if t["Key"] == name[4:]]
        else:
            found = [*_values(entry, paths.get(name, "Tags.Key").split("."))]
        return any(pattern.fullmatch(value) for value in found for pattern in wanted)

    return test


def _pattern(value: str) -> re.Pattern[str]:
    """`*` is any text and `?` any character, but for those after a backslash."""
    parts = re.findall(r"\\.|.", value, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(p) or re.escape(p[-1]) for p in parts), re.DOTALL)


def _values(part: Any, path: Sequence[str]) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _values(one, path)
    elif path:
        if isinstance(part, dict) and path[0] in part:
            yield from _values(part[path[0]], path[1:])
    elif part is not None:
        yield _text(part)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return str(value).lower() if isinstance(value, bool) else str(value)
