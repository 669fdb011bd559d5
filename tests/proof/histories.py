"""What a history leaves behind, but for what is another in every account and at every time."""

from __future__ import annotations

import re
from typing import Any

from reconciler.aws.ssm import WRITTEN
from tests.world import World

# Ids, times, counts of what was tried, and what is drawn by lot when a key is made.
_PASSING = re.compile(
    r".*(Id|Date|Time|Fingerprint|Hash)$|ResponseMetadata|.*Version|User|SecurityGroupArn"
)
_ID = re.compile(r"\b(sg|vpc|key)-[0-9a-f]{8,}\b")


def lasting(world: World) -> Any:
    """The world without that, groups by their names where others refer to them."""
    names = {group["GroupId"]: name for name, group in world["SecurityGroup"].items()}
    return _lasting(world, names)


def _lasting(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        if value.get("Key") == WRITTEN:
            return None
        value = {**value, "Group": value["GroupId"]} if "UserId" in value else value
        return {
            name: _lasting(one, names)
            for name, one in _told(value).items()
            if not _PASSING.fullmatch(name)
        }
    if isinstance(value, list):
        return sorted((_lasting(one, names) for one in value), key=str)
    if isinstance(value, str):
        return _ID.sub(lambda found: names.get(found[0], found[1]), value)
    return value


def _told(value: dict[str, Any]) -> dict[str, Any]:
    """Of a policy the version that counts; a private half is another in each world."""
    if "Versions" in value:
        counts = [one["Document"] for one in value["Versions"] if one["IsDefaultVersion"]]
        return {**value, "Versions": counts}
    if "PRIVATE KEY" in str(value.get("Value")):
        return {**value, "Value": "a private key"}
    return value
