"""The schemas as the program makes them, made once for each worker that asks."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from reconciler.schema import schemas

made = cache(schemas)


@cache
def schema(name: str) -> Any:
    """Of a kind, or "all"."""
    return json.loads(made()[f"{name}.json"])
